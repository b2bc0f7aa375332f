package compute

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const (
	lookup = "aws:ecs/getService:getService"
	wanted = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:1"
	former = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:0"
)

func TestADeploymentThatStandsTellsWhatRuns(t *testing.T) {
	stack, told := mustBuild(t, arguments(nil))
	assert.Equal(t, wanted, told["task"])
	assert.Equal(t, "threa threa", told["cluster"].(string)+" "+told["service"].(string))
	asked := stack.Asked(lookup)
	require.Len(t, asked, 1)
	assert.Equal(t, "threa", asked[0]["serviceName"].StringValue())
	assert.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:cluster/threa", asked[0]["clusterArn"].StringValue())
}

func TestADeploymentThatWentBackIsAnErrorWithTheCommandThatSaysWhy(t *testing.T) {
	_, _, err := try(t, arguments(nil), pulumitest.Options{AWS: &pulumitest.AWS{Running: former}})
	require.ErrorContains(t, err, "the deployment failed: the service runs "+former+", not "+wanted)
	require.ErrorContains(t, err, "See why:  go run ./cmd/threa deploy-status")
}

func TestAPreviewAfterAFailedDeploymentTellsWhatRunsAndGoesOn(t *testing.T) {
	_, told, err := try(t, arguments(nil), pulumitest.Options{AWS: &pulumitest.AWS{Running: former}, Preview: true})
	require.NoError(t, err)
	assert.Equal(t, former, told["task"])
}

func TestAPreviewOfANewServiceDoesNotAskForIt(t *testing.T) {
	unborn := &pulumitest.AWS{Unborn: []string{serviceToken}}
	stack, told, err := try(t, arguments(nil), pulumitest.Options{AWS: unborn, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, stack.Asked(lookup), "AWS knows no such service yet and would answer with an error")
	assert.Nil(t, told["task"])
	stack.One(t, serviceToken)
}

func TestAnAnswerThatAWSRefusesIsAnError(t *testing.T) {
	_, _, err := try(t, arguments(nil), pulumitest.Options{AWS: &pulumitest.AWS{Refused: []string{lookup}}})
	require.ErrorContains(t, err, "AccessDenied")
}

// after is an account in which a number of tasks is wanted after the deployment.
func after(count int) pulumitest.Options {
	return pulumitest.Options{AWS: &pulumitest.AWS{Wanted: &count}}
}

func TestNoTasksWhereSomeAreWantedIsAnErrorUnlessTheAppIsAsleep(t *testing.T) {
	for _, scale := range []*Scale{nil, autoscaled} {
		_, _, err := try(t, arguments(func(a *Args) { a.Scale = scale }), after(0))
		require.ErrorContains(t, err, "no task of the app runs, and none is going to")
		require.ErrorContains(t, err, "pulumi up --refresh")

		preview := after(0)
		preview.Preview = true
		_, _, err = try(t, arguments(func(a *Args) { a.Scale = scale }), preview)
		require.NoError(t, err, "a preview must be able to show the mend")
	}
	_, told, err := try(t, arguments(func(a *Args) { a.Scale = sleeping }), after(0))
	require.NoError(t, err)
	assert.Equal(t, wanted, told["task"])
	_, _, err = try(t, arguments(func(a *Args) { a.Count = 0 }), after(0))
	require.NoError(t, err)
}

func TestAnotherNumberOfTasksIsWorthAWarning(t *testing.T) {
	for _, one := range []struct {
		scale *Scale
		count int
		want  string
	}{
		{nil, 1, ""},
		{nil, 5, "the service wants 5 tasks, the configuration 1. "},
		{autoscaled, 4, ""},
		{autoscaled, 5, "the service wants 5 tasks, the configuration 2 to 4. "},
		{sleeping, 1, ""},
		{sleeping, 0, "the app is asleep: what this deployment changes starts when it wakes. To wake it now:\n    " + wakeUp},
	} {
		warning, failed := counts(arguments(func(a *Args) { a.Scale = one.scale }), one.count)
		require.NoError(t, failed)
		if one.want == "" {
			assert.Empty(t, warning)
		}
		assert.Contains(t, warning, one.want)
	}
}
