package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
)

// trigger is a rule that starts a state machine: <stack>-<suffix> in AWS, <component>-<suffix> in Pulumi.
type trigger struct {
	suffix, description string
	pattern             pulumi.StringInput // of the events that it listens to
	every               string             // when it starts the machine besides; empty for never
	role, does          string             // suffix and description of the role that it takes
	machine             string             // suffix of the machine
	input               pulumi.StringInput // what the machine gets; nil for the event
}

// newTrigger makes the rule with a role of its own, which may do nothing else.
func newTrigger(ctx *pulumi.Context, name string, args *Args, made *sfn.StateMachine, t trigger, parent pulumi.ResourceOption) error {
	awsName := args.Name + "-" + t.suffix
	ruleArgs := &cloudwatch.EventRuleArgs{
		Name: pulumi.String(awsName), Description: pulumi.String(t.description), EventPattern: t.pattern, Tags: args.Tags,
	}
	if t.every != "" {
		ruleArgs.ScheduleExpression = pulumi.String(t.every)
	}
	rule, err := cloudwatch.NewEventRule(ctx, name+"-"+t.suffix, ruleArgs, parent)
	if err != nil {
		return fmt.Errorf("create event rule %s: %w", awsName, err)
	}
	trust := iampolicy.Trust("events.amazonaws.com", args.AccountID, fmt.Sprintf("arn:aws:events:%s:%s:rule/%s", args.Region, args.AccountID, awsName))
	role, granted, err := newRole(ctx, name+"-"+t.role, args.Name+"-"+t.role, t.does, trust, mayStart(args, t.machine), args, parent)
	if err != nil {
		return err
	}
	target := &cloudwatch.EventTargetArgs{Rule: rule.Name, TargetId: pulumi.String(t.machine), Arn: made.Arn, RoleArn: role.Arn}
	if t.input != nil {
		target.Input = t.input.ToStringOutput()
	}
	if _, err := cloudwatch.NewEventTarget(ctx, name+"-"+t.suffix, target, parent, pulumi.DependsOn([]pulumi.Resource{granted})); err != nil {
		return fmt.Errorf("have %s start the state machine: %w", awsName, err)
	}
	return nil
}

// mayStart allows to start one state machine.
func mayStart(args *Args, machine string) pulumi.StringOutput {
	return iampolicy.New(iampolicy.Allow([]string{machineARN(args.Name, args.Region, args.AccountID, machine)}, "states:StartExecution")).JSON()
}
