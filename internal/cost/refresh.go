package cost

import (
	"cmp"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// Quote is a price in prices.yaml that the AWS Price List has, too.
type Quote struct {
	Region, Name string
	Price        string // in USD
	Unverified   bool
	Offer        string // code of the service in the AWS Price List
	// Products are the attributes of the products, one set for each prefix of the region's usage types.
	Products []map[string]string
}

// Quotes returns the prices in prices.yaml that the AWS Price List has, sorted by region and name.
func Quotes() []Quote {
	var quotes []Quote
	for region, prices := range known.Regions {
		for name, price := range prices {
			from, _ := known.source(name)
			if from.Offer == "" {
				continue
			}
			quote := Quote{Region: region, Name: name, Price: price.text, Unverified: price.unverified, Offer: from.Offer}
			for _, prefix := range known.Prefixes[region] {
				product := map[string]string{"usagetype": prefix + from.Usage}
				maps.Copy(product, from.Match)
				quote.Products = append(quote.Products, product)
			}
			quotes = append(quotes, quote)
		}
	}
	slices.SortFunc(quotes, func(a, b Quote) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Name, b.Name))
	})
	return quotes
}

// Differs reports whether a price in USD changes prices.yaml: it is another number, or it confirms an unverified one.
func (q *Quote) Differs(price string) bool {
	before, _ := new(big.Rat).SetString(q.Price)
	after, ok := new(big.Rat).SetString(price)
	return ok && (q.Unverified || before.Cmp(after) != 0)
}

var (
	regionLine = regexp.MustCompile(`^  ([a-z0-9-]+):( #.*)?$`)
	priceLine  = regexp.MustCompile(`^    ([^#]+): [0-9.]+( unverified)?( #.*)?$`)
	dateLine   = regexp.MustCompile(`(?m)^date: .*$`)
)

// Update returns the text of prices.yaml with new prices, which are verified, and their month, such as 2026-11. It
// edits lines, because decoding the file would lose its comments.
func Update(file string, quotes []Quote, month string) string {
	prices := map[[2]string]string{}
	for _, quote := range quotes {
		prices[[2]string{quote.Region, quote.Name}] = quote.Price
	}
	lines, region := strings.Split(file, "\n"), ""
	for i, line := range lines {
		if match := regionLine.FindStringSubmatch(line); match != nil {
			region = match[1]
		}
		if match := priceLine.FindStringSubmatch(line); match != nil {
			if price, changed := prices[[2]string{region, match[1]}]; changed {
				lines[i] = "    " + match[1] + ": " + price + match[3]
			}
		}
	}
	return dateLine.ReplaceAllString(strings.Join(lines, "\n"), "date: "+month)
}
