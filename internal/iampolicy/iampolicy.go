// Package iampolicy builds IAM policy documents.
package iampolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Document is an IAM policy document. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Document struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// Statement is one statement of a document. A trust policy's statement has a principal and no resource.
type Statement struct {
	Effect    string            `json:"Effect"`
	Principal map[string]string `json:"Principal,omitempty"`
	Action    []string          `json:"Action"`
	Resource  []string          `json:"Resource,omitempty"`
	Condition Condition         `json:"Condition,omitempty"`
}

// Condition maps an operator, such as StringEquals, to condition keys and their required values: a text or a list.
type Condition map[string]map[string]any

// Everything is the resource list for actions that IAM cannot restrict to a resource.
var Everything = []string{"*"}

// Version is the version of the policy language.
const Version = "2012-10-17"

// New returns a document with the given statements.
func New(statements ...Statement) Document {
	return Document{Version: Version, Statement: statements}
}

// Allow returns a statement that allows actions on resources.
func Allow(resources []string, actions ...string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: resources}
}

// Deny returns a statement that denies actions on resources.
func Deny(resources []string, actions ...string) Statement {
	return Statement{Effect: "Deny", Action: actions, Resource: resources}
}

// Trust returns a trust policy that lets an AWS service, such as ecs-tasks.amazonaws.com, assume a role. The service
// may do so only for resources in the account whose ARN matches sourceARN. The conditions prevent the confused deputy
// problem. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func Trust(service, account, sourceARN string) Document {
	return New(Statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": service},
		Action:    []string{"sts:AssumeRole"},
		Condition: Condition{
			"StringEquals": {"aws:SourceAccount": account},
			"ArnLike":      {"aws:SourceArn": sourceARN},
		},
	})
}

// Statements returns the statements of a document as JSON with sorted keys, without their ids, which must be unique in
// a document.
func Statements(document string) ([]json.RawMessage, error) {
	var policy struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if !bytes.HasPrefix(policy.Statement, []byte("[")) { // a single statement
		policy.Statement = fmt.Appendf(nil, "[%s]", policy.Statement)
	}
	var statements []map[string]any
	if err := json.Unmarshal(policy.Statement, &statements); err != nil {
		return nil, fmt.Errorf("read statements of policy: %w", err)
	}
	texts := make([]json.RawMessage, len(statements))
	for i, statement := range statements {
		delete(statement, "Sid")
		text, err := json.Marshal(statement)
		if err != nil {
			return nil, fmt.Errorf("marshal statement: %w", err)
		}
		texts[i] = text
	}
	return texts, nil
}
