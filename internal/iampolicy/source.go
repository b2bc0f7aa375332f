package iampolicy

import (
	"encoding/json"
	"strings"
)

// SourceRegion returns the only region for whose resources a service may assume a role, from the condition
// aws:SourceArn of the trust policy. It returns "" if the policy names none or several, or cannot be read. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
func SourceRegion(document string) string {
	var policy struct{ Statement oneOrMore[trustStatement] }
	if json.Unmarshal([]byte(document), &policy) != nil {
		return ""
	}
	region := ""
	for i, statement := range policy.Statement {
		of := statement.region()
		if of == "" || i > 0 && of != region {
			return ""
		}
		region = of
	}
	return region
}

type trustStatement struct {
	Principal struct{ Service oneOrMore[string] }
	Condition map[string]map[string]oneOrMore[string]
}

// region returns the region of the only aws:SourceArn.
func (s trustStatement) region() string {
	var arns []string
	for operator, values := range s.Condition {
		for key, value := range values {
			switch operator {
			case "ArnLike", "ArnEquals", "StringLike", "StringEquals":
			default:
				return "" // such as ArnNotLike
			}
			if strings.EqualFold(key, "aws:SourceArn") {
				arns = append(arns, value...)
			}
		}
	}
	if len(s.Principal.Service) == 0 || len(arns) != 1 {
		return ""
	}
	const parts = 6 // arn:partition:service:region:account:resource
	arn := strings.SplitN(arns[0], ":", parts)
	if len(arn) < parts || arn[0] != "arn" || strings.ContainsAny(arn[3], "*?") {
		return ""
	}
	return arn[3]
}

// oneOrMore reads a value or a list of values, both of which IAM accepts in most places.
type oneOrMore[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore[T]) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]T)(o)) //nolint:wrapcheck // the decoder names the place
	}
	*o = make([]T, 1)
	return json.Unmarshal(text, &(*o)[0]) //nolint:wrapcheck // the decoder names the place
}
