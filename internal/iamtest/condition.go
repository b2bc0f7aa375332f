package iamtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// condition is an operator on a key: one of the values must match.
type condition struct {
	matches func(value, given string) bool
	key     string
	values  []string
}

// operators are the supported ones. ArnEquals takes wildcards as ArnLike does. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]func(value, given string) bool{
	"StringEquals": func(value, given string) bool { return value == given },
	"StringLike":   like,
	"ArnEquals":    arnLike,
	"ArnLike":      arnLike,
}

func readConditions(raw json.RawMessage) ([]condition, error) {
	if raw == nil {
		return nil, nil
	}
	byOperator, err := object(raw, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("element Condition: %w", err)
	}
	var conditions []condition
	for _, operator := range slices.Sorted(maps.Keys(byOperator)) {
		matches, known := operators[operator]
		if !known {
			return nil, fmt.Errorf("condition %s is not supported", operator)
		}
		byKey, err := object(byOperator[operator], nil, nil)
		if err != nil {
			return nil, fmt.Errorf("condition %s: %w", operator, err)
		}
		for _, key := range slices.Sorted(maps.Keys(byKey)) {
			values, err := texts(byKey[key], key, func(value string) bool {
				return !strings.HasPrefix(operator, "Arn") || isARN(value)
			})
			if err != nil {
				return nil, fmt.Errorf("condition %s: %w", operator, err)
			}
			conditions = append(conditions, condition{matches: matches, key: key, values: values})
		}
	}
	return conditions, nil
}

// holds reports whether all conditions are met. A condition on a key that the request does not carry is not met.
func holds(conditions []condition, context map[string]string) bool {
	return !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(context) })
}

func (c condition) holds(context map[string]string) bool {
	carried := false
	for key, given := range context {
		if !strings.EqualFold(key, c.key) {
			continue
		}
		carried = true
		if !slices.ContainsFunc(c.values, func(value string) bool { return c.matches(value, given) }) {
			return false
		}
	}
	return carried
}
