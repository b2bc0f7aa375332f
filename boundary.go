package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/compute"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/iampolicy"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/steps"
)

// limitRoles gives every role of the stack the permissions boundary of bootstrap/, if the bootstrap has created one:
// the deploy role can create no role without it. Call it before anything is registered.
func (s *stack) limitRoles() error {
	deploy := "^" + deployrole.DeployName(s.names.Name) + "$"
	roles, err := iam.GetRoles(s.ctx, &iam.GetRolesArgs{NameRegex: &deploy})
	if err != nil {
		return fmt.Errorf("look for the deploy role: %w", err)
	}
	if len(roles.Names) == 0 { // no bootstrap; a lookup of the policy would write an error to the log
		return nil
	}
	arn := deployrole.BoundaryARN(s.names)
	boundary, err := iam.LookupPolicy(s.ctx, &iam.LookupPolicyArgs{Arn: &arn})
	switch {
	case iampolicy.IsMissing(err): // the bootstrap is of an earlier version
		return nil
	case err != nil:
		return fmt.Errorf("look up the permissions boundary: %w", err)
	}
	s.boundary = boundary.Policy
	limit := func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if role, isRole := args.Props.(*iam.RoleArgs); isRole {
			role.PermissionsBoundary = pulumi.String(arn)
		}
		return nil
	}
	return steps.Wrap(s.ctx.RegisterStackTransformation(limit), "limit roles")
}

// checkBoundary refuses a deployment after which the app could not use its policies. It only warns if the app's role
// has the boundary already: AWS changes its own policies at any time.
func (s *stack) checkBoundary() error {
	if s.boundary == "" {
		return nil
	}
	problems := compute.CheckBoundary(s.ctx, s.cfg.Container.TaskPolicies, s.boundary)
	return preconditions.Tolerate(problems, func() (bool, error) {
		name := "^" + s.names.TaskRole() + "$"
		roles, err := iam.GetRoles(s.ctx, &iam.GetRolesArgs{NameRegex: &name})
		if err != nil || len(roles.Names) == 0 {
			return false, steps.Wrap(err, "look for the app's role")
		}
		role, err := iam.LookupRole(s.ctx, &iam.LookupRoleArgs{Name: s.names.TaskRole()})
		return err == nil && role.PermissionsBoundary != "", steps.Wrap(err, "look up the app's role")
	})
}
