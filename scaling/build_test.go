package scaling

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	targetToken    = "aws:appautoscaling/target:Target"
	policyToken    = "aws:appautoscaling/policy:Policy"
	scheduledToken = "aws:appautoscaling/scheduledAction:ScheduledAction"
	scheduleToken  = "aws:scheduler/schedule:Schedule"
	machineToken   = "aws:sfn/stateMachine:StateMachine"
	ruleToken      = "aws:cloudwatch/eventRule:EventRule"
	roleToken      = "aws:iam/role:Role"
	grantToken     = "aws:iam/rolePolicy:RolePolicy"
)

// arguments ask for nothing, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names:   naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		Cluster: pulumi.String("threa"), Service: pulumi.String("threa"), Min: 2, Max: 6,
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func withAutoscaling(args *Args) { args.Autoscaling = &Autoscaling{CPUPercent: 60, MemoryPercent: 80} }

func withSchedule(args *Args) {
	args.Schedule = &Schedule{
		WakeAt: 7 * 60, SleepAt: 20 * 60, TimeZone: "Europe/Berlin", Alarm: "threa-no-running-tasks", Database: "threa",
		AwakeDays: []time.Weekday{time.Monday, time.Tuesday},
	}
}

func withFallback(args *Args) { args.Fallback = true }

func mustBuild(t *testing.T, args *Args) *mocks.Recording {
	t.Helper()
	return mocks.MustRun(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "scaling", args)
		return err
	}, mocks.Options{})
}

// checkRole wants a role to be taken by one service for one source alone, and to allow exactly some calls.
func checkRole(t *testing.T, stack *mocks.Recording, name, service, source string, want ...iamtest.Grant) {
	t.Helper()
	role := stack.Named(t, roleToken, name+"-role")
	assert.Equal(t, "threa", role.Text("tags.Project"))
	for arn, trusted := range map[string]bool{source: true, source + "2": false} {
		got, err := iamtest.Trusts(role.Text("assumeRolePolicy"), service,
			map[string]string{"aws:SourceAccount": mocks.Account, "aws:SourceArn": arn})
		require.NoError(t, err)
		assert.Equal(t, trusted, got, arn)
	}
	policy, err := iamtest.Parse(stack.Named(t, grantToken, name+"-grant").Text("policy"))
	require.NoError(t, err)
	assert.ElementsMatch(t, want, policy.Grants())
}

func grants(resource string, actions ...string) []iamtest.Grant {
	var list []iamtest.Grant
	for _, action := range actions {
		list = append(list, iamtest.Grant{Action: action, Resource: resource})
	}
	return list
}

func TestNew_CreatesNothingUnlessConfigured(t *testing.T) {
	assert.Equal(t, []string{"threa:scaling:Scaling scaling < threa-prod"}, mustBuild(t, arguments(nil)).List())
}

func TestTarget_BoundsTasksOfService(t *testing.T) {
	for _, change := range []func(*Args){withAutoscaling, withSchedule} {
		target := mustBuild(t, arguments(change)).Only(t, targetToken)
		for property, want := range map[string]string{
			"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "service/threa/threa",
			"minCapacity": "2", "maxCapacity": "6", "tags.Project": "threa",
			"suspendedState.dynamicScalingInSuspended": "false", "suspendedState.scheduledScalingSuspended": "false",
		} {
			assert.Equal(t, want, target.Text(property), property)
		}
	}
}

// A deployment at night does not wake the app; one at day sets the bounds whatever a refresh has read at night.
func TestTarget_KeepsBoundsWhileAsleep(t *testing.T) {
	for asleep, ignored := range map[bool][]string{true: {"minCapacity", "maxCapacity"}, false: nil} {
		target := mustBuild(t, arguments(func(args *Args) { withSchedule(args); args.Asleep = asleep })).Only(t, targetToken)
		assert.Equal(t, ignored, target.Request.GetIgnoreChanges())
	}
}

func TestPolicies_TrackConfiguredMetrics(t *testing.T) {
	stack := mustBuild(t, arguments(func(args *Args) {
		args.Autoscaling = &Autoscaling{
			CPUPercent: 60, RequestsPerTarget: 900, RequestLabel: pulumi.String("app/threa/1/targetgroup/threa/2"),
		}
	}))
	const configuration = "targetTrackingScalingPolicyConfiguration."
	tracked := map[string][]string{}
	for _, policy := range stack.OfType(policyToken) {
		for property, want := range map[string]string{
			"policyType": "TargetTrackingScaling", "resourceId": "service/threa/threa", "serviceNamespace": "ecs",
			"scalableDimension": "ecs:service:DesiredCount", configuration + "scaleInCooldown": "300",
			configuration + "scaleOutCooldown": "60",
		} {
			assert.Equal(t, want, policy.Text(property), property)
		}
		tracked[policy.Text("name")] = []string{
			policy.Text(configuration + "predefinedMetricSpecification.predefinedMetricType"),
			policy.Text(configuration + "targetValue"),
			policy.Text(configuration + "predefinedMetricSpecification.resourceLabel"),
		}
	}
	assert.Equal(t, map[string][]string{
		"threa-cpu":      {"ECSServiceAverageCPUUtilization", "60", ""},
		"threa-requests": {"ALBRequestCountPerTarget", "900", "app/threa/1/targetgroup/threa/2"},
	}, tracked)
}
