package compute

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const (
	lookup = "aws:ecs/getService:getService"
	wanted = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:1"
	former = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:0"
)

// serviceWith returns an account whose service has a property with another value after the deployment.
func serviceWith(property string, value any) *mocks.AWS {
	return &mocks.AWS{Services: map[string]mocks.Item{"threa": {property: value}}}
}

func TestCheck_ReturnsRunningTaskDefinition(t *testing.T) {
	stack, told := mustBuild(t, arguments(nil))
	assert.Equal(t, wanted, told["task"])
	assert.Equal(t, "threa threa", told["cluster"].(string)+" "+told["service"].(string))
	asked := stack.Calls(lookup)
	require.Len(t, asked, 1)
	assert.Equal(t, "threa", asked[0]["serviceName"].StringValue())
	assert.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:cluster/threa", asked[0]["clusterArn"].StringValue())
}

func TestCheck_FailsAfterRollback(t *testing.T) {
	_, _, err := try(t, arguments(nil), mocks.Options{AWS: serviceWith("taskDefinition", former)})
	require.ErrorContains(t, err, "the deployment failed: the service runs "+former+", not "+wanted)
	require.ErrorContains(t, err, "See why:  go run ./cmd/threa deploy-status")
}

func TestCheck_PreviewWarnsAfterRollback(t *testing.T) {
	_, told, err := try(t, arguments(nil), mocks.Options{AWS: serviceWith("taskDefinition", former), Preview: true})
	require.NoError(t, err)
	assert.Equal(t, former, told["task"])
}

func TestCheck_PreviewSkipsNewService(t *testing.T) {
	unborn := &mocks.AWS{Unknown: []string{serviceToken}}
	stack, told, err := try(t, arguments(nil), mocks.Options{AWS: unborn, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, stack.Calls(lookup), "AWS knows no such service yet and would answer with an error")
	assert.Nil(t, told["task"])
	stack.Only(t, serviceToken)
}

func TestCheck_FailsWithoutAccess(t *testing.T) {
	_, _, err := try(t, arguments(nil), mocks.Options{AWS: &mocks.AWS{Refused: []string{lookup}}})
	require.ErrorContains(t, err, "AccessDenied")
}

func TestCheck_CountFailsDeploymentNotPreview(t *testing.T) {
	none, failure := 0, errors.New("no task of the app runs")
	for _, row := range []struct {
		name    string
		warning string
		err     error
		preview bool
		fails   bool
	}{
		{"a count that fits", "", nil, false, false},
		{"a warning", "the app is asleep", nil, false, false},
		{"an error", "", failure, false, true},
		{"an error in a preview, which must be able to show the fix", "", failure, true, false},
	} {
		checked := func(count int) (string, error) {
			assert.Equal(t, none, count, row.name)
			return row.warning, row.err
		}
		_, told, err := try(t, arguments(func(a *Args) { a.CheckCount = checked }),
			mocks.Options{AWS: serviceWith("desiredCount", none), Preview: row.preview})
		if row.fails {
			require.ErrorIs(t, err, failure, row.name)
			continue
		}
		require.NoError(t, err, row.name)
		assert.Equal(t, wanted, told["task"], row.name)
	}
}
