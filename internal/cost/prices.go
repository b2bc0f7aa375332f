package cost

import (
	_ "embed" // the prices
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed prices.yaml
var pricesYAML []byte

// pricesFile is where a missing price belongs; messages name it.
const pricesFile = "internal/cost/prices.yaml"

// Prices is the data file. Prices and numbers are kept as they are written, because a calculation shows them.
type Prices struct {
	Date       string                       `yaml:"date"` // year and month
	Source     string                       `yaml:"source"`
	Regions    map[string]map[string]string `yaml:"regions"`    // USD for a unit, which ends the name
	Everywhere map[string]string            `yaml:"everywhere"` // hours, free amounts and factors
	Unchecked  []string                     `yaml:"unchecked"`  // names that were written down from memory
}

// month is the name of the hours for which things are billed by the hour.
const month = "hours in a month"

// Known is the data file, read.
var Known = mustRead(pricesYAML)

// mustRead is for the embedded file, which the tests read as well.
func mustRead(text []byte) *Prices {
	p, err := read(text)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", pricesFile, err))
	}
	return p
}

func read(text []byte) (*Prices, error) {
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	var p Prices
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("read the prices: %w", err)
	}
	names := map[string]bool{}
	for place, list := range p.lists() {
		for name, text := range list {
			names[name] = true
			if value, ok := new(big.Rat).SetString(text); !ok || value.Sign() < 0 {
				return nil, fmt.Errorf("%s, %s: %q is no price", place, name, text)
			}
		}
	}
	for _, name := range p.Unchecked {
		if !names[name] {
			return nil, fmt.Errorf("unchecked names %q, which has no price", name)
		}
	}
	return &p, nil
}

func (p *Prices) lists() map[string]map[string]string {
	all := map[string]map[string]string{"everywhere": p.Everywhere}
	maps.Copy(all, p.Regions)
	return all
}

// UnpricedRegionError says that there is no price at all for a region.
type UnpricedRegionError struct {
	Region string
	Priced []string
}

func (e *UnpricedRegionError) Error() string {
	return fmt.Sprintf("there are no prices for %s: %s has those of %s", e.Region, pricesFile, strings.Join(e.Priced, " and "))
}

// number is a price of the region, or a number that holds everywhere, as a formula. One that is not in the file makes
// the formula incomplete.
func (p *Prices) number(region, name string) formula {
	text, found := p.Regions[region][name]
	if !found {
		text, found = p.Everywhere[name]
	}
	if !found {
		return formula{text: "?", value: new(big.Rat), missing: []string{name}}
	}
	value, _ := new(big.Rat).SetString(text) // read has tried
	f := formula{text: text, value: value}
	if slices.Contains(p.Unchecked, name) {
		f.unchecked = []string{name}
	}
	return f
}
