package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/compute"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/managedpolicy"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/steps"
	"threa-infra/ownership"
)

// limitRoles gives every role of the stack the permissions boundary of bootstrap/, if the bootstrap has created one:
// the deploy role can create no role without it. Call it before anything is registered.
func (s *stack) limitRoles() error {
	exists, err := s.hasRole(deployrole.DeployName(s.names.Name), s.started.deployRole)
	if err != nil || !exists { // no bootstrap; a lookup of the policy would write an error to the log
		return steps.Wrap(err, "look for the deploy role")
	}
	arn := deployrole.BoundaryARN(s.names)
	boundary, err := iam.LookupPolicy(s.ctx, &iam.LookupPolicyArgs{Arn: &arn})
	switch {
	case managedpolicy.IsMissing(err): // the bootstrap is of an earlier version
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
		name := s.names.TaskRole()
		exists, err := s.hasRole(name, func() (bool, error) { return s.askForRole(name) })
		if err != nil || !exists {
			return false, steps.Wrap(err, "look for the app's role")
		}
		role, err := iam.LookupRole(s.ctx, &iam.LookupRoleArgs{Name: name})
		return err == nil && role.PermissionsBoundary != "", steps.Wrap(err, "look up the app's role")
	})
}

// hasRole reports whether a role exists. ask asks through the SDK. If the SDK cannot be used, or a role of an earlier
// bootstrap is denied the question, the provider lists all roles of the account: its lookup of a role that does not
// exist writes an error to the log.
func (s *stack) hasRole(name string, ask func() (bool, error)) (bool, error) {
	if _, err := s.sdk(); err == nil {
		if exists, err := ask(); err == nil {
			return exists, nil
		}
	}
	pattern := "^" + name + "$"
	roles, err := iam.GetRoles(s.ctx, &iam.GetRolesArgs{NameRegex: &pattern})
	return err == nil && len(roles.Names) > 0, steps.Wrap(err, "list roles")
}

func (s *stack) askForDeployRole() (bool, error) {
	return s.askForRole(deployrole.DeployName(s.cfg.Name))
}

func (s *stack) askForRole(name string) (bool, error) {
	connected, err := s.started.sdk()
	if err != nil {
		return false, err
	}
	return ownership.HasRole(s.ctx.Context(), connected.roles, name) //nolint:wrapcheck // the caller names the role
}
