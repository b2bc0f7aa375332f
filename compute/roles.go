package compute

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// roles are the two identities of a task and what they may do.
type roles struct {
	execution *iam.Role // the ECS agent: pulls the image, reads the secrets, writes the logs
	task      *iam.Role // the app itself
	// grants must outlive the service: a service whose roles lose their policies first hangs in DRAINING.
	grants []pulumi.Resource
}

func newRoles(ctx *pulumi.Context, name string, args *Args, repository *ecr.Repository, parent pulumi.ResourceOption) (*roles, error) {
	execution, err := newRole(ctx, name+"-execution", args.names().ExecutionRole(), "ECS agent of "+args.Name, args, parent)
	if err != nil {
		return nil, err
	}
	task, err := newRole(ctx, name+"-task", args.names().TaskRole(), "App of "+args.Name, args, parent)
	if err != nil {
		return nil, err
	}
	r := &roles{execution: execution, task: task}

	image := pulumi.All(repository.Arn, args.LogGroupARN).ApplyT(func(arns []any) (string, error) {
		return marshal(imagePolicy(arns[0].(string), arns[1].(string)))
	}).(pulumi.StringOutput)
	if err := r.grant(ctx, name+"-execution-image", args.names().ExecutionRole()+"-image", execution, image, parent); err != nil {
		return nil, err
	}
	secrets := sortedARNs(args).ApplyT(func(arns []string) (string, error) {
		return marshal(secretsPolicy(arns))
	}).(pulumi.StringOutput)
	if err := r.grant(ctx, name+"-execution-ssm", args.names().ExecutionRole()+"-ssm", execution, secrets, parent); err != nil {
		return nil, err
	}
	if args.Exec {
		return r, r.grant(ctx, name+"-task-exec", args.names().TaskRole()+"-exec", task, execPolicy().JSON(), parent)
	}
	return r, nil
}

func newRole(ctx *pulumi.Context, name, awsName, description string, args *Args, parent pulumi.ResourceOption) (*iam.Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:             pulumi.String(awsName),
		Description:      pulumi.String(description),
		AssumeRolePolicy: tasksTrust(args.names()).JSON(),
		// IAM refuses to delete a role that has policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create role %s: %w", awsName, err)
	}
	return role, nil
}

func (r *roles) grant(ctx *pulumi.Context, name, awsName string, role *iam.Role, policy pulumi.StringInput, parent pulumi.ResourceOption) error {
	grant, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Name:   pulumi.String(awsName),
		Role:   role.Name,
		Policy: policy,
	}, parent)
	if err != nil {
		return fmt.Errorf("grant %s: %w", awsName, err)
	}
	r.grants = append(r.grants, grant)
	return nil
}

// sortedARNs lists the parameters of a task in the order of their variables, so that a policy does not change from run to
// run.
func sortedARNs(args *Args) pulumi.StringArrayOutput {
	var arns pulumi.StringArray
	for _, variable := range slices.Sorted(maps.Keys(args.Secrets)) {
		arns = append(arns, args.Secrets[variable])
	}
	if args.Tunnel != nil {
		arns = append(arns, args.Tunnel.TokenARN)
	}
	return arns.ToStringArrayOutput()
}

func marshal(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write JSON: %w", err)
	}
	return string(text), nil
}
