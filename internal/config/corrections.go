package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"al.essio.dev/pkg/shellescape"
)

// placeholder replaces a value that only the user knows in a command.
const placeholder = "<value>"

// correct improves the fix of each wrong value: if a candidate for what the user meant is valid, the fix sets it. parse
// returns the problems of other values.
func (r *reader) correct(parse func(Values) []Problem) {
	for i, problem := range r.problems {
		name := strings.TrimPrefix(problem.Key, r.Project+":")
		typed, command := r.Set[problem.Key], "pulumi config set "+name+" "
		if problem.Value != strconv.Quote(typed) || !strings.HasPrefix(problem.Fix, command) {
			continue
		}
		for _, candidate := range candidates(typed, r.rule(name).Unit) {
			again := parse(r.with(problem.Key, candidate))
			if !slices.ContainsFunc(again, func(p Problem) bool { return p.Key == problem.Key }) {
				r.problems[i].Fix = command + shellescape.Quote(candidate)
				break
			}
		}
	}
}

// candidates returns what a user may have meant by a wrong value. It removes white space, quotes and the scheme of a
// URL, changes capital letters to small ones, and converts a number to the unit.
func candidates(typed, unit string) []string {
	text := clean(typed)
	lower := strings.ToLower(text)
	list := []string{strings.TrimFunc(typed, isBlank), text, lower,
		strings.TrimRight(strings.TrimPrefix(lower, "https://"), "/.")}
	if parts := quantity.FindStringSubmatch(lower); parts != nil {
		number, suffix := parts[1], parts[2]
		factor, known := factors[unit][suffix]
		if suffix != "" && suffix == strings.ToLower(unit) {
			factor, known = 1, true
		}
		if amount, err := strconv.ParseFloat(number, 64); err == nil && known {
			list = append(list, strconv.FormatFloat(amount*factor, 'f', -1, 64))
		}
		if integer, _, _ := strings.Cut(number, "."); suffix == "" {
			list = append(list, integer)
		}
	}
	return slices.DeleteFunc(list, func(candidate string) bool { return candidate == typed || candidate == "" })
}

// quantity matches a number and its unit.
var quantity = regexp.MustCompile(`^\$?([0-9]+(?:\.[0-9]+)?) ?([a-z%$]*)$`)

// factors has the number of units by unit and by what users type behind a number. Without a unit they may mean GiB and
// vCPU.
var factors = map[string]map[string]float64{
	"GiB":       {"g": 1, "gb": 1, "tb": 1024, "tib": 1024},
	"MiB":       {"": 1024, "m": 1, "mb": 1, "g": 1024, "gb": 1024, "gib": 1024},
	"CPU units": {"": 1024, "vcpu": 1024},
	"seconds":   {"s": 1, "sec": 1},
	"days":      {"d": 1, "day": 1},
	"percent":   {"%": 1},
	"USD":       {"$": 1, "": 1},
}

// clean removes white space and a pair of quotes around a text.
func clean(text string) string {
	runes := []rune(strings.TrimFunc(text, isBlank))
	const quotes = "\"'`“”„‘’"
	if last := len(runes) - 1; last > 0 && strings.ContainsRune(quotes, runes[0]) &&
		strings.ContainsRune(quotes, runes[last]) {
		runes = runes[1:last]
	}
	return strings.TrimFunc(string(runes), isBlank)
}

// isBlank reports whether a character is invisible: white space, including that without width.
func isBlank(char rune) bool { return unicode.IsSpace(char) || char == '\u200b' || char == '\ufeff' }

// nearest returns the smallest allowed number that is not below the typed one, or else the largest. It returns
// placeholder for what is not a positive number.
func nearest(typed string, allowed []int) string {
	number, err := strconv.Atoi(typed)
	if err != nil || number <= 0 {
		return placeholder
	}
	i, _ := slices.BinarySearch(allowed, number)
	return strconv.Itoa(allowed[min(i, len(allowed)-1)])
}

// checkElements rejects the elements of a list for which check returns a rule. check also gets the corrected elements
// before the checked one. alike returns further candidates for a trimmed element. The problems begin with the last
// element: when a command removes an element, Pulumi shifts those after it.
func (r *reader) checkElements(name string, list []string, check func(before []string, text string) (must string),
	alike ...func(text string) []string) {
	var before []string
	var problems []Problem
	for i, text := range list {
		must := check(before, text)
		if must == "" {
			before = append(before, text)
			continue
		}
		path := shellescape.Quote(fmt.Sprintf("%s[%d]", name, i))
		problem := Problem{r.key(name), r.quoted(name, text), must, "pulumi config rm --path " + path}
		options := []string{clean(text)}
		for _, more := range alike {
			options = append(options, more(options[0])...)
		}
		valid := slices.IndexFunc(options, func(candidate string) bool { return check(before, candidate) == "" })
		if valid >= 0 && !r.isSecret(name) {
			before = append(before, options[valid])
			problem.Fix = "pulumi config set --path " + path + " " + shellescape.Quote(options[valid])
		}
		problems = append(problems, problem)
	}
	slices.Reverse(problems)
	r.problems = append(r.problems, problems...)
}

// lowered returns the element in lower case.
func lowered(text string) []string { return []string{strings.ToLower(text)} }

// checkList rejects a list that is not valid as a whole. The fix corrects its elements, or removes the key.
func (r *reader) checkList(name, must string, list []string, valid func([]string) bool) {
	if valid(list) {
		return
	}
	fix := "pulumi config rm " + name
	corrected, commands := slices.Clone(list), []string(nil)
	for i, text := range slices.Backward(list) {
		if corrected[i] = strings.ToLower(clean(text)); corrected[i] != text {
			commands = append(commands, fmt.Sprintf("pulumi config set --path '%s[%d]' %s", name, i,
				shellescape.Quote(corrected[i])))
		}
	}
	if valid(corrected) && !r.isSecret(name) {
		fix = strings.Join(commands, "\n    ")
	}
	r.reject(name, r.quoted(name, list...), must, fix)
}
