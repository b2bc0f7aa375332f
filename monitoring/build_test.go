package monitoring

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	alarmToken     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	dashboardToken = "aws:cloudwatch/dashboard:Dashboard"
)

// arguments are those of a running stack with a cache of one node.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names:        naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		LogRetention: 30, AlarmEmail: "ops@example.com", Running: true,
		InstanceClass: "db.t4g.micro", AllocatedStorage: 20, CacheNodes: 1,
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// everything adds all components that have alarms or graphs.
func everything(args *Args) {
	args.ReadReplica, args.Schedule, args.CacheNodes = true, true, 2
	args.LoadBalancer = &LoadBalancer{
		Suffix: pulumi.String("app/threa/1"), TargetGroupSuffix: pulumi.String("targetgroup/threa/2"),
	}
}

func build(t *testing.T, args *Args) (*mocks.Recording, map[string]any) {
	t.Helper()
	out := map[string]any{}
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		m, err := New(ctx, "monitoring", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"group": m.LogGroupName, "exec": m.ExecLogGroupName, "topic": m.TopicARN, "dashboard": m.DashboardURL,
		} {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			out[name] = awaited.Value
		}
		return nil
	}, mocks.Options{})
	return stack, out
}

func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"least": func(a *Args) { a.AlarmEmail, a.CacheNodes = "", 0 },
		"usual": nil,
		"everything": func(a *Args) {
			everything(a)
			a.Fallback, a.Budget = true, "57.02"
			a.AlarmTargets = []string{"dev@example.com", "https://events.example.com/1"}
			a.BudgetEmails = []string{"ops@example.com", "dev@example.com"}
		},
	} {
		stack, out := build(t, arguments(change))
		for _, subscription := range stack.OfType("aws:sns/topicSubscription:TopicSubscription") {
			isURL := subscription.Text("protocol") == "https"
			assert.Equal(t, isURL, subscription.IsSecret("endpoint"), "a URL may have a key")
		}
		fixtures.Golden(t, name+".txt", stack.Describe())
		if name == "usual" {
			assert.LessOrEqual(t, len(stack.OfType(alarmToken)), 10, "ten alarms are free of charge")
		}
		assert.Equal(t, []any{"/ecs/threa", "/ecs/threa/exec"}, []any{out["group"], out["exec"]})
		assert.Equal(t, name == "least", out["topic"] == "")
	}
}
