package compute

import (
	"errors"
	"strings"
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

func TestCheck_PreviewSkipsNewService(t *testing.T) {
	unborn := &mocks.AWS{Unknown: []string{serviceToken}}
	stack, told, err := try(t, arguments(nil), mocks.Options{AWS: unborn, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, stack.Calls(lookup), "AWS knows no such service yet and would answer with an error")
	assert.Nil(t, told["task"])
	stack.Only(t, serviceToken)
}

// A preview must be able to show the fix.
func TestCheck_FailsDeploymentNotPreview(t *testing.T) {
	answer := func(warning string, err error) func(int) (string, error) {
		return func(count int) (string, error) {
			assert.Zero(t, count)
			return warning, err
		}
	}
	rolledBack, stopped := serviceWith("taskDefinition", former), serviceWith("desiredCount", 0)
	failure := answer("", errors.New("no task of the app runs"))
	for name, row := range map[string]struct {
		aws     *mocks.AWS
		check   func(int) (string, error)
		preview bool
		task    string
		err     string // no error if empty
	}{
		"rolled back": {rolledBack, anyCount, false, "",
			"the deployment failed: the service runs " + former + ", not " + wanted + ".\n" +
				"    Its new tasks did not become healthy, or an alarm on errors went off, so ECS rolled back to the last " +
				"healthy ones; the old code is serving.\n" +
				"    See why:  go run ./cmd/threa deploy-status"},
		"rolled back, preview":    {rolledBack, anyCount, true, former, ""},
		"no access":               {&mocks.AWS{Refused: []string{lookup}}, anyCount, false, "", "AccessDenied"},
		"count that fits":         {stopped, answer("", nil), false, wanted, ""},
		"warning":                 {stopped, answer("the app is asleep", nil), false, wanted, ""},
		"error of count":          {stopped, failure, false, "", "no task of the app runs"},
		"error of count, preview": {stopped, failure, true, wanted, ""},
	} {
		_, told, err := try(t, arguments(func(a *Args) { a.CheckCount, a.KeepCount = row.check, true }),
			mocks.Options{AWS: row.aws, Preview: row.preview})
		if row.err != "" {
			require.ErrorContains(t, err, row.err, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, row.task, told["task"], name)
	}
}

// A preview looks at the service before this run changes its number of tasks.
func TestCheck_PreviewChecksPlannedCount(t *testing.T) {
	for preview, want := range map[bool]int{true: 1, false: 0} {
		checked := -1
		stack, _, err := try(t, arguments(func(a *Args) {
			a.CheckCount = func(count int) (string, error) {
				checked = count
				return "", nil
			}
		}), mocks.Options{AWS: serviceWith("desiredCount", 0), Preview: preview})
		require.NoError(t, err)
		assert.Equal(t, want, checked)
		assert.Equal(t, preview, strings.Contains(stack.Warnings(), "no task is wanted now: the desired count of the "+
			"service is 0. If this preview does not change it to 1, it was changed by hand. To set it:  pulumi up "+
			"--stack prod --refresh"), stack.Warnings())
	}
}
