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

// isARN reports whether a text is an ARN or a pattern of ARNs. The first three parts have no wildcards: AWS refuses them in
// the service, and no policy here needs them in the partition.
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
	if len(patterns) != len(parts) {
		return false
	}
	for i := range parts {
		if !like(patterns[i], parts[i]) {
			return false
		}
	}
	return true
}

// like matches a text against a pattern in which * stands for any characters and ? for one.
func like(pattern, text string) bool {
	expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(`(?s)^` + expression + `$`).MatchString(text)
}
