package iamtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// statement is the supported part of a statement.
type statement struct {
	deny       bool
	actions    []string
	resources  []string // of identity policies
	principals []string // of trust policies: services, or identity providers
	conditions []condition
}

// kind is the kind of a policy.
type kind int

const (
	identity kind = iota
	trust
	federation
)

// elements are the required and optional elements of a statement, by kind.
var elements = map[kind]struct{ required, optional []string }{
	identity: {required: []string{"Effect", "Action", "Resource"}, optional: []string{"Sid", "Condition"}},
	trust:    {required: []string{"Effect", "Action", "Principal"}, optional: []string{"Sid", "Condition"}},
	// Without a condition, anybody with a token of the provider could assume the role.
	federation: {required: []string{"Effect", "Action", "Principal", "Condition"}, optional: []string{"Sid"}},
}

func read(document string, k kind) ([]statement, error) {
	policy, err := object([]byte(document), []string{"Version", "Statement"}, []string{"Id"})
	if err != nil {
		return nil, err
	}
	if string(policy["Version"]) != `"2012-10-17"` {
		return nil, fmt.Errorf("the version is %s, not 2012-10-17", policy["Version"])
	}
	raw := []json.RawMessage{policy["Statement"]}
	if bytes.HasPrefix(policy["Statement"], []byte("[")) {
		if err := json.Unmarshal(policy["Statement"], &raw); err != nil {
			return nil, fmt.Errorf("read the statements: %w", err)
		}
	}
	if len(raw) == 0 {
		return nil, errors.New("the policy has no statement")
	}
	statements := make([]statement, len(raw))
	for i := range raw {
		if statements[i], err = readStatement(raw[i], k); err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	return statements, nil
}

func readStatement(raw json.RawMessage, k kind) (statement, error) {
	var s statement
	fields, err := object(raw, elements[k].required, elements[k].optional)
	if err != nil {
		return s, err
	}
	switch string(fields["Effect"]) {
	case `"Allow"`:
	case `"Deny"`:
		s.deny = true
	default:
		return s, fmt.Errorf("the effect %s is neither Allow nor Deny", fields["Effect"])
	}
	if s.actions, err = texts(fields["Action"], "Action", actionPattern.MatchString); err != nil {
		return s, err
	}
	switch k {
	case identity:
		s.resources, err = texts(fields["Resource"], "Resource", func(text string) bool { return text == "*" || isARN(text) })
	case trust:
		s.principals, err = readPrincipals(fields["Principal"], "Service")
	case federation:
		s.principals, err = readPrincipals(fields["Principal"], "Federated")
	}
	if err != nil {
		return s, err
	}
	s.conditions, err = readConditions(fields["Condition"])
	return s, err
}

// readPrincipals accepts principals of one kind only: no account, no user, no wildcard.
func readPrincipals(raw json.RawMessage, kind string) ([]string, error) {
	principal, err := object(raw, []string{kind}, nil)
	if err != nil {
		return nil, fmt.Errorf("element Principal: %w", err)
	}
	return texts(principal[kind], kind, func(text string) bool { return !strings.ContainsAny(text, "*?") })
}

// texts reads a text or a list of texts, all of them valid and without policy variables.
func texts(raw json.RawMessage, element string, valid func(string) bool) ([]string, error) {
	var list []string
	var single string
	if json.Unmarshal(raw, &single) == nil && string(raw) != "null" {
		list = []string{single}
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s %s is neither a text nor a list of texts", element, raw)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is empty", element)
	}
	for _, text := range list {
		if text == "" || strings.Contains(text, "${") || !valid(text) {
			return nil, fmt.Errorf("%s %q is not supported", element, text)
		}
	}
	return list, nil
}

// object reads a JSON object that has the required keys, perhaps optional ones, no others, and none twice. If both lists are
// nil, it accepts any keys.
func object(raw []byte, required, optional []string) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("%s is not a JSON object", raw)
	}
	fields := map[string]json.RawMessage{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("read a key: %w", err)
		}
		name := key.(string) // the decoder guarantees it
		if _, exists := fields[name]; exists {
			return nil, fmt.Errorf("%s is set twice", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("find the end: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the JSON object is not the end")
	}
	if len(fields) == 0 {
		return nil, errors.New("it is empty")
	}
	if required == nil && optional == nil {
		return fields, nil
	}
	for _, name := range required {
		if _, exists := fields[name]; !exists {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return nil, fmt.Errorf("%s is not supported", name)
		}
	}
	return fields, nil
}
