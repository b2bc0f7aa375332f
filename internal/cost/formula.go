package cost

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// formula is a calculation together with its result, so that what is shown is what was calculated.
type formula struct {
	text      string
	value     *big.Rat
	sum       bool     // whether it needs parentheses in a product
	unchecked []string // numbers from memory that it rests on
	missing   []string // prices that it lacks
}

func whole(n int) formula {
	return formula{text: strconv.Itoa(n), value: big.NewRat(int64(n), 1)}
}

// of1024 is n/1024 as a decimal number: CPU units as vCPU, MiB as GB.
func of1024(n int) formula {
	value := big.NewRat(int64(n), 1024)
	text := value.FloatString(10)
	return formula{text: strings.TrimRight(strings.TrimRight(text, "0"), "."), value: value}
}

func times(factors ...formula) formula {
	return join(factors, " × ", func(total, next *big.Rat) { total.Mul(total, next) })
}

func plus(terms ...formula) formula {
	f := join(terms, " + ", func(total, next *big.Rat) { total.Add(total, next) })
	f.sum = true
	return f
}

// beyond is what is used beyond what is free, at a price.
func beyond(used, free, price formula) formula {
	rest := join([]formula{used, free}, " − ", func(total, next *big.Rat) { total.Sub(total, next) })
	if rest.value.Sign() <= 0 {
		all := times(rest, price)
		all.text, all.value = fmt.Sprintf("%s of %s free", used.text, free.text), new(big.Rat)
		return all
	}
	rest.sum = true
	return times(rest, price)
}

func join(parts []formula, sign string, apply func(total, next *big.Rat)) formula {
	f := formula{value: new(big.Rat).Set(parts[0].value)}
	var texts []string
	for i, part := range parts {
		if i > 0 {
			apply(f.value, part.value)
		}
		text := part.text
		if part.sum {
			text = "(" + text + ")"
		}
		texts = append(texts, text)
		f.unchecked = append(f.unchecked, part.unchecked...)
		f.missing = append(f.missing, part.missing...)
	}
	f.text = strings.Join(texts, sign)
	slices.Sort(f.unchecked)
	f.unchecked = slices.Compact(f.unchecked)
	return f
}

// Cents is an amount of money in hundredths of a USD.
type Cents int64

// cents rounds to the nearest cent, a half upwards.
func (f formula) cents() Cents {
	doubled := new(big.Rat).Mul(f.value, big.NewRat(200, 1))
	doubled.Add(doubled, big.NewRat(1, 1))
	half := new(big.Int).Quo(doubled.Num(), doubled.Denom())
	return Cents(half.Int64() / 2)
}

// String writes USD: 43.86.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "−", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// Signed writes a difference: +1.20, −1.20 or 0.00.
func (c Cents) Signed() string {
	if c > 0 {
		return "+" + c.String()
	}
	return c.String()
}

// MarshalJSON writes USD as a number with two decimals.
func (c Cents) MarshalJSON() ([]byte, error) {
	return []byte(strings.Replace(c.String(), "−", "-", 1)), nil
}

// Times is a share or a multiple of an amount, in percent, rounded up to the next cent.
func (c Cents) Times(percent int) Cents {
	return (c*Cents(percent) + 99) / 100
}
