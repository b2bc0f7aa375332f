package cost

import (
	"fmt"
	"regexp"
	"strings"
)

// generated is a part of a Markdown document that this package writes, between two comments. The first one says what
// stands there, in the words of the command.
var generated = regexp.MustCompile(`(?s)(<!-- go run \./cmd/threa cost ([^\n]+?) -->\n).*?(<!-- end of the bill -->)`)

// Rewrite makes the bills in a Markdown document anew, from the files of the project in a folder.
func Rewrite(document, folder string) (string, error) {
	if !generated.MatchString(document) {
		return "", fmt.Errorf("there is no place for a bill: a line <!-- go run ./cmd/threa cost prod --> and a line <!-- end of the bill -->")
	}
	var failed error
	rewritten := generated.ReplaceAllStringFunc(document, func(section string) string {
		part := generated.FindStringSubmatch(section)
		options, configurations := Options{Format: "markdown", Assumed: Usual}, strings.Fields(strings.ReplaceAll(part[2], "'", ""))
		if configurations[0] == "--totals" {
			options.Totals, configurations = true, configurations[1:]
		}
		bills, err := Compare(folder, configurations, options.Assumed)
		if err != nil {
			failed = err
			return section
		}
		written, err := Write(bills, options)
		if err != nil {
			failed = err
		}
		return part[1] + "\n" + written + "\n" + part[3]
	})
	return rewritten, failed
}
