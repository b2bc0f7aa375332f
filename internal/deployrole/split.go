package deployrole

import (
	"encoding/json"
	"fmt"

	"threa-infra/internal/iampolicy"
)

// maxSize is the maximum length of a managed policy in characters, and maxPolicies the number of policies that a role
// may have by default. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxSize     = 6144
	maxPolicies = 10
)

// split distributes statements over policies, in their order.
func split(statements []iampolicy.Statement) ([]string, error) {
	var documents []string // the last one has the statements of open
	var open []iampolicy.Statement
	for _, statement := range statements {
		open = append(open, statement)
		document, err := marshal(open)
		if err != nil {
			return nil, err
		}
		if len(document) <= maxSize && len(documents) > 0 {
			documents[len(documents)-1] = document
			continue
		}
		open = []iampolicy.Statement{statement}
		if document, err = marshal(open); err != nil {
			return nil, err
		}
		if len(document) > maxSize {
			return nil, fmt.Errorf("a statement is longer than the %d characters of a managed policy", maxSize)
		}
		documents = append(documents, document)
	}
	if len(documents) > maxPolicies {
		return nil, fmt.Errorf("%d managed policies are more than the %d that a role may have", len(documents), maxPolicies)
	}
	return documents, nil
}

func marshal(statements []iampolicy.Statement) (string, error) {
	text, err := json.Marshal(iampolicy.New(statements...))
	if err != nil {
		return "", fmt.Errorf("marshal policy: %w", err)
	}
	return string(text), nil
}
