package deployment

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exported is a pulumi command that exports a state.
func exported(state string) Pulumi {
	return func(_ context.Context, _ []byte, args ...string) ([]byte, error) {
		if len(args) != 2 || args[0] != "stack" || args[1] != "export" {
			return nil, errors.New("unexpected command")
		}
		return []byte(state), nil
	}
}

const deployed = `{"version": 3, "deployment": {"resources": [
{"type": "pulumi:pulumi:Stack", "outputs": {"taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:6",
 "url": "https://app.example.com", "databaseUrlParameter": "/threa/database-url", "nextSteps": ["pulumi up"]}},
{"type": "aws:ecs/taskDefinition:TaskDefinition", "delete": true, "outputs": {"arn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:6"}},
{"type": "aws:rds/instance:Instance", "outputs": {"name": 5}},
{"type": "aws:ecs/taskDefinition:TaskDefinition", "outputs": {"arn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7"}},
{"type": "aws:ecs/service:Service", "outputs": {"name": "threa", "cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/threa", "enableExecuteCommand": true}},
{"type": "aws:ecs/service:Service", "outputs": {"name": "threa-standby", "cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/threa"}}]}}`

func TestWhatWasRegisteredLastIsKnownAfterAFailedUp(t *testing.T) {
	stack, err := Load(t.Context(), exported(deployed))
	require.NoError(t, err)
	assert.Equal(t, &Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", Standby: "threa-standby", Exec: true,
		TaskDefinition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7", // the output still says 6
		URL:            "https://app.example.com", DatabaseParameter: "/threa/database-url",
	}, stack)
}

func TestAStackThatIsNotDeployedIsSaidToBe(t *testing.T) {
	for _, state := range []string{`{"version": 3, "deployment": {}}`, `{"deployment": {"resources": [{"type": "pulumi:pulumi:Stack"}]}}`} {
		_, err := Load(t.Context(), exported(state))
		require.ErrorIs(t, err, ErrNotDeployed)
		require.ErrorContains(t, err, "pulumi up")
	}
	_, err := Load(t.Context(), func(context.Context, []byte, ...string) ([]byte, error) {
		return nil, errors.New("no stack named 'prod'")
	})
	require.ErrorContains(t, err, "no stack named 'prod'")
	require.NotErrorIs(t, err, ErrNotDeployed)
}
