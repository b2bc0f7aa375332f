package scaling

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/steps"
)

// The state machine of the on-demand fallback and the events that start it. Application Auto Scaling cannot replace it:
// no free metric has the number of tasks that a service lacks. Source of the events:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
var (
	//go:embed fallback.asl.json
	fallbackDefinition string
	//go:embed fallback.events.json
	fallbackEvents string
)

// fallbackName is the logical name of the state machine, its rule and its target.
const fallbackName = "standby"

// createFallback runs a task on demand for each task that Spot has no capacity for. A rule matches events of the
// service on Spot and starts a state machine, which sets the number of tasks of the fallback service.
func (b *builder) createFallback() error {
	if !b.Fallback {
		return nil
	}
	machineName, service := b.Names.FallbackMachine(), b.Names.ServiceARN(b.Names.Name)
	fallback := b.Names.ServiceARN(b.Names.FallbackService())
	roleARN, afterPolicy, err := b.createRole(role{
		fallbackName, "Lets on-demand tasks stand in for " + b.Names.Name + " when Spot has no capacity",
		iampolicy.Trust("states.amazonaws.com", b.Names.AccountID, b.Names.MachineARN(machineName)),
		iampolicy.New(
			iampolicy.Allow([]string{service, fallback}, "ecs:DescribeServices"),
			iampolicy.Allow([]string{fallback}, "ecs:UpdateService"),
		),
	})
	if err != nil {
		return err
	}
	machine, err := sfn.NewStateMachine(b.ctx, b.name+"-"+fallbackName, &sfn.StateMachineArgs{
		Name: pulumi.String(machineName),
		// Billed by execution and not by state: cheaper while ECS repeats for days that it cannot place a task.
		Type:       pulumi.String("EXPRESS"),
		Definition: pulumi.String(b.fill(fallbackDefinition)),
		RoleArn:    roleARN,
		Tags:       b.Tags,
	}, b.parent, afterPolicy)
	if err != nil {
		return fmt.Errorf("create state machine %s: %w", machineName, err)
	}
	return b.createFallbackRule(machine)
}

func (b *builder) createFallbackRule(machine *sfn.StateMachine) error {
	ruleName, machineName := b.Names.FallbackMachine(), b.Names.FallbackMachine()
	rule, err := cloudwatch.NewEventRule(b.ctx, b.name+"-"+fallbackName, &cloudwatch.EventRuleArgs{
		Name:               pulumi.String(ruleName),
		Description:        pulumi.String("What happens to the tasks on Spot of " + b.Names.Name),
		EventPattern:       pulumi.String(b.fill(fallbackEvents)),
		ScheduleExpression: pulumi.String("rate(1 hour)"), // in case an event is lost
		Tags:               b.Tags,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create event rule %s: %w", ruleName, err)
	}
	roleARN, afterPolicy, err := b.createRole(role{
		fallbackName + "-start", "Starts the state machine " + machineName,
		iampolicy.Trust("events.amazonaws.com", b.Names.AccountID, b.Names.ARN("events", "rule/"+ruleName)),
		iampolicy.New(iampolicy.Allow([]string{b.Names.MachineARN(machineName)}, "states:StartExecution")),
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(b.ctx, b.name+"-"+fallbackName, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String(fallbackName), Arn: machine.Arn, RoleArn: roleARN,
	}, b.parent, afterPolicy)
	return steps.Wrap(err, "create target of event rule %s", ruleName)
}

// fill returns a JSON template in compact form with the names of the stack, which need no escaping.
func (a *Args) fill(template string) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(template)); err != nil {
		panic(err) // the template is part of the binary
	}
	return strings.NewReplacer(
		"${cluster}", a.Names.Name, "${service}", a.Names.Name, "${fallback}", a.Names.FallbackService(),
		"${serviceArn}", a.Names.ServiceARN(a.Names.Name), "${clusterArn}", a.Names.ClusterARN(),
	).Replace(compact.String())
}
