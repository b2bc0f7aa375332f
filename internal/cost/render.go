package cost

import (
	"strings"
	"unicode/utf8"
)

// text sets a table in columns: words to the left, amounts to the right.
func text(rows [][]string, words int) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	var out strings.Builder
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-width(cell))
			switch {
			case i < words:
				line.WriteString(cell + space + "  ")
			case strings.HasSuffix(cell, mark):
				line.WriteString(space + cell + " ")
			default:
				line.WriteString(space + cell + "  ")
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		if n == 0 {
			out.WriteString(strings.Repeat("-", utf8.RuneCountInString(strings.TrimRight(line.String(), " "))) + "\n")
		}
	}
	return out.String()
}

// width leaves the mark out, so that the amounts stand below each other.
func width(cell string) int {
	return utf8.RuneCountInString(strings.TrimSuffix(cell, mark))
}

func markdown(rows [][]string, words int) string {
	var out strings.Builder
	for n, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.ReplaceAll(cell, mark, `\`+mark)
			if n > 0 && row[0] == "Total" && cell != "" {
				cells[i] = "**" + cells[i] + "**"
			}
		}
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if n == 0 {
			out.WriteString("|" + strings.Repeat("---|", words) + strings.Repeat("---:|", len(row)-words) + "\n")
		}
	}
	return out.String()
}
