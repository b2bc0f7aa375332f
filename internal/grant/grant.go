// Package grant writes IAM policies: what a role may do, and who may take it. Package iam judges them.
package grant

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Document is an IAM policy. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Document struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// Statement is one statement of a policy. That of a trust policy has a principal and no resource.
type Statement struct {
	Effect    string            `json:"Effect"`
	Principal map[string]string `json:"Principal,omitempty"`
	Action    []string          `json:"Action"`
	Resource  []string          `json:"Resource,omitempty"`
	Condition Condition         `json:"Condition,omitempty"`
}

// Condition maps an operator to condition keys and the value that each must have.
type Condition map[string]map[string]string

// Everything is the resource of the few actions that IAM cannot narrow down.
var Everything = []string{"*"}

// Policy is a policy of these statements.
func Policy(statements ...Statement) Document {
	return Document{Version: "2012-10-17", Statement: statements}
}

// Allow grants actions on resources.
func Allow(resources []string, actions ...string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: resources}
}

// Trust lets an AWS service, such as ecs-tasks.amazonaws.com, take a role for resources of this account that a pattern
// names, and for nobody else's: without the conditions the service could be made to act for another account.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func Trust(service, account, sourceARN string) Document {
	return Policy(Statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": service},
		Action:    []string{"sts:AssumeRole"},
		Condition: Condition{
			"StringEquals": {"aws:SourceAccount": account},
			"ArnLike":      {"aws:SourceArn": sourceARN},
		},
	})
}

// JSON writes a policy that is known beforehand.
func (d Document) JSON() pulumi.StringOutput { return pulumi.JSONMarshal(d) }
