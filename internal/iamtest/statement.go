package iamtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// statement is the supported part of a statement. Unknown elements are an error.
type statement struct {
	Sid       string
	Effect    string
	Principal map[string]texts
	Action    texts
	Resource  texts
	Condition map[string]map[string]texts
}

// texts is a text or a list of texts.
type texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(raw []byte) error {
	var single string
	err := json.Unmarshal(raw, (*[]string)(t))
	if err != nil {
		if err = json.Unmarshal(raw, &single); err == nil {
			*t = texts{single}
		}
	}
	return err //nolint:wrapcheck // the decoder names the place
}

// kind is the kind of a policy: identity policies have resources, trust policies a principal of a kind, and policies of
// buckets have both.
type kind string

const (
	identity     kind = ""
	service      kind = "Service"
	federation   kind = "Federated"
	awsPrincipal kind = "AWS"
)

// known has the statements of the policies by kind and text: tests ask about the same policies again and again.
var known sync.Map

// read returns the statements of a policy. They are shared: do not change them.
func read(document string, k kind) ([]statement, error) {
	key := [2]string{string(k), document}
	if statements, found := known.Load(key); found {
		return statements.([]statement), nil
	}
	statements, err := parse(document, k)
	if err == nil {
		known.Store(key, statements)
	}
	return statements, err
}

func parse(document string, k kind) ([]statement, error) {
	var policy struct {
		Version   string
		Statement json.RawMessage
	}
	if err := decode([]byte(document), &policy); err != nil {
		return nil, err
	}
	if policy.Version != "2012-10-17" {
		return nil, fmt.Errorf("the version is %q, not 2012-10-17", policy.Version)
	}
	statements := make([]statement, 1)
	var err error
	if strings.HasPrefix(string(policy.Statement), "[") {
		err = decode(policy.Statement, &statements)
	} else {
		err = decode(policy.Statement, &statements[0])
	}
	if err == nil && len(statements) == 0 {
		err = errors.New("the policy has no statement")
	}
	for i := range statements {
		if invalid := statements[i].validate(k); invalid != nil && err == nil {
			err = fmt.Errorf("statement %d: %w", i+1, invalid)
		}
	}
	return statements, err
}

// decode reads JSON and refuses unknown fields.
func decode(raw []byte, into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode policy: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the JSON object is not the end")
	}
	return nil
}

// validate refuses what the package does not support.
func (s statement) validate(k kind) error {
	if s.Effect != "Allow" && s.Effect != "Deny" {
		return fmt.Errorf("the effect %q is neither Allow nor Deny", s.Effect)
	}
	isResource := func(text string) bool { return text == "*" || isARN(text) }
	concrete := func(text string) bool { return !strings.ContainsAny(text, "*?") }
	errs := []error{check("Action", s.Action, actionPattern.MatchString)}
	if k == identity || k == awsPrincipal {
		errs = append(errs, check("Resource", s.Resource, isResource))
	}
	if k == service || k == federation {
		errs = append(errs, check(string(k), s.Principal[string(k)], concrete))
	}
	trust := k == service || k == federation
	if trust && len(s.Resource) > 0 || k == identity && len(s.Principal) > 0 || len(s.Principal) > 1 {
		errs = append(errs, errors.New("the resource or the principal is not supported"))
	}
	if k == federation && len(s.Condition) == 0 {
		errs = append(errs, errors.New("without a condition, every token of the provider could assume the role"))
	}
	if s.Condition != nil {
		errs = append(errs, validateCondition(s.Condition))
	}
	return errors.Join(errs...)
}

func validateCondition(condition map[string]map[string]texts) error {
	if len(condition) == 0 {
		return errors.New("the condition is empty")
	}
	for operator, byKey := range condition {
		if operators[operator] == nil || len(byKey) == 0 {
			return fmt.Errorf("condition %s is not supported, or empty", operator)
		}
		for key, values := range byKey {
			valid := func(text string) bool { return !strings.HasPrefix(operator, "Arn") || isARN(text) }
			if err := check(key, values, valid); err != nil {
				return err
			}
		}
	}
	return nil
}

// check refuses empty lists, invalid texts and policy variables.
func check(element string, list texts, valid func(string) bool) error {
	if len(list) == 0 {
		return fmt.Errorf("%s is missing or empty", element)
	}
	i := slices.IndexFunc(list, func(text string) bool {
		return text == "" || strings.Contains(text, "${") || !valid(text)
	})
	if i >= 0 {
		return fmt.Errorf("%s %q is not supported", element, list[i])
	}
	return nil
}
