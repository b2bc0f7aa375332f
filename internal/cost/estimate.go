package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/config"
)

// Assumptions are the volumes that no configuration says.
type Assumptions struct {
	LogsGB   int `json:"logsGB"`   // written to CloudWatch Logs in a month
	ImagesGB int `json:"imagesGB"` // kept in ECR: ten images that share their base
}

// Usual is assumed unless the user says otherwise.
var Usual = Assumptions{LogsGB: 1, ImagesGB: 1}

// Item is one line of a bill.
type Item struct {
	Part        Part     `json:"part"`        // the same in every configuration
	What        string   `json:"what"`        // in this configuration
	Count       int      `json:"count"`       // of what Part counts
	Calculation string   `json:"calculation"` // USD
	Amount      Cents    `json:"usd"`         // a month
	Later       bool     `json:"later"`       // due only when an imageTag is set
	Unchecked   []string `json:"unchecked,omitempty"`
	Missing     []string `json:"missing,omitempty"` // prices that are not in the file; the amount is then 0
}

// Bill is what a configuration costs in a month.
type Bill struct {
	Configuration string `json:"configuration"`
	Region        string `json:"region"`
	Items         []Item `json:"items"`
	Total         Cents  `json:"totalUSD"` // the sum of the lines, those due later among them
	Today         Cents  `json:"todayUSD"` // the sum of the others: Total unless imageTag is empty
	// Difference is the total less that of the first configuration; nil in the first one, and where a price is missing.
	Difference *Cents `json:"differenceUSD"`
	notCounted []string
	// alsoUnchecked are the numbers from memory in notCounted.
	alsoUnchecked []string
}

// Estimate makes the bill of a configuration. Tasks that start only when an imageTag is set are in it, marked. The only
// error is an *UnpricedRegionError.
func Estimate(cfg *config.Config, assumed Assumptions) (*Bill, error) {
	if _, priced := Known.Regions[cfg.Region]; !priced {
		return nil, &UnpricedRegionError{cfg.Region, slices.Sorted(maps.Keys(Known.Regions))}
	}
	e := &estimate{cfg: cfg, assumed: assumed, bill: &Bill{Configuration: cfg.Environment, Region: cfg.Region}}
	for _, kind := range kinds {
		kind(e)
	}
	for _, item := range e.bill.Items {
		e.bill.Total += item.Amount
		if !item.Later {
			e.bill.Today += item.Amount
		}
	}
	e.bill.notCounted = e.notCounted()
	return e.bill, nil
}

// Missing are the prices that are not in the file. A total with one missing is too low.
func (b *Bill) Missing() []string {
	return b.all(func(item Item) []string { return item.Missing })
}

// Unchecked are the numbers from memory that the bill rests on.
func (b *Bill) Unchecked() []string {
	return b.all(func(item Item) []string { return item.Unchecked }, b.alsoUnchecked...)
}

func (b *Bill) all(names func(Item) []string, more ...string) []string {
	all := slices.Clone(more)
	for _, item := range b.Items {
		all = append(all, names(item)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Item finds the line of a part.
func (b *Bill) Item(part Part) (Item, bool) {
	for _, item := range b.Items {
		if item.Part == part {
			return item, true
		}
	}
	return Item{}, false
}

// Summary says the total in one line, with the command that says more.
func (b *Bill) Summary() string {
	missing := b.Missing()
	text := b.Total.String() + " USD"
	if len(missing) > 0 {
		text = "more than " + text
	}
	if b.Today != b.Total {
		text += " once imageTag is set, " + b.Today.String() + " until then"
	}
	if len(missing) > 0 {
		text += ", without a price for " + strings.Join(missing, ", ")
	}
	return fmt.Sprintf("%s (%s, prices of %s; go run ./cmd/threa cost %s)", text, b.Region, Known.Date, b.Configuration)
}
