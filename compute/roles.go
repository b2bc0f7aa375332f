package compute

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/iampolicy"
)

func (b *builder) createRoles() (err error) {
	n := b.Names
	if b.executionRole, err = b.newRole("execution", n.ExecutionRole(), "ECS agent of "+n.Name); err != nil {
		return err
	}
	if b.taskRole, err = b.newRole("task", n.TaskRole(), "App of "+n.Name); err != nil {
		return err
	}
	image := pulumix.Apply2Err(b.repository.Arn, b.LogGroupARN.ToStringOutput(),
		func(repository, logs string) (string, error) {
			return marshal(iampolicy.New(
				iampolicy.Allow(iampolicy.Everything, "ecr:GetAuthorizationToken"), // a login token belongs to no repository
				iampolicy.Allow([]string{repository},
					"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
				iampolicy.Allow([]string{logs + ":*"}, "logs:CreateLogStream", "logs:PutLogEvents"),
			))
		})
	if err := b.grant(b.executionRole, "execution-image", pulumix.Cast[pulumi.StringOutput](image)); err != nil {
		return err
	}
	// The parameters' key, which AWS manages, needs no permission.
	secrets := pulumix.ApplyErr(b.secretARNs(), func(arns []string) (string, error) {
		return marshal(iampolicy.New(iampolicy.Allow(arns, "ssm:GetParameters")))
	})
	if err := b.grant(b.executionRole, "execution-ssm", pulumix.Cast[pulumi.StringOutput](secrets)); err != nil {
		return err
	}
	if !b.Exec {
		return nil
	}
	// IAM has no resource for the channels of ECS Exec. Source:
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
	return b.grant(b.taskRole, "task-exec", iampolicy.New(iampolicy.Allow(iampolicy.Everything,
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel")).JSON())
}

// newRole creates a role for the ECS tasks of this account and region. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func (b *builder) newRole(suffix, awsName, description string) (*iam.Role, error) {
	trust := iampolicy.Trust("ecs-tasks.amazonaws.com", b.Names.AccountID, b.Names.ARN("ecs", "*"))
	role, err := iam.NewRole(b.ctx, b.name+"-"+suffix, &iam.RoleArgs{
		Name:             pulumi.String(awsName),
		Description:      pulumi.String(description),
		AssumeRolePolicy: trust.JSON(),
		// IAM refuses to delete a role that has policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                b.Tags,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("create role %s: %w", awsName, err)
	}
	return role, nil
}

// grant attaches an inline policy to a role.
func (b *builder) grant(role *iam.Role, suffix string, policy pulumi.StringInput) error {
	awsName := b.Names.Prefixed("ecs-" + suffix)
	granted, err := iam.NewRolePolicy(b.ctx, b.name+"-"+suffix, &iam.RolePolicyArgs{
		Name:   pulumi.String(awsName),
		Role:   role.Name,
		Policy: policy,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("grant %s: %w", awsName, err)
	}
	b.before = append(b.before, granted)
	return nil
}

// secretARNs returns the parameters of the task, sorted by variable: otherwise the policy would change from run to run.
func (b *builder) secretARNs() pulumi.StringArrayOutput {
	var arns pulumi.StringArray
	for _, variable := range slices.Sorted(maps.Keys(b.Secrets)) {
		arns = append(arns, b.Secrets[variable])
	}
	if b.Tunnel != nil {
		arns = append(arns, b.Tunnel.TokenARN)
	}
	return arns.ToStringArrayOutput()
}
