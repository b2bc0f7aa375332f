package scaling

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
)

// The state machine of the on-demand fallback and the events that start it. Application Auto Scaling cannot replace it:
// no free metric tells how many tasks a service lacks. Source of the events:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
//
//go:embed fallback.asl.json fallback.events.json
var templates embed.FS

// fallbackName is the suffix of the state machine, its rule and its role.
const fallbackName = "standby"

// createFallback runs as many tasks on demand as Spot has no capacity for: a rule listens to the service on Spot and
// starts a state machine, which sets the number of tasks of the fallback service.
func (b *builder) createFallback() error {
	names := b.args.Names
	service, fallback := names.ServiceARN(names.Name), names.ServiceARN(names.FallbackService())
	roleARN, afterPolicy, err := b.createRole(role{
		fallbackName, "Lets on-demand tasks stand in for " + names.Name + " when Spot has no capacity",
		iampolicy.Trust("states.amazonaws.com", names.AccountID, names.MachineARN(names.FallbackMachine())),
		iampolicy.New(
			iampolicy.Allow([]string{service, fallback}, "ecs:DescribeServices"),
			iampolicy.Allow([]string{fallback}, "ecs:UpdateService"),
		),
	})
	if err != nil {
		return err
	}
	definition, err := b.args.fill("fallback.asl.json")
	if err != nil {
		return err
	}
	machine, err := sfn.NewStateMachine(b.ctx, b.name+"-"+fallbackName, &sfn.StateMachineArgs{
		Name: pulumi.String(names.Prefixed(fallbackName)),
		// Billed by execution and not by state: cheaper while ECS repeats for days that it cannot place a task.
		Type:       pulumi.String("EXPRESS"),
		Definition: pulumi.String(definition),
		RoleArn:    roleARN,
		Tags:       b.args.Tags,
	}, b.parent, afterPolicy)
	if err != nil {
		return fmt.Errorf("create state machine %s: %w", fallbackName, err)
	}
	return b.createFallbackRule(machine)
}

func (b *builder) createFallbackRule(machine *sfn.StateMachine) error {
	names := b.args.Names
	events, err := b.args.fill("fallback.events.json")
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(b.ctx, b.name+"-"+fallbackName, &cloudwatch.EventRuleArgs{
		Name:               pulumi.String(names.Prefixed(fallbackName)),
		Description:        pulumi.String("What happens to the tasks on Spot of " + names.Name),
		EventPattern:       pulumi.String(events),
		ScheduleExpression: pulumi.String("rate(1 hour)"), // in case that an event was lost
		Tags:               b.args.Tags,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create event rule %s: %w", fallbackName, err)
	}
	roleARN, afterPolicy, err := b.createRole(role{
		fallbackName + "-start", "Starts the state machine " + names.FallbackMachine(),
		iampolicy.Trust("events.amazonaws.com", names.AccountID, names.ARN("events", "rule/"+names.Prefixed(fallbackName))),
		iampolicy.New(iampolicy.Allow([]string{names.MachineARN(names.FallbackMachine())}, "states:StartExecution")),
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(b.ctx, b.name+"-"+fallbackName, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String(fallbackName), Arn: machine.Arn, RoleArn: roleARN,
	}, b.parent, afterPolicy)
	if err != nil {
		return fmt.Errorf("create target of event rule %s: %w", fallbackName, err)
	}
	return nil
}

// fill returns a template with the names of the stack. They hold no character that JSON or JSONata would escape.
func (args *Args) fill(template string) (string, error) {
	text, err := templates.ReadFile(template)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", template, err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return "", fmt.Errorf("read %s: %w", template, err)
	}
	n := args.Names
	return strings.NewReplacer(
		"${cluster}", n.Name, "${service}", n.Name, "${fallback}", n.FallbackService(),
		"${serviceArn}", n.ServiceARN(n.Name), "${clusterArn}", n.ClusterARN(),
	).Replace(compact.String()), nil
}
