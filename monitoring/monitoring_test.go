package monitoring

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"threa-infra/internal/mocks"
)

const (
	alarmToken        = "aws:cloudwatch/metricAlarm:MetricAlarm"
	topicToken        = "aws:sns/topic:Topic"
	subscriptionToken = "aws:sns/topicSubscription:TopicSubscription"
	dashboardToken    = "aws:cloudwatch/dashboard:Dashboard"
)

// arguments ask for the monitoring of a running stack with a cache, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Region: mocks.Region, LogRetention: 30, AlarmEmail: "ops@example.com",
		Service:  Service{Cluster: "the-cluster", Name: "the-service", Running: true},
		Database: Database{Identifier: "the-database", InstanceClass: "db.t4g.micro", AllocatedStorage: 20},
		Cache:    &Cache{Nodes: []string{"the-cache-001"}},
		Tags:     pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// build sets the monitoring up and waits for what it tells.
func build(t *testing.T, args *Args) (*mocks.Recording, map[string]any) {
	t.Helper()
	told := map[string]any{}
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
			told[name] = awaited.Value
		}
		return nil
	}, mocks.Options{})
	return stack, told
}

func TestLogsAreKeptForAsLongAsAskedAndNoLonger(t *testing.T) {
	stack, told := build(t, arguments(func(a *Args) { a.LogRetention = 7 }))
	group := stack.Only(t, "aws:cloudwatch/logGroup:LogGroup")
	assert.Equal(t, "/ecs/threa", group.Text("name"))
	assert.Equal(t, "7", group.Text("retentionInDays"))
	assert.Equal(t, "threa", group.Text("tags.Project"))
	assert.Equal(t, "/ecs/threa", told["group"])
	assert.Equal(t, "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/threa", told["groupArn"])
}

func TestAlarmsAreMailedToWhoeverIsNamed(t *testing.T) {
	stack, told := build(t, arguments(nil))
	topic, subscription := stack.Only(t, topicToken), stack.Only(t, subscriptionToken)
	assert.Equal(t, "threa-alarms", topic.Text("name"))
	assert.Empty(t, topic.Text("kmsMasterKeyId"), "CloudWatch cannot publish to a topic under the key that AWS manages")
	assert.Equal(t, told["topic"], subscription.Text("topic"))
	assert.Equal(t, "email ops@example.com", subscription.Text("protocol")+" "+subscription.Text("endpoint"))
	for _, alarm := range stack.OfType(alarmToken) {
		assert.Equal(t, "arn:aws:sns:eu-central-1:123456789012:threa-alarms", alarm.Text("alarmActions[0]"), alarm.Name)
		assert.Equal(t, "arn:aws:sns:eu-central-1:123456789012:threa-alarms", alarm.Text("okActions[0]"), alarm.Name)
		assert.Empty(t, alarm.Text("insufficientDataActions"), "%s: silence has alarms of its own", alarm.Name)
	}
}

func TestWithoutAnAddressNobodyIsToldAndTheAlarmsStay(t *testing.T) {
	mailed, _ := build(t, arguments(nil))
	stack, told := build(t, arguments(func(a *Args) { a.AlarmEmail = "" }))
	assert.Empty(t, stack.OfType(topicToken))
	assert.Empty(t, stack.OfType(subscriptionToken))
	assert.Empty(t, told["topic"])
	assert.Len(t, stack.OfType(alarmToken), len(mailed.OfType(alarmToken)))
	for _, alarm := range stack.OfType(alarmToken) {
		assert.True(t, alarm.Value("alarmActions").IsNull(), "%s: CloudWatch refuses an empty name of a topic", alarm.Name)
		assert.True(t, alarm.Value("okActions").IsNull(), alarm.Name)
	}
}
