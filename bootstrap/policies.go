package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/managedpolicy"
	"threa-infra/internal/naming"
)

// anyKey is as long as the id of any key. A new key's id is unknown in a preview, but the number of policies is not.
const anyKey = "00000000-0000-0000-0000-000000000000"

// lookupSubnets looks up the subnets of all stacks, if there is more than one. A stack that is deployed for the first
// time later has none yet.
func (b *builder) lookupSubnets() error {
	b.subnets = map[string][]string{}
	if len(b.cfg.Stacks) == 1 {
		return nil
	}
	for _, stack := range b.cfg.Stacks {
		subnets, err := ec2.GetSubnets(b.ctx, &ec2.GetSubnetsArgs{Tags: map[string]string{naming.TagStack: stack.Name}})
		if err != nil {
			return fmt.Errorf("look up subnets of %s: %w", stack.Name, err)
		}
		b.subnets[stack.Name] = subnets.Ids
	}
	return nil
}

// scope returns what the roles of a stack reach, with anyKey for the id of the key.
func (b *builder) scope(stack config.Deployed) deployrole.Scope {
	scope := deployrole.Scope{Account: b.account, Region: b.cfg.Region, Name: stack.Name, Bucket: b.state.bucket,
		Project: b.cfg.Project, Environment: stack.Environment, Zone: stack.Zone, TaskPolicies: b.cfg.TaskPolicies}
	if b.state.key != nil {
		scope.Key = naming.Stack{Region: b.cfg.Region, AccountID: b.account}.ARN("kms", "key/"+anyKey)
	}
	for _, other := range b.cfg.Stacks {
		if other.Name != stack.Name {
			scope.OtherSubnets = append(scope.OtherSubnets, b.subnets[other.Name]...)
		}
	}
	slices.Sort(scope.OtherSubnets)
	return scope
}

// createBoundary creates the permissions boundary of the roles that a stack creates. The deploy role cannot create a
// role without it, and only the bootstrap can change it.
func (b *builder) createBoundary(stack config.Deployed) error {
	name := deployrole.BoundaryName(stack.Name)
	taskPolicies := make([]string, len(b.cfg.TaskPolicies))
	var problems []error
	for i := range slices.Backward(taskPolicies) {
		var err error
		taskPolicies[i], err = managedpolicy.Lookup(b.ctx, b.cfg.TaskPolicies, i)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	text, err := deployrole.Boundary(b.scope(stack), taskPolicies...)
	if err != nil {
		return fmt.Errorf("build policy %s: %w", name, err)
	}
	_, err = b.createPolicy(name, "What the roles of "+stack.Name+" may do at most", text)
	return err
}

// createPolicy creates a managed policy. If the text contains anyKey, createPolicy replaces it with the key's id.
func (b *builder) createPolicy(name, description, text string) (*iam.Policy, error) {
	document := pulumi.String(text).ToStringOutput()
	if b.state.key != nil && strings.Contains(text, anyKey) {
		document = b.state.key.ID().ToStringOutput().ApplyT(func(id string) string {
			return strings.ReplaceAll(text, anyKey, id)
		}).(pulumi.StringOutput)
	}
	policy, err := iam.NewPolicy(b.ctx, name, &iam.PolicyArgs{
		Name:        pulumi.String(name),
		Description: pulumi.String(description),
		Policy:      document,
		Tags:        b.tags,
	})
	if err != nil {
		return nil, fmt.Errorf("create policy %s: %w", name, err)
	}
	return policy, nil
}
