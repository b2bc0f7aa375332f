package recovery

import (
	"context"
	"errors"
)

// maxRevisions bounds how many revisions are looked at, newest first. A run registers one; calls repeated after faults
// may have registered a few more.
const maxRevisions = 20

// findTaskDefinition takes the newest active revision that carries the resource's tags and that the state does not
// know.
func findTaskDefinition(ctx context.Context, api *API, known *state, inputs object) (string, error) {
	unknown, err := api.unknownRevisions(ctx, known, inputs)
	if err != nil || len(unknown) == 0 {
		return "", err
	}
	return unknown[0], nil
}

// unknownRevisions lists revisions of a family that carry the stack's tags but are not in its state, newest first.
// Revisions that something else registered do not carry them and are not touched.
func (a *API) unknownRevisions(ctx context.Context, known *state, inputs object) ([]string, error) {
	family := inputs.text("family")
	if family == "" {
		return nil, errors.New("it has no family to be found by")
	}
	var listed struct {
		ARNs []string `json:"taskDefinitionArns"`
	}
	err := a.ECS(ctx, "ListTaskDefinitions", map[string]any{
		"familyPrefix": family, "status": "ACTIVE", "sort": "DESC", "maxResults": maxRevisions,
	}, &listed)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for _, arn := range listed.ARNs {
		if known.has(taskDefinitions, arn) {
			continue
		}
		var described struct {
			Tags []tag `json:"tags"`
		}
		err := a.ECS(ctx, "DescribeTaskDefinition", map[string]any{"taskDefinition": arn, "include": []string{"TAGS"}}, &described)
		if err != nil {
			return nil, err
		}
		if hasTags(asObject(described.Tags), inputs.object("tags")) {
			unknown = append(unknown, arn)
		}
	}
	return unknown, nil
}
