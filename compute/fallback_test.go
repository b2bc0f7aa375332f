package compute

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

func withFallback(a *Args) { a.Spot, a.Fallback, a.DesiredCount = true, true, 2 }

func TestFallback_RunsTaskOfService(t *testing.T) {
	stack, _ := mustBuild(t, arguments(withFallback))
	service, standby := stack.Named(t, serviceToken, "compute-service"), stack.Named(t, serviceToken, "compute-standby")
	var differences []string
	for key, value := range service.Inputs {
		if !value.DeepEquals(standby.Inputs[key]) {
			differences = append(differences, string(key))
		}
	}
	assert.ElementsMatch(t, []string{"name", "desiredCount", "capacityProviderStrategies"}, differences)
	assert.Equal(t, "threa-standby 0", standby.Text("name")+" "+standby.Text("desiredCount"))
	assert.Len(t, standby.Inputs, len(service.Inputs))
	assert.Equal(t, "FARGATE_SPOT FARGATE", service.Text("capacityProviderStrategies[0].capacityProvider")+" "+
		standby.Text("capacityProviderStrategies[0].capacityProvider"))
	assert.Equal(t, service.Request.GetDependencies(), standby.Request.GetDependencies())
	assert.Contains(t, standby.Request.GetIgnoreChanges(), "desiredCount", "package scaling changes it")
	assert.NotContains(t, service.Request.GetIgnoreChanges(), "desiredCount")
	assert.Equal(t, "20m", standby.Request.GetCustomTimeouts().GetUpdate())
}

func TestFallback_RunningTasksAreNoError(t *testing.T) {
	for _, preview := range []bool{true, false} {
		stack, told, err := try(
			t,
			arguments(withFallback),
			mocks.Options{AWS: &mocks.AWS{Services: map[string]mocks.Item{"threa-standby": {"desiredCount": 2}}}, Preview: preview},
		)
		require.NoError(t, err)
		assert.Equal(t, wanted, told["task"])
		var asked []string
		for _, one := range stack.Calls(lookup) {
			asked = append(asked, one["serviceName"].StringValue())
		}
		assert.ElementsMatch(t, []string{"threa", "threa-standby"}, asked)
	}
}
