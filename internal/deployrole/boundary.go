package deployrole

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/naming"
)

//go:embed boundary.yaml
var limits []byte

// Boundary returns the permissions boundary of the stack's roles, which limits them even if they get further policies.
// It allows what the program's roles need, and what the documents of the task policies allow, except for changing
// permissions and for Pulumi's state. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func Boundary(s Scope, taskPolicies ...string) (string, error) {
	granted, err := s.statements(readRights("boundary.yaml", limits))
	if err != nil {
		return "", err
	}
	statements := make([]any, 0, len(granted))
	for _, statement := range append(granted, s.denySubnets()...) {
		statements = append(statements, statement)
	}
	for _, document := range taskPolicies {
		copied, err := iampolicy.Statements(document)
		if err != nil {
			return "", fmt.Errorf("read a task policy: %w", err)
		}
		for _, statement := range copied {
			statements = append(statements, statement)
		}
	}
	if len(taskPolicies) > 0 {
		for _, denied := range s.denials() {
			statements = append(statements, denied)
		}
	}
	text, err := json.Marshal(map[string]any{"Version": iampolicy.Version, "Statement": statements})
	if err != nil {
		return "", fmt.Errorf("marshal permissions boundary: %w", err)
	}
	if len(text) > maxSize {
		return "", fmt.Errorf("the permissions boundary has %d characters of at most %d: the policies of taskPolicyArns "+
			"have too many statements", len(text), maxSize)
	}
	return string(text), nil
}

// denials deny what no task policy may allow.
func (s Scope) denials() []iampolicy.Statement {
	denials := []iampolicy.Statement{iampolicy.Deny(iampolicy.Everything,
		"account:*", "iam:*", "organizations:*", "sts:AssumeRole*")}
	if s.Bucket != "" {
		bucket := naming.BucketARN(s.Bucket)
		denials = append(denials, iampolicy.Deny([]string{bucket, bucket + "/*"}, "s3:*"))
	}
	if s.Key != "" {
		denials = append(denials, iampolicy.Deny([]string{s.Key}, "kms:*"))
	}
	return denials
}
