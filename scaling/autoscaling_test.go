package scaling

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

const (
	targetToken = "aws:appautoscaling/target:Target"
	policyToken = "aws:appautoscaling/policy:Policy"
)

// autoscaled asks for autoscaling by CPU and memory.
func autoscaled(args *Args) {
	args.Autoscaling = &Autoscaling{Min: 2, Max: 6, CPUPercent: 60, MemoryPercent: 80}
}

func TestAutoscalingChangesTheNumberOfTasksOfThisServiceWithinItsBounds(t *testing.T) {
	target := mustBuild(t, arguments(autoscaled)).Only(t, targetToken)
	for property, want := range map[string]string{
		"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "service/threa/threa",
		"minCapacity": "2", "maxCapacity": "6", "tags.Project": "threa",
	} {
		assert.Equal(t, want, target.Text(property), property)
	}
}

// What was refreshed at night is no reason to suspend it, or to mute the alarm, with a change at day.
func TestAutoscalingIsSuspendedByNobodyButTheSchedule(t *testing.T) {
	for asleep, ignored := range map[bool][]string{true: {"suspendedState"}, false: nil} {
		target := mustBuild(t, arguments(func(args *Args) {
			autoscaled(args)
			args.Autoscaling.Asleep = asleep
		})).Only(t, targetToken)
		assert.Equal(t, "false false", target.Text("suspendedState.dynamicScalingInSuspended")+" "+target.Text("suspendedState.dynamicScalingOutSuspended"))
		assert.Equal(t, ignored, target.Request.GetIgnoreChanges(), "a preview at night shows nothing")
	}
}

func TestAutoscalingFollowsWhatItIsToldToLookAt(t *testing.T) {
	stack := mustBuild(t, arguments(func(args *Args) {
		autoscaled(args)
		args.Autoscaling.MemoryPercent = 0
		args.Autoscaling.RequestsPerTarget, args.Autoscaling.RequestLabel = 900, pulumi.String("app/threa/1/targetgroup/threa/2")
	}))
	const configuration = "targetTrackingScalingPolicyConfiguration."
	followed := map[string][]string{}
	for _, one := range stack.OfType(policyToken) {
		assert.Equal(t, "TargetTrackingScaling service/threa/threa ecs ecs:service:DesiredCount",
			one.Text("policyType")+" "+one.Text("resourceId")+" "+one.Text("serviceNamespace")+" "+one.Text("scalableDimension"))
		assert.Equal(t, "300 60", one.Text(configuration+"scaleInCooldown")+" "+one.Text(configuration+"scaleOutCooldown"))
		followed[one.Text("name")] = []string{
			one.Text(configuration + "predefinedMetricSpecification.predefinedMetricType"),
			one.Text(configuration + "targetValue"),
			one.Text(configuration + "predefinedMetricSpecification.resourceLabel"),
		}
	}
	assert.Equal(t, map[string][]string{
		"threa-cpu":      {"ECSServiceAverageCPUUtilization", "60", ""},
		"threa-requests": {"ALBRequestCountPerTarget", "900", "app/threa/1/targetgroup/threa/2"},
	}, followed)
}
