package monitoring

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	alarmToken        = "aws:cloudwatch/metricAlarm:MetricAlarm"
	topicToken        = "aws:sns/topic:Topic"
	subscriptionToken = "aws:sns/topicSubscription:TopicSubscription"
	dashboardToken    = "aws:cloudwatch/dashboard:Dashboard"
	budgetToken       = "aws:budgets/budget:Budget"
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

// everything adds whatever has alarms or graphs.
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
			"group": m.LogGroupName, "groupArn": m.LogGroupARN, "topic": m.TopicARN, "dashboard": m.DashboardURL,
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

func checkProperties(t *testing.T, r mocks.Resource, want map[string]string) {
	t.Helper()
	for property, value := range want {
		assert.Equal(t, value, r.Text(property), "%s %s", r.Name, property)
	}
}

func TestLogGroup_HasRetention(t *testing.T) {
	stack, out := build(t, arguments(func(a *Args) { a.LogRetention = 7 }))
	checkProperties(t, stack.Only(t, "aws:cloudwatch/logGroup:LogGroup"), map[string]string{
		"name": "/ecs/threa", "retentionInDays": "7", "tags.Project": "threa",
	})
	assert.Equal(t, "/ecs/threa", out["group"])
	assert.Equal(t, "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/threa", out["groupArn"])
}

func TestTopic_SendsAlarmsByEmail(t *testing.T) {
	const arn = "arn:aws:sns:eu-central-1:123456789012:threa-alarms"
	stack, out := build(t, arguments(nil))
	checkProperties(t, stack.Only(t, topicToken), map[string]string{"name": "threa-alarms", "kmsMasterKeyId": ""})
	checkProperties(t, stack.Only(t, subscriptionToken), map[string]string{
		"topic": arn, "protocol": "email", "endpoint": "ops@example.com",
	})
	assert.Equal(t, arn, out["topic"])
	alarms := stack.OfType(alarmToken)
	for _, alarm := range alarms {
		checkProperties(t, alarm, map[string]string{
			"alarmActions[0]": arn, "okActions[0]": arn, "insufficientDataActions": "",
		})
	}

	stack, out = build(t, arguments(func(a *Args) { a.AlarmEmail = "" }))
	assert.Empty(t, stack.OfType(topicToken))
	assert.Empty(t, stack.OfType(subscriptionToken))
	assert.Empty(t, out["topic"])
	require.Len(t, stack.OfType(alarmToken), len(alarms))
	for _, alarm := range stack.OfType(alarmToken) {
		assert.True(t, alarm.Value("alarmActions").IsNull() && alarm.Value("okActions").IsNull(), alarm.Name)
	}
}

func TestBudget_NotifiesAt80And100Percent(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) { a.Budget = "57.02" }))
	want := map[string]string{
		"name": "threa", "accountId": "123456789012", "budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "57.02",
		"limitUnit": "USD", "costFilters[0].name": "TagKeyValue", "costFilters[0].values[0]": "user:Stack$threa",
		"costFilters[0].values[1]": "", "costFilters[1]": "", "tags.Project": "threa", "notifications[2]": "",
	}
	for path, threshold := range map[string]string{"notifications[0].": "80", "notifications[1].": "100"} {
		want[path+"threshold"], want[path+"thresholdType"] = threshold, "PERCENTAGE"
		want[path+"notificationType"], want[path+"comparisonOperator"] = "ACTUAL", "GREATER_THAN"
		want[path+"subscriberEmailAddresses[0]"] = "ops@example.com"
	}
	checkProperties(t, stack.Only(t, budgetToken), want)

	stack, _ = build(t, arguments(nil))
	assert.Empty(t, stack.OfType(budgetToken))
}
