package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
)

// Args names what is watched.
type Args struct {
	Name         string // prefix of the AWS names
	Region       string
	LogRetention int     // days
	AlarmEmail   string  // empty: nobody is told
	Budget       *Budget // nil without one
	Service      Service
	Database     Database
	Cache        *Cache        // nil without one
	LoadBalancer *LoadBalancer // nil without one
	// ScheduleGroup is the group of EventBridge Scheduler with the schedules that stop and start the app. Default: none.
	ScheduleGroup string
	Tags          pulumi.StringMap
}

// Service is the ECS service to watch.
type Service struct {
	Cluster, Name string
	// Standby is the name of the service whose tasks stand in for those on Spot, empty without one.
	Standby string
	// Running tells whether tasks are wanted at all: until then their absence is no alarm.
	Running bool
	// Asleep tells that a schedule has muted the alarm about missing tasks for now.
	Asleep bool
}

// Database is the RDS instance to watch.
type Database struct {
	Identifier       string
	InstanceClass    string
	AllocatedStorage int    // GiB
	Replica          string // identifier of the read replica, empty without one
}

// Cache is the replication group to watch, by the names of its nodes.
type Cache struct {
	Nodes []string
}

// Monitoring is what was set up.
type Monitoring struct {
	pulumi.ResourceState

	LogGroupName pulumi.StringOutput
	LogGroupARN  pulumi.StringOutput
	// TopicARN is where the alarms go, empty when nobody is told.
	TopicARN     pulumi.StringOutput
	DashboardURL pulumi.StringOutput
}

// New creates the log group, the topic, the alarms, the dashboard and the budget.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	component := &Monitoring{}
	if err := ctx.RegisterComponentResource("threa:monitoring:Monitoring", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register monitoring: %w", err)
	}
	parent := pulumi.Parent(component)

	logs, err := newLogGroup(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	component.LogGroupName, component.LogGroupARN = logs.Name, logs.Arn
	if component.TopicARN, err = newTopic(ctx, name, args, parent); err != nil {
		return nil, err
	}
	if err := newAlarms(ctx, name, args, component.TopicARN, parent); err != nil {
		return nil, err
	}
	if err := newDashboard(ctx, name, args, parent); err != nil {
		return nil, err
	}
	if err := newBudget(ctx, name, args, parent); err != nil {
		return nil, err
	}
	component.DashboardURL = pulumi.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s",
		args.Region, args.Region, args.Name)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"logGroupName": component.LogGroupName,
		"dashboardUrl": component.DashboardURL,
	})
}

// newLogGroup makes the group that the tasks write to. A task that finds no group does not start.
func newLogGroup(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(ctx, name+"-logs", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(LogGroupName(args.Name)),
		RetentionInDays: pulumi.Int(args.LogRetention),
		Tags:            args.Tags,
	}, parent, pulumi.IgnoreChanges(resources.Replacing(resources.LogGroup)))
	if err != nil {
		return nil, fmt.Errorf("create log group: %w", err)
	}
	return group, nil
}

// LogGroupName is the name of the log group of a stack.
func LogGroupName(stack string) string { return "/ecs/" + stack }

// newTopic makes a topic with one subscriber, who has to confirm by e-mail. It stays unencrypted: CloudWatch cannot
// publish to a topic under the key that AWS manages, and an alarm's text holds no secret.
func newTopic(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	if args.AlarmEmail == "" {
		return pulumi.String("").ToStringOutput(), nil
	}
	topic, err := sns.NewTopic(ctx, name+"-alarms", &sns.TopicArgs{
		Name: pulumi.String(args.Name + "-alarms"),
		Tags: args.Tags,
	}, parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("create alarm topic: %w", err)
	}
	_, err = sns.NewTopicSubscription(ctx, name+"-alarm-email", &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String(args.AlarmEmail),
	}, parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("subscribe %s to the alarms: %w", args.AlarmEmail, err)
	}
	return topic.Arn, nil
}
