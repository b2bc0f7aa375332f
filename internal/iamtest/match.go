package iamtest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

var (
	concreteAction = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	actionPattern  = regexp.MustCompile(`^([a-z0-9-]+:[A-Za-z0-9*?]+|\*)$`)
)

// operators are the supported condition operators. ArnEquals takes wildcards as ArnLike does. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]func(value, given string) bool{
	"StringEquals":         func(value, given string) bool { return value == given },
	"StringEqualsIfExists": func(value, given string) bool { return value == given },
	"StringNotEquals":      func(value, given string) bool { return value == given }, // met if no value is
	"StringLike":           like,
	"StringNotLike":        like, // met if no value is
	"ArnEquals":            arnLike,
	"ArnLike":              arnLike,
	"ArnLikeIfExists":      arnLike,
	"Bool":                 strings.EqualFold,
	// The values of a list have commas between them.
	"ForAnyValue:StringEquals": func(value, given string) bool {
		return slices.Contains(strings.Split(given, ","), value)
	},
	// given is whether the key is absent.
	"Null": func(value, given string) bool { return value == given },
}

// evaluate applies the statements that match a request. A Deny statement overrides all others.
func evaluate(statements []statement, context map[string]string, matches func(statement) bool) bool {
	allowed := false
	for _, s := range statements {
		if !matches(s) || !s.holds(context) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

// holds reports whether all conditions are met. A condition on a key that the request does not have is not met, unless
// its operator says otherwise.
func (s statement) holds(context map[string]string) bool {
	lower := map[string][]string{}
	for key, given := range context {
		lower[strings.ToLower(key)] = append(lower[strings.ToLower(key)], given)
	}
	for operator, byKey := range s.Condition {
		for key, values := range byKey {
			given := lower[strings.ToLower(key)]
			switch {
			case operator == "Null":
				given = []string{strconv.FormatBool(len(given) == 0)}
			case len(given) == 0 && (strings.HasSuffix(operator, "IfExists") || strings.HasPrefix(operator, "StringNot")):
				continue
			case len(given) != 1:
				return false
			}
			matches := func(value string) bool { return operators[operator](value, given[0]) }
			if slices.ContainsFunc(values, matches) == strings.HasPrefix(operator, "StringNot") {
				return false
			}
		}
	}
	return true
}

// covers reports whether the statement has the action. IAM ignores the case of actions.
func (s statement) covers(action string) bool {
	lower := strings.ToLower(action)
	return slices.ContainsFunc(s.Action, func(pattern string) bool {
		return strings.EqualFold(pattern, action) ||
			strings.ContainsAny(pattern, "*?") && like(strings.ToLower(pattern), lower)
	})
}

// reaches reports whether the statement has the resource.
func (s statement) reaches(resource string) bool {
	return slices.ContainsFunc(s.Resource, func(pattern string) bool {
		return pattern == "*" || arnLike(pattern, resource)
	})
}

const arnParts = 6 // arn:partition:service:region:account:resource; the last may contain colons

// isARN reports whether a text is an ARN or a pattern of ARNs. The first three parts have no wildcards: AWS refuses
// them in the service, and no policy here needs them in the partition.
func isARN(text string) bool {
	parts := strings.SplitN(text, ":", arnParts)
	return len(parts) == arnParts && parts[0] == "arn" && parts[arnParts-1] != "" &&
		!slices.ContainsFunc(parts[1:3], func(part string) bool { return part == "" || strings.ContainsAny(part, "*?") })
}

// arnLike compares part by part: a wildcard never matches a colon, and so no other region or account.
func arnLike(pattern, arn string) bool {
	return slices.EqualFunc(strings.SplitN(pattern, ":", arnParts), strings.SplitN(arn, ":", arnParts), like)
}

// like matches a text against a pattern in which * stands for any characters and ? for one.
func like(pattern, text string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == text
	}
	expression, found := expressions.Load(pattern)
	if !found {
		quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		expression, _ = expressions.LoadOrStore(pattern, regexp.MustCompile(`(?s)^`+quoted+`$`))
	}
	return expression.(*regexp.Regexp).MatchString(text)
}

// expressions has the expression of each pattern: to compile one takes longer than to match it.
var expressions sync.Map
