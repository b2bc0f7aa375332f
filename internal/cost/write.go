package cost

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Options are the options of Write.
type Options struct {
	Format  string // one of Formats
	Totals  bool   // one line for each configuration instead of one for each item
	Assumed Assumptions
}

// Formats are the formats of Write.
var Formats = []string{"text", "markdown", "json"}

// mark follows an amount that depends on an unverified number.
const mark = "*"

// Write formats bills side by side, with the differences from the first one and with what they depend on.
func Write(bills []*Bill, o Options) (string, error) {
	switch o.Format {
	case "json":
		return formatJSON(bills, o)
	case "markdown":
		list := "\n"
		for _, note := range notes(bills, o) {
			list += "- " + strings.ReplaceAll(note, mark, `\`+mark) + "\n"
		}
		return formatMarkdown(table(bills, o.Totals)) + list, nil
	case "text":
		return formatText(table(bills, o.Totals)) + "\n" + strings.Join(notes(bills, o), "\n") + "\n", nil
	}
	return "", fmt.Errorf("the format is %q: must be %s", o.Format, strings.Join(Formats, ", "))
}

func formatJSON(bills []*Bill, o Options) (string, error) {
	configurations := slices.Clone(bills)
	if o.Totals {
		for i, bill := range bills {
			total := *bill
			total.Items, total.NotCounted = nil, nil
			configurations[i] = &total
		}
	}
	text, err := json.MarshalIndent(map[string]any{
		"currency": "USD", "hoursPerMonth": json.Number(known.Everywhere[hours].text), "pricesOf": known.Date,
		"source": known.Source, "assumed": o.Assumed, "configurations": configurations,
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the bills: %w", err)
	}
	return string(text) + "\n", nil
}

// table returns the rows of the bills, with the header first. The columns after the words hold amounts.
func table(bills []*Bill, totals bool) (rows [][]string, words int) {
	switch {
	case totals:
		rows = append(rows, []string{"Configuration", "Per month", "Difference"})
		for i, bill := range bills {
			rows = append(rows, []string{bill.Configuration, markedTotal(bill), difference(i, bill.Difference)})
		}
		return rows, 1
	case len(bills) == 1:
		rows = append(rows, []string{"Resource", "In this configuration", "Calculation", "Per month"})
		for _, item := range bills[0].Items {
			rows = append(rows, []string{string(item.Part), item.What, item.Calculation, amount(item)})
		}
		return append(rows, closing(bills[0])...), 3
	}
	return sideBySide(bills), 1
}

// closing returns the rows after the lines of a single bill: its total, and what it does not count.
func closing(bill *Bill) [][]string {
	rows := [][]string{{"Total", "", "", markedTotal(bill)}}
	if bill.Today != bill.Total {
		rows = append(rows, []string{"Until imageTag is set", "no tasks", "", bill.Today.String()})
	}
	for _, extra := range bill.NotCounted {
		price := extra.Price
		if len(extra.Unverified) > 0 {
			price += mark
		}
		rows = append(rows, []string{"Not counted", extra.What, price, ""})
	}
	return rows
}

func sideBySide(bills []*Bill) [][]string {
	header, last := []string{"Resource"}, []string{"Total"}
	var parts []string // in the order of the first bill, then the other parts of each further bill
	for i, bill := range bills {
		header, last = append(header, bill.Configuration), append(last, markedTotal(bill))
		if i > 0 {
			header, last = append(header, "Difference"), append(last, difference(i, bill.Difference))
		}
		for _, item := range bill.Items {
			parts = append(parts, string(item.Part))
		}
	}
	rows := [][]string{header}
	for _, part := range distinct(parts) {
		row := []string{part}
		first, _ := bills[0].Item(Part(part))
		for i, bill := range bills {
			item, ok := bill.Item(Part(part))
			cell := "none"
			if ok {
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

func amount(item Item) string {
	switch {
	case len(item.Missing) > 0:
		return "no price"
	case len(item.Unverified) > 0:
		return item.Amount.String() + mark
	}
	return item.Amount.String()
}

func markedTotal(bill *Bill) string {
	if slices.ContainsFunc(bill.Items, func(item Item) bool { return item.Amount > 0 && len(item.Unverified) > 0 }) {
		return bill.total() + mark
	}
	return bill.total()
}

// difference formats the difference of a bill from the first one, which has none.
func difference(i int, d *Cents) string {
	switch {
	case i == 0:
		return ""
	case d == nil:
		return "unknown"
	}
	return d.Signed()
}

// hours names the number of hours in a month in prices.yaml.
const hours = "hours in a month"

// notes returns two lines about what the amounts depend on.
func notes(bills []*Bill, o Options) []string {
	var regions, missing, unverified []string
	units, tasks := "", ""
	for _, bill := range bills {
		regions = append(regions, bill.Region)
		missing, unverified = append(missing, bill.Missing()...), append(unverified, bill.Unverified()...)
		if _, ok := bill.Item(BalancerUse); ok {
			units = ", " + known.Everywhere[unitsInUse].text + " capacity units"
		}
		if bill.Today != bill.Total && (len(bills) > 1 || o.Totals) {
			tasks = ", with tasks even if no imageTag is set"
		}
	}
	if len(bills) == 1 && !o.Totals {
		for _, extra := range bills[0].NotCounted {
			unverified = append(unverified, extra.Unverified...)
		}
	}
	first := fmt.Sprintf("USD for a month of %s hours in %s, on demand, without tax%s; prices of %s (%s).",
		known.Everywhere[hours].text, strings.Join(distinct(regions), ", "), tasks, known.Date, known.Source)
	second := fmt.Sprintf("Assumed: %d GB of logs, %d GB of images%s; no other stack in the account uses the free "+
		"amounts.", o.Assumed.LogsGB, o.Assumed.ImagesGB, units)
	if len(unverified) > 0 {
		second += fmt.Sprintf(" %s not verified: %s.", mark, strings.Join(distinct(unverified), ", "))
	}
	if len(missing) > 0 {
		second += fmt.Sprintf(" Without a price in %s: %s.", PricesFile, strings.Join(distinct(missing), ", "))
	}
	return []string{first, second}
}

// distinct returns a list without duplicates, in the same order.
func distinct(list []string) []string {
	var result []string
	for _, element := range list {
		if !slices.Contains(result, element) {
			result = append(result, element)
		}
	}
	return result
}

// formatText aligns a table: words on the left, amounts on the right, with the mark beyond the column.
func formatText(rows [][]string, words int) string {
	width := func(cell string) int { return utf8.RuneCountInString(strings.TrimSuffix(cell, mark)) }
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	var out strings.Builder
	for n, row := range rows {
		line := ""
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-width(cell))
			if i >= words {
				cell, padding = padding+cell, ""
			}
			if !strings.HasSuffix(cell, mark) {
				padding += " "
			}
			line += cell + padding + " "
		}
		line = strings.TrimRight(line, " ")
		out.WriteString(line + "\n")
		if n == 0 {
			out.WriteString(strings.Repeat("-", utf8.RuneCountInString(line)) + "\n")
		}
	}
	return out.String()
}

func formatMarkdown(rows [][]string, words int) string {
	var out strings.Builder
	for n, row := range rows {
		for _, cell := range row {
			cell = strings.ReplaceAll(cell, mark, `\`+mark)
			if n > 0 && row[0] == "Total" && cell != "" {
				cell = "**" + cell + "**"
			}
			out.WriteString("| " + cell + " ")
		}
		out.WriteString("|\n")
		if n == 0 {
			out.WriteString("|" + strings.Repeat("---|", words) + strings.Repeat("---:|", len(row)-words) + "\n")
		}
	}
	return out.String()
}
