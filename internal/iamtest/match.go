package iamtest

import (
	"regexp"
	"slices"
	"strings"
)

var (
	concreteAction = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	actionPattern  = regexp.MustCompile(`^([a-z0-9-]+:[A-Za-z0-9*?]+|\*)$`)
)

const arnParts = 6 // arn:partition:service:region:account:resource; the last may hold colons of its own

// isARN tells whether a text is an ARN or a pattern of one. The first three parts of a pattern take no wildcards: AWS
// refuses them in the service, and nothing here needs them in the partition.
func isARN(text string) bool {
	parts := strings.SplitN(text, ":", arnParts)
	return len(parts) == arnParts && parts[0] == "arn" && parts[arnParts-1] != "" &&
		!slices.ContainsFunc(parts[1:3], func(part string) bool { return part == "" || strings.ContainsAny(part, "*?") })
}

// actionMatches ignores case, as IAM does.
func actionMatches(pattern, action string) bool {
	return like(strings.ToLower(pattern), strings.ToLower(action))
}

func resourceMatches(pattern, resource string) bool {
	return pattern == "*" || arnLike(pattern, resource)
}

// arnLike compares part by part, so that a wildcard never reaches over a colon into another region or account.
func arnLike(pattern, arn string) bool {
	patterns, parts := strings.SplitN(pattern, ":", arnParts), strings.SplitN(arn, ":", arnParts)
	return len(patterns) == len(parts) && !slices.ContainsFunc(indices(parts), func(i int) bool {
		return !like(patterns[i], parts[i])
	})
}

func indices(parts []string) []int {
	all := make([]int, len(parts))
	for i := range all {
		all[i] = i
	}
	return all
}

// like matches a text against a pattern in which * stands for any characters and ? for one.
func like(pattern, text string) bool {
	star, mark := -1, 0 // the last * so far, and where what follows it was tried last
	p, t := 0, 0
	patterns, texts := []rune(pattern), []rune(text)
	for t < len(texts) {
		switch {
		case p < len(patterns) && patterns[p] == '*':
			star, mark = p, t
			p++
		case p < len(patterns) && (patterns[p] == '?' || patterns[p] == texts[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(patterns[p:]), "*") == ""
}
