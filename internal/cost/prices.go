package cost

import (
	_ "embed"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"math/big"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"threa-infra/internal/resources"
)

//go:embed prices.yaml
var pricesYAML []byte

// PricesFile is the path of the prices in the project.
const PricesFile = "internal/cost/prices.yaml"

// prices is the content of prices.yaml. Numbers are kept as they are written, because calculations show them.
type prices struct {
	Date       string // year and month
	Source     string
	Sources    map[string]source            // by the names of numbers, which may contain one *
	Prefixes   map[string][]string          // of usage types, by region
	Regions    map[string]map[string]listed // USD for a unit, which ends the name
	Everywhere map[string]listed            // hours, free amounts and factors
}

// listed is a number of prices.yaml.
type listed struct {
	text       string
	unverified bool // no source of AWS confirmed it
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (l *listed) UnmarshalYAML(node *yaml.Node) error {
	l.text, l.unverified = strings.CutSuffix(node.Value, " unverified")
	return nil
}

// source is where a number comes from: products of the AWS Price List, or a page of AWS.
type source struct {
	Offer string            // code of the service in the AWS Price List
	Usage string            // the products' usage type without the region's prefix
	Match map[string]string // other attributes of the products
	Page  string
}

var known = func() *prices {
	p, err := read(pricesYAML)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", PricesFile, err)) // every test shows it
	}
	return p
}()

// numberFormat matches the numbers that evaluate reads as people do: for Go, 010 is 8.
var numberFormat = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// necessary are the numbers without which no bill can be calculated. Without another number, only its line has no
// price.
var necessary = []string{
	hours, unitsInUse, "Multi-AZ factor", "metrics of Container Insights", "free metrics", "free GB of logs",
	"free alarms", "free dashboards",
}

func read(text []byte) (*prices, error) {
	var p prices
	if err := resources.Decode(text, &p); err != nil {
		return nil, fmt.Errorf("read the prices: %w", err)
	}
	lists := map[string]map[string]listed{"everywhere": p.Everywhere}
	maps.Copy(lists, p.Regions)
	for place, list := range lists {
		for name, number := range list {
			if !numberFormat.MatchString(number.text) {
				return nil, fmt.Errorf("%s, %s: %q is not a price", place, name, number.text)
			}
		}
	}
	for _, name := range necessary {
		if _, ok := p.Everywhere[name]; !ok {
			return nil, fmt.Errorf("everywhere lacks %s", name)
		}
	}
	return &p, nil
}

// source returns where a number comes from. A * in the usage type is replaced with what the * in the name stands for.
func (p *prices) source(name string) (source, bool) {
	if exact, ok := p.Sources[name]; ok {
		return exact, true
	}
	for pattern, found := range p.Sources {
		before, after, isPattern := strings.Cut(pattern, "*")
		rest, hasPrefix := strings.CutPrefix(name, before)
		class, hasSuffix := strings.CutSuffix(rest, after)
		if isPattern && hasPrefix && hasSuffix {
			found.Usage = strings.ReplaceAll(found.Usage, "*", class)
			return found, true
		}
	}
	return source{}, false
}

var namedNumber = regexp.MustCompile(`\{[^}]+\}`)

// resolve replaces each {name} in a text with its price in the region, or else with the number that applies everywhere.
// A missing price becomes a question mark.
func (p *prices) resolve(region, text string) (resolved string, unverified, missing []string) {
	resolved = namedNumber.ReplaceAllStringFunc(text, func(name string) string {
		name = strings.Trim(name, "{}")
		number, ok := p.Regions[region][name]
		if !ok {
			number, ok = p.Everywhere[name]
		}
		switch {
		case !ok:
			missing = append(missing, name)
			return "?"
		case number.unverified:
			unverified = append(unverified, name)
		}
		return number.text
	})
	return resolved, sorted(unverified), sorted(missing)
}

// operators maps the signs of a calculation to Go. The division by 1.0 makes Go divide without a remainder.
var operators = strings.NewReplacer("×", "*", "−", "-", "÷", "/ 1.0 /")

// evaluate returns the exact result of a calculation. Go evaluates constant expressions with rational numbers.
func evaluate(calculation string) *big.Rat {
	result, err := types.Eval(token.NewFileSet(), nil, token.NoPos, operators.Replace(calculation))
	if err != nil {
		panic(fmt.Sprintf("evaluate %s: %v", calculation, err)) // every test shows it
	}
	value, _ := new(big.Rat).SetString(result.Value.ExactString())
	return value
}

// Cents is an amount of money in hundredths of a USD.
type Cents int64

// cents rounds USD to the nearest cent, and a half up.
func cents(usd *big.Rat) Cents {
	doubled := new(big.Rat).Mul(usd, big.NewRat(200, 1))
	doubled.Add(doubled, big.NewRat(1, 1))
	half := new(big.Int).Quo(doubled.Num(), doubled.Denom())
	return Cents(half.Int64() / 2)
}

// String returns the amount in USD: 43.86.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "−", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// Signed returns a difference: +1.20, −1.20 or 0.00.
func (c Cents) Signed() string {
	if c > 0 {
		return "+" + c.String()
	}
	return c.String()
}

// MarshalJSON returns USD as a number with two decimals.
func (c Cents) MarshalJSON() ([]byte, error) {
	return []byte(strings.Replace(c.String(), "−", "-", 1)), nil
}

// Percent returns a percentage of the amount, rounded up to the next cent.
func (c Cents) Percent(percent int) Cents {
	return (c*Cents(percent) + 99) / 100
}
