package cost

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPrices_CompleteForARegion(t *testing.T) {
	for region, prices := range known.Regions {
		names := slices.Sorted(maps.Keys(prices))
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "Fargate Spot") })
		assert.Equal(t, slices.Sorted(maps.Keys(known.Regions["us-east-1"])), names)
		assert.NotEmpty(t, known.Prefixes[region])
	}
	_, err := Compare(root, []string{"prod,aws:region=sa-east-1"}, Usual)
	assert.ErrorContains(t, err, "there are no prices for sa-east-1: internal/cost/prices.yaml has those of "+
		"ap-southeast-1, eu-central-1, eu-west-1, us-east-1, us-west-2")
}

// TestPrices_HaveSources requires a source of AWS for each number, and a use for each source.
func TestPrices_HaveSources(t *testing.T) {
	unused := maps.Clone(known.Sources)
	for _, numbers := range append(slices.Collect(maps.Values(known.Regions)), known.Everywhere) {
		for name := range numbers {
			found, ok := known.source(name)
			if assert.True(t, ok, "no source of %s", name) {
				assert.Equal(t, found.Offer == "", strings.HasPrefix(found.Page, "https://"), name)
				assert.Equal(t, found.Offer == "", found.Usage == "", name)
			}
			for pattern := range known.Sources {
				before, after, _ := strings.Cut(pattern, "*")
				if strings.HasPrefix(name, before) && strings.HasSuffix(name, after) {
					delete(unused, pattern)
				}
			}
		}
	}
	assert.Empty(t, unused)
}

func TestPrices_Missing(t *testing.T) {
	bills := bills(t, "prod", "prod,dbInstanceClass=db.m5.large")
	assert.Equal(t, []string{"RDS db.m5.large hour"}, bills[1].Missing())
	assert.Equal(t, "29.99", bills[1].Total.String(), "without the instance")
	assert.Nil(t, bills[1].Difference)
	text, err := Write(bills, Options{Format: "text", Assumed: Usual})
	require.NoError(t, err)
	for _, part := range []string{"no price", "unknown", "more than 29.99",
		"Without a price in internal/cost/prices.yaml: RDS db.m5.large hour."} {
		assert.Contains(t, text, part)
	}
}

func TestPrices_UnverifiedAreMarked(t *testing.T) {
	bill := bills(t, "prod,containerInsights=true,useSpot=true")[0]
	for _, item := range bill.Items {
		assert.Equal(t, slices.Contains([]Part{Tasks, Insights}, item.Part), len(item.Unverified) > 0, item.Part)
	}
	text, err := Write([]*Bill{bill}, Options{Format: "text", Assumed: Usual})
	require.NoError(t, err)
	assert.Contains(t, text, bill.Total.String()+"*")
	assert.Contains(t, text, "0.10 per GB*")
	assert.Contains(t, text, "* not verified: Spot factor, metrics of Container Insights, RDS backup GB-month.")
}

func TestPrices_Invalid(t *testing.T) {
	for text, want := range map[string]string{
		"regions: {x: {RDS: cheap}}":      `x, RDS: "cheap" is not a price`,
		"regions: {x: {RDS: '010'}}":      `"010" is not a price`,
		"regions: {x: {RDS: -1}}":         `"-1" is not a price`,
		"region: {}":                      "field region not found",
		"everywhere: {free: 1 unverifed}": `"1 unverifed" is not a price`,
	} {
		_, err := read([]byte(text))
		assert.ErrorContains(t, err, want)
	}
}

func TestPrices_NeedTheFreeAmounts(t *testing.T) {
	for _, name := range necessary {
		_, after, _ := strings.Cut(string(pricesYAML), "\neverywhere:\n")
		line := regexp.MustCompile("(?m)^  " + name + ":.*$").FindString(after)
		_, err := read([]byte(strings.Replace(string(pricesYAML), "\n"+line+"\n", "\n", 1)))
		require.EqualError(t, err, "everywhere lacks "+name)
	}
}

func TestQuotes_NameProducts(t *testing.T) {
	quotes := Quotes()
	assert.Len(t, quotes, len(known.Regions)*20)
	i := slices.IndexFunc(quotes, func(q Quote) bool {
		return q.Region == "us-east-1" && q.Name == "RDS db.t4g.micro hour"
	})
	assert.Equal(t, Quote{
		Region: "us-east-1", Name: "RDS db.t4g.micro hour", Price: "0.016", Offer: "AmazonRDS",
		Products: []map[string]string{
			{"usagetype": "USE1-InstanceUsage:db.t4g.micro", "databaseEngine": "PostgreSQL"},
			{"usagetype": "InstanceUsage:db.t4g.micro", "databaseEngine": "PostgreSQL"},
		},
	}, quotes[i])
}

func TestQuote_Differs(t *testing.T) {
	quote := Quote{Price: "0.10"}
	assert.False(t, quote.Differs("0.1000000000"), "the same number")
	assert.True(t, quote.Differs("0.095"))
	quote.Unverified = true
	assert.True(t, quote.Differs("0.10"), "now it is verified")
}

func TestUpdate_KeepsTheRest(t *testing.T) {
	file := string(pricesYAML)
	assert.Equal(t, file, Update(file, nil, known.Date))

	updated := Update(file, []Quote{
		{Region: "eu-central-1", Name: "RDS backup GB-month", Price: "0.095"},
		{Region: "eu-west-1", Name: "load balancer hour", Price: "0.026"},
	}, "2027-01")
	read, err := read([]byte(updated))
	require.NoError(t, err)
	assert.Equal(t, "2027-01", read.Date)
	assert.Equal(t, listed{text: "0.095"}, read.Regions["eu-central-1"]["RDS backup GB-month"])
	assert.Equal(t, listed{text: "0.026"}, read.Regions["eu-west-1"]["load balancer hour"])
	assert.Equal(t, listed{text: "0.027"}, read.Regions["eu-central-1"]["load balancer hour"])
	var changed []string
	before := strings.Split(file, "\n")
	for i, line := range strings.Split(updated, "\n") {
		if line != before[i] {
			changed = append(changed, line)
		}
	}
	assert.Equal(t, []string{
		"date: 2027-01", "    RDS backup GB-month: 0.095", "    load balancer hour: 0.026",
	}, changed)
}
