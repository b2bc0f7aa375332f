package monitoring

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
	"threa-infra/internal/steps"
)

// New creates the monitoring.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	component := &Monitoring{}
	if err := ctx.RegisterComponentResource("threa:monitoring:Monitoring", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register monitoring: %w", err)
	}
	b := &builder{Args: args, ctx: ctx, name: name, parent: pulumi.Parent(component), Monitoring: component}
	err := steps.Run(b.createLogGroups, b.createTopic, b.createFindingsRule, b.createAlarms, b.createDashboard,
		b.createBudget)
	if err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"logGroupName": component.LogGroupName,
		"dashboardUrl": component.DashboardURL,
	})
}

type builder struct {
	*Args
	ctx    *pulumi.Context
	name   string // prefix of the logical names
	parent pulumi.ResourceOption
	*Monitoring
}

// createLogGroups creates the log group of the tasks, without which no task starts, and the log group of ECS Exec.
func (b *builder) createLogGroups() (err error) {
	if b.LogGroupName, err = b.createLogGroup("-logs", b.Names.LogGroup()); err != nil {
		return err
	}
	b.ExecLogGroupName, err = b.createLogGroup("-exec-logs", b.Names.ExecLogGroup())
	return err
}

// createLogGroup returns the name of the log group, which resolves after it exists.
func (b *builder) createLogGroup(suffix, awsName string) (pulumi.StringOutput, error) {
	group, err := cloudwatch.NewLogGroup(b.ctx, b.name+suffix, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(awsName),
		RetentionInDays: pulumi.Int(b.LogRetention),
		Tags:            b.Tags,
	}, b.parent, pulumi.IgnoreChanges(resources.Replacing(resources.LogGroup)))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("create log group %s: %w", awsName, err)
	}
	return group.Name, nil
}

// createTopic creates a topic with its subscribers, who must confirm. The topic is unencrypted: CloudWatch cannot
// publish to a topic under the AWS-managed key, and alarms hold no secrets.
func (b *builder) createTopic() error {
	if !b.notifies() {
		b.TopicARN = pulumi.String("").ToStringOutput()
		return nil
	}
	topic, err := sns.NewTopic(b.ctx, b.name+"-alarms", &sns.TopicArgs{
		Name: pulumi.String(b.Names.Prefixed("alarms")), Policy: b.topicPolicy(), Tags: b.Tags,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create alarm topic: %w", err)
	}
	b.TopicARN = topic.Arn
	if b.AlarmEmail != "" {
		if err := b.subscribe(b.name+"-alarm-email", b.AlarmEmail); err != nil {
			return err
		}
	}
	for _, target := range b.AlarmTargets { // the logical name must not show a token in the URL
		hash := sha256.Sum256([]byte(target))
		if err := b.subscribe(fmt.Sprintf("%s-alarm-target-%x", b.name, hash[:4]), target); err != nil {
			return err
		}
	}
	return nil
}

// notifies reports whether an address gets the alarms.
func (b *builder) notifies() bool { return b.AlarmEmail != "" || len(b.AlarmTargets) > 0 }

// subscribe subscribes an e-mail address or an HTTPS URL to the topic.
func (b *builder) subscribe(name, target string) error {
	protocol, endpoint := "email", pulumi.StringInput(pulumi.String(target))
	if strings.HasPrefix(target, "https:") { // the URL often contains a key
		protocol, endpoint = "https", pulumi.ToSecret(endpoint).(pulumi.StringOutput)
	}
	_, err := sns.NewTopicSubscription(b.ctx, name, &sns.TopicSubscriptionArgs{
		Topic: b.TopicARN, Protocol: pulumi.String(protocol), Endpoint: endpoint,
	}, b.parent)
	return steps.Wrap(err, "subscribe an address to the alarms")
}

// createBudget creates a budget without actions, which is free of charge. AWS sends its notifications by e-mail: a
// topic would need a policy for the budgets service. AWS counts the charges with the tag from the day on which the tag
// is activated in the billing console. Source:
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
func (b *builder) createBudget() error {
	if b.Budget == "" {
		return nil
	}
	var notifications budgets.BudgetNotificationArray
	for _, percent := range []float64{80, 100} {
		notifications = append(notifications, budgets.BudgetNotificationArgs{
			NotificationType:         pulumi.String("ACTUAL"),
			ComparisonOperator:       pulumi.String("GREATER_THAN"),
			Threshold:                pulumi.Float64(percent),
			ThresholdType:            pulumi.String("PERCENTAGE"),
			SubscriberEmailAddresses: pulumi.ToStringArray(b.BudgetEmails),
		})
	}
	_, err := budgets.NewBudget(b.ctx, b.name+"-budget", &budgets.BudgetArgs{
		AccountId:   pulumi.String(b.Names.AccountID), // part of the import id
		Name:        pulumi.String(b.Names.Name),
		BudgetType:  pulumi.String("COST"),
		TimeUnit:    pulumi.String("MONTHLY"),
		LimitAmount: pulumi.String(b.Budget),
		LimitUnit:   pulumi.String("USD"),
		// A user-defined tag has the prefix "user:" here. Source:
		// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html
		CostFilters: budgets.BudgetCostFilterArray{budgets.BudgetCostFilterArgs{
			Name:   pulumi.String("TagKeyValue"),
			Values: pulumi.ToStringArray([]string{"user:" + naming.TagStack + "$" + b.Names.Name}),
		}},
		Notifications: notifications,
		Tags:          b.Tags,
	}, b.parent)
	return steps.Wrap(err, "create budget")
}
