package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
)

// machine is a state machine to be made: <stack>-<suffix> in AWS, <component>-<suffix> in Pulumi.
type machine struct {
	suffix      string
	description string // of its role
	kind        string // STANDARD or EXPRESS
	definition  definition
	policy      pulumi.StringInput // what its role may do
}

// newMachine makes a state machine with a role of its own.
func newMachine(ctx *pulumi.Context, name string, args *Args, m machine, parent pulumi.ResourceOption) (*sfn.StateMachine, error) {
	trust := iampolicy.Trust("states.amazonaws.com", args.AccountID, machineARN(args.Name, args.Region, args.AccountID, m.suffix))
	role, granted, err := newRole(ctx, name+"-"+m.suffix, args.Name+"-"+m.suffix, m.description, trust, m.policy, args, parent)
	if err != nil {
		return nil, err
	}
	definition, err := m.definition.Definition()
	if err != nil {
		return nil, fmt.Errorf("write the state machine %s: %w", m.suffix, err)
	}
	made, err := sfn.NewStateMachine(ctx, name+"-"+m.suffix, &sfn.StateMachineArgs{
		Name:       pulumi.String(args.Name + "-" + m.suffix),
		Type:       pulumi.String(m.kind),
		Definition: pulumi.String(definition),
		RoleArn:    role.Arn,
		Tags:       args.Tags,
	}, parent, pulumi.DependsOn([]pulumi.Resource{granted})) // an execution must not start before it may do anything
	if err != nil {
		return nil, fmt.Errorf("create state machine %s: %w", m.suffix, err)
	}
	return made, nil
}

// newRole makes a role with one policy.
func newRole(ctx *pulumi.Context, name, awsName, description string, trust iampolicy.Document, policy pulumi.StringInput, args *Args,
	parent pulumi.ResourceOption,
) (*iam.Role, *iam.RolePolicy, error) {
	role, err := iam.NewRole(ctx, name+"-role", &iam.RoleArgs{
		Name:             pulumi.String(awsName),
		Description:      pulumi.String(description),
		AssumeRolePolicy: trust.JSON(),
		// IAM refuses to delete a role that has policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                args.Tags,
	}, parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create role %s: %w", awsName, err)
	}
	granted, err := iam.NewRolePolicy(ctx, name+"-grant", &iam.RolePolicyArgs{
		Name:   pulumi.String(awsName),
		Role:   role.Name,
		Policy: policy,
	}, parent)
	if err != nil {
		return nil, nil, fmt.Errorf("grant %s: %w", awsName, err)
	}
	return role, granted, nil
}

// sleepMachine is the state machine that puts the app to sleep and wakes it, without the stack's prefix.
const sleepMachine = "sleep"

// WakeCommand wakes the app of a stack by hand.
func WakeCommand(name, region, accountID string) string {
	return fmt.Sprintf(`aws stepfunctions start-execution --region %s --input '{"action":"wake"}' --state-machine-arn %s`,
		region, machineARN(name, region, accountID, sleepMachine))
}

func machineARN(name, region, accountID, suffix string) string {
	return fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s-%s", region, accountID, name, suffix)
}
