// Package cost estimates what a configuration costs a month, before it is deployed. A bill has one line for each kind
// of resource that AWS bills, with the calculation. The prices are in prices.yaml.
//
// It reads the configuration and the prices, not the resources. A test of the whole program compares its lines with the
// registered resources. If a price is not in the file, the line has none: no price is guessed.
package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/config"
)

// Assumptions are the volumes that the configuration does not determine.
type Assumptions struct {
	LogsGB   int `json:"logsGB"`   // written to CloudWatch Logs in a month
	ImagesGB int `json:"imagesGB"` // kept in ECR: ten images that share their base
}

// Usual are the default assumptions.
var Usual = Assumptions{LogsGB: 1, ImagesGB: 1}

// Item is one line of a bill.
type Item struct {
	Part        Part     `json:"part"`        // the same in every configuration
	What        string   `json:"what"`        // the resource in this configuration
	Count       int      `json:"count"`       // number of what Part counts
	Calculation string   `json:"calculation"` // USD a month
	Amount      Cents    `json:"usd"`         // a month; 0 if a price is missing
	Later       bool     `json:"later"`       // charged only once imageTag is set
	Unverified  []string `json:"unverified,omitempty"`
	Missing     []string `json:"missing,omitempty"` // prices that are not in prices.yaml
}

// Bill is the monthly cost of a configuration.
type Bill struct {
	Configuration string `json:"configuration"`
	Region        string `json:"region"`
	Items         []Item `json:"items,omitempty"`
	Total         Cents  `json:"totalUSD"` // sum of all lines
	Today         Cents  `json:"todayUSD"` // sum of the lines that do not wait for imageTag
	// Difference is the total minus that of the first bill. It is nil in the first one, and if a price is missing.
	Difference *Cents `json:"differenceUSD"`
	// NotCounted are the charges that depend on use.
	NotCounted []Extra `json:"notCounted,omitempty"`
}

// Extra is a charge that depends on use, such as traffic. No bill counts it.
type Extra struct {
	What       string   `json:"what"`
	Price      string   `json:"price"` // with its unit
	Unverified []string `json:"unverified,omitempty"`
}

// Estimate returns the bill of a configuration. It includes tasks that start only once imageTag is set. It fails if
// prices.yaml has no prices for the region.
func Estimate(cfg *config.Config, assumed Assumptions) (*Bill, error) {
	if _, ok := known.Regions[cfg.Region]; !ok {
		return nil, fmt.Errorf("there are no prices for %s: %s has those of %s",
			cfg.Region, PricesFile, strings.Join(slices.Sorted(maps.Keys(known.Regions)), ", "))
	}
	e := &estimate{Config: cfg, assumed: assumed}
	b := &Bill{Configuration: cfg.Environment, Region: cfg.Region}
	for _, line := range e.lines() {
		if line.count == 0 {
			continue
		}
		item := Item{Part: line.part, What: line.what, Count: line.count}
		item.Later = cfg.Container.ImageTag == "" && slices.Contains(perTask, line.part)
		item.Calculation, item.Unverified, item.Missing = known.resolve(cfg.Region, line.calculation)
		if len(item.Missing) == 0 && !strings.HasSuffix(item.Calculation, free) {
			item.Amount = cents(evaluate(item.Calculation))
		}
		b.Items = append(b.Items, item)
		b.Total += item.Amount
		if !item.Later {
			b.Today += item.Amount
		}
	}
	for _, extra := range e.extras() {
		extra.What, _, _ = known.resolve(cfg.Region, extra.What)
		extra.Price, extra.Unverified, _ = known.resolve(cfg.Region, extra.Price)
		b.NotCounted = append(b.NotCounted, extra)
	}
	return b, nil
}

// SnapshotCost returns the maximum monthly cost of a snapshot of a database with this storage. RDS charges only for the
// data in it. priced is false if prices.yaml has no price for the region.
func SnapshotCost(region string, storageGB int) (monthly Cents, priced bool) {
	calculation, _, missing := known.resolve(region, fmt.Sprintf("%d × {RDS backup GB-month}", storageGB))
	if len(missing) > 0 {
		return 0, false
	}
	return cents(evaluate(calculation)), true
}

// Missing returns the prices that are not in prices.yaml. If there are any, the total is too low.
func (b *Bill) Missing() []string {
	var names []string
	for _, item := range b.Items {
		names = append(names, item.Missing...)
	}
	return sorted(names)
}

// Unverified returns the numbers in the bill's lines that no source of AWS confirmed.
func (b *Bill) Unverified() []string {
	var names []string
	for _, item := range b.Items {
		names = append(names, item.Unverified...)
	}
	return sorted(names)
}

// sorted sorts names and removes duplicates.
func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// Item returns the line of a part.
func (b *Bill) Item(part Part) (item Item, ok bool) {
	i := slices.IndexFunc(b.Items, func(item Item) bool { return item.Part == part })
	if i < 0 {
		return Item{}, false
	}
	return b.Items[i], true
}

// Summary returns the total in one line, with the command that shows the bill.
func (b *Bill) Summary() string {
	text := b.total() + " USD"
	if b.Today != b.Total {
		text += " once imageTag is set, " + b.Today.String() + " until then"
	}
	if missing := b.Missing(); len(missing) > 0 {
		text += ", without a price for " + strings.Join(missing, ", ")
	}
	return fmt.Sprintf("%s (%s, prices of %s; go run ./cmd/threa cost %s)", text, b.Region, known.Date, b.Configuration)
}

// total returns the total as a text, with "more than" if a price is missing.
func (b *Bill) total() string {
	if len(b.Missing()) > 0 {
		return "more than " + b.Total.String()
	}
	return b.Total.String()
}
