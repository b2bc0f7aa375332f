package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/steps"
)

// New creates autoscaling, the schedule and the on-demand fallback, if they are configured.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Scaling, error) {
	component := &Scaling{}
	if err := ctx.RegisterComponentResource("threa:scaling:Scaling", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register scaling: %w", err)
	}
	b := &builder{Args: args, ctx: ctx, name: name, parent: pulumi.Parent(component)}
	if err := steps.Run(b.createTarget, b.createPolicies, b.createSchedule, b.createFallback); err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{})
}

type builder struct {
	*Args
	ctx    *pulumi.Context
	name   string // prefix of the logical names
	parent pulumi.ResourceOption
	target *appautoscaling.Target
}

// role is an IAM role with one policy: <stack>-<suffix> in AWS.
type role struct {
	suffix, description string
	trust, policy       iampolicy.Document
}

// createRole returns the role's ARN and an option that waits for its policy.
func (b *builder) createRole(r role) (arn pulumi.StringOutput, afterPolicy pulumi.ResourceOption, err error) {
	awsName := pulumi.String(b.Names.Prefixed(r.suffix))
	created, err := iam.NewRole(b.ctx, b.name+"-"+r.suffix+"-role", &iam.RoleArgs{
		Name:             awsName,
		Description:      pulumi.String(r.description),
		AssumeRolePolicy: pulumi.JSONMarshal(r.trust),
		// IAM refuses to delete a role that has policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                b.Tags,
	}, b.parent)
	if err != nil {
		return arn, nil, fmt.Errorf("create role %s: %w", awsName, err)
	}
	policy, err := iam.NewRolePolicy(b.ctx, b.name+"-"+r.suffix+"-grant", &iam.RolePolicyArgs{
		Name: awsName, Role: created.Name, Policy: pulumi.JSONMarshal(r.policy),
	}, b.parent)
	if err != nil {
		return arn, nil, fmt.Errorf("create policy of role %s: %w", awsName, err)
	}
	return created.Arn, pulumi.DependsOn([]pulumi.Resource{policy}), nil
}
