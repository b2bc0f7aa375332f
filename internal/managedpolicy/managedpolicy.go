// Package managedpolicy looks up IAM's managed policies.
package managedpolicy

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// missing matches the errors of AWS and of the provider for a policy that does not exist.
var missing = regexp.MustCompile(`NoSuchEntity|no matching IAM Policy found|couldn't find resource|empty result`)

// IsMissing reports whether a policy was not found because it does not exist.
func IsMissing(err error) bool { return err != nil && missing.MatchString(err.Error()) }

// Lookup returns the document of the i-th managed policy of taskPolicyArns.
func Lookup(ctx *pulumi.Context, arns []string, i int) (string, error) {
	policy, err := iam.LookupPolicy(ctx, &iam.LookupPolicyArgs{Arn: &arns[i]})
	switch {
	case err == nil:
		return policy.Policy, nil
	case IsMissing(err):
		return "", fmt.Errorf("threa:taskPolicyArns names %s, which does not exist.\n"+
			"    Remove it:           pulumi config rm --path 'taskPolicyArns[%d]'\n"+
			"    List your policies:  aws iam list-policies --scope Local --query 'Policies[].Arn'", arns[i], i)
	}
	return "", fmt.Errorf("look up %s of threa:taskPolicyArns: %w", arns[i], err)
}
