package cost

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Options are how bills are written.
type Options struct {
	Format  string // text, markdown or json
	Totals  bool   // a line for each configuration instead of one for each item
	Assumed Assumptions
}

// Formats are those that Write knows.
var Formats = []string{"text", "markdown", "json"}

// mark stands behind an amount that rests on a number from memory.
const mark = "*"

// Write writes bills side by side, the differences to the first among them, and what they rest on.
func Write(bills []*Bill, o Options) (string, error) {
	switch o.Format {
	case "json":
		return writeJSON(bills, o)
	case "markdown":
		written := markdown(table(bills, o)) + "\n"
		for _, note := range notes(bills, o) {
			written += "- " + strings.ReplaceAll(note, mark, `\`+mark) + "\n"
		}
		return written, nil
	case "text":
		return text(table(bills, o)) + "\n" + strings.Join(notes(bills, o), "\n") + "\n", nil
	}
	return "", fmt.Errorf("the format is %q: must be %s", o.Format, strings.Join(Formats, ", "))
}

func writeJSON(bills []*Bill, o Options) (string, error) {
	out, err := json.MarshalIndent(map[string]any{
		"currency": "USD", "hoursPerMonth": json.Number(Known.Everywhere[month]), "pricesOf": Known.Date, "source": Known.Source,
		"assumed": o.Assumed, "configurations": bills,
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the bills: %w", err)
	}
	return string(out) + "\n", nil
}

// table is the rows of the bills, the header first, the last one the sum. Amounts are in the columns after the words.
func table(bills []*Bill, o Options) (rows [][]string, words int) {
	switch {
	case o.Totals:
		rows = append(rows, []string{"Configuration", "Per month", "Difference"})
		for i, bill := range bills {
			rows = append(rows, []string{bill.Configuration, total(bill), difference(i, bill.Difference)})
		}
		return rows, 1
	case len(bills) == 1:
		rows = append(rows, []string{"Resource", "In this configuration", "Calculation", "Per month"})
		for _, item := range bills[0].Items {
			rows = append(rows, []string{string(item.Part), item.What, item.Calculation, amount(item)})
		}
		return append(rows, []string{"Total", "", "", total(bills[0])}), 3
	}
	return sideBySide(bills), 1
}

func sideBySide(bills []*Bill) [][]string {
	header, last := []string{"Resource"}, []string{"Total"}
	for i, bill := range bills {
		header, last = append(header, bill.Configuration), append(last, total(bill))
		if i > 0 {
			header, last = append(header, "Difference"), append(last, difference(i, bill.Difference))
		}
	}
	rows := [][]string{header}
	for _, part := range parts(bills) {
		row := []string{string(part)}
		first, _ := bills[0].Item(part)
		for i, bill := range bills {
			item, has := bill.Item(part)
			cell := "none"
			if has {
				cell = amount(item)
			}
			row = append(row, cell)
			if i > 0 && len(item.Missing)+len(first.Missing) > 0 {
				row = append(row, "unknown")
			} else if i > 0 {
				row = append(row, (item.Amount - first.Amount).Signed())
			}
		}
		rows = append(rows, row)
	}
	return append(rows, last)
}

// parts are those of all bills. A part that only a later one has stands behind those of the ones before.
func parts(bills []*Bill) []Part {
	var all []Part
	for _, bill := range bills {
		for _, item := range bill.Items {
			if !slices.Contains(all, item.Part) {
				all = append(all, item.Part)
			}
		}
	}
	return all
}

func amount(item Item) string {
	switch {
	case len(item.Missing) > 0:
		return "no price"
	case len(item.Unchecked) > 0:
		return item.Amount.String() + mark
	}
	return item.Amount.String()
}

func total(bill *Bill) string {
	text := bill.Total.String()
	if len(bill.Missing()) > 0 {
		text = "more than " + text
	}
	if slices.ContainsFunc(bill.Items, func(item Item) bool { return item.Amount > 0 && len(item.Unchecked) > 0 }) {
		text += mark
	}
	return text
}

// difference is empty for the configuration that the others are compared with.
func difference(i int, d *Cents) string {
	switch {
	case i == 0:
		return ""
	case d == nil:
		return "unknown"
	}
	return d.Signed()
}

// notes say what the amounts rest on.
func notes(bills []*Bill, o Options) []string {
	var regions, missing, unchecked, waiting []string
	use := ""
	for _, bill := range bills {
		regions = append(regions, bill.Region)
		missing, unchecked = append(missing, bill.Missing()...), append(unchecked, bill.Unchecked()...)
		if _, has := bill.Item(BalancerUse); has {
			use = ", " + Known.Everywhere[unitsInUse] + " capacity units of a load balancer"
		}
		if bill.Today != bill.Total {
			waiting = append(waiting, bill.Today.String())
		}
	}
	where := ""
	if regions = distinct(regions); len(regions) > 1 {
		where = ", at the prices of " + regions[0]
	}
	all := []string{
		fmt.Sprintf("USD for a month of %s hours in %s, on demand, without tax; prices of %s, from %s.",
			Known.Everywhere[month], strings.Join(regions, " and "), Known.Date, Known.Source),
		fmt.Sprintf("Assumed: %d GB of logs a month, %d GB of images%s, and no other stack in the account that uses up what is free.",
			o.Assumed.LogsGB, o.Assumed.ImagesGB, use),
		fmt.Sprintf("Not counted%s: %s.", where, strings.Join(bills[0].notCounted, "; ")),
	}
	if len(unchecked) > 0 {
		all = append(all, fmt.Sprintf("%s rests on numbers from memory, not checked yet: %s.", mark, strings.Join(distinct(unchecked), ", ")))
	}
	switch {
	case len(waiting) == 1 && len(bills) == 1:
		all = append(all, "Tasks are counted although no imageTag is set and none runs yet; until then the bill is "+waiting[0]+".")
	case len(waiting) > 0:
		all = append(all, "Tasks are counted where no imageTag is set and none runs yet, too.")
	}
	if len(missing) > 0 {
		all = append(all, fmt.Sprintf("Missing in %s, and in the total: %s.", pricesFile, strings.Join(distinct(missing), ", ")))
	}
	return all
}

// distinct drops what is there already and keeps the order.
func distinct(list []string) []string {
	var all []string
	for _, one := range list {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
