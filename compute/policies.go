package compute

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/managedpolicy"
	"threa-infra/internal/preconditions"
)

// CheckPolicies returns an error for every managed policy that does not exist. A deployed stack cannot use such a
// policy, because IAM does not delete a policy that is attached to a role. Call CheckPolicies before anything is
// registered. If AWS denies the lookup, it skips the question. The problems begin with the last policy: when a command
// removes an element, Pulumi shifts those after it. Source:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
func CheckPolicies(ctx *pulumi.Context, arns []string) error {
	var problems []error
	for i, arn := range slices.Backward(arns) {
		_, err := managedpolicy.Lookup(ctx, arns, i)
		if preconditions.IsDenied(err) {
			err = preconditions.Skip("whether "+arn+" of threa:taskPolicyArns exists and may be attached", errors.Unwrap(err))
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// CheckBoundary returns an error for every managed policy whose statements are not all in the permissions boundary,
// because the app could not use it. The bootstrap copies the statements. CheckBoundary ignores a policy that cannot be
// looked up, which CheckPolicies reports.
func CheckBoundary(ctx *pulumi.Context, arns []string, boundary string) error {
	var problems []error
	for i, arn := range arns {
		if policy, err := managedpolicy.Lookup(ctx, arns, i); err == nil {
			problems = append(problems, checkBoundary(arn, policy, boundary))
		}
	}
	return errors.Join(problems...)
}

func checkBoundary(arn, policy, boundary string) error {
	needed, err := iampolicy.Statements(policy)
	if err != nil {
		return fmt.Errorf("read %s of threa:taskPolicyArns: %w", arn, err)
	}
	allowed, err := iampolicy.Statements(boundary)
	if err != nil {
		return fmt.Errorf("read the permissions boundary: %w", err)
	}
	for _, statement := range needed {
		if !slices.ContainsFunc(allowed, func(text json.RawMessage) bool { return bytes.Equal(text, statement) }) {
			return fmt.Errorf("the permissions boundary of the stack's roles does not allow %s of threa:taskPolicyArns, "+
				"or has a former version of it: the app could not use it. Add it to taskPolicyArns of the bootstrap, then:\n"+
				"    cd bootstrap && pulumi up", arn)
		}
	}
	return nil
}

// attachTaskPolicies attaches the managed policies of the configuration to the app's role.
func (b *builder) attachTaskPolicies() error {
	for _, arn := range b.TaskPolicies {
		// The account or aws, and the path and name: arn:aws:iam::<account>:policy/<path and name>.
		_, name, _ := strings.Cut(arn, ":iam::")
		name = strings.NewReplacer(":policy/", "-", "/", "-").Replace(name)
		attached, err := iam.NewRolePolicyAttachment(b.ctx, b.name+"-task-policy-"+name, &iam.RolePolicyAttachmentArgs{
			Role: b.taskRole.Name, PolicyArn: pulumi.String(arn),
		}, b.parent)
		if err != nil {
			return fmt.Errorf("attach policy %s to role %s: %w", arn, b.Names.TaskRole(), err)
		}
		b.before = append(b.before, attached)
	}
	return nil
}
