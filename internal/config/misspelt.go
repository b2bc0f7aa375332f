package config

import (
	"fmt"
	"slices"
	"strings"
)

// misspelt reports every key of the project's namespace that no rule asked for: a typing error there would otherwise
// leave the default in force without a word.
func (r *reader) misspelt() {
	var unknown []string
	for key := range r.Set {
		if strings.HasPrefix(key, r.Project+":") && !r.asked[key] {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	for _, key := range unknown {
		name := strings.TrimPrefix(key, r.Project+":")
		must := "no such key"
		if nearest := r.nearest(name); nearest != "" {
			must = fmt.Sprintf("no such key; did you mean %s?", nearest)
		}
		r.problems = append(r.problems, Problem{
			Key: key, Value: "set", Must: must, Mend: "pulumi config rm " + name,
		})
	}
}

// nearest finds the known key that takes the fewest edits, or none when nothing is close.
func (r *reader) nearest(name string) string {
	tooFar := min(4, len(name)/2+1) // edits
	best, fewest := "", tooFar
	for key := range r.asked {
		known, ours := strings.CutPrefix(key, r.Project+":")
		if !ours {
			continue
		}
		edits := distance(strings.ToLower(name), strings.ToLower(known))
		if edits < fewest || edits == fewest && edits < tooFar && known < best {
			best, fewest = known, edits
		}
	}
	return best
}

// distance is the Levenshtein distance of two texts.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
