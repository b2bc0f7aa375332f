package claim

import (
	"fmt"
	"slices"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iamtest"
)

// checkRegion refuses the names of a stack of this program in another region. Its owner record cannot be seen from here,
// as each region has its own, but an account has one role of a name, and the role's trust policy names its region.
func (a *Args) checkRegion(ctx *pulumi.Context, found []resource) error {
	name := a.Names.Roles[0]
	i := slices.IndexFunc(found, func(r resource) bool { return r.kind == iamRole && r.name == name })
	if i < 0 || !a.hasTags(found[i]) {
		return nil
	}
	role, err := awsiam.LookupRole(ctx, &awsiam.LookupRoleArgs{Name: name})
	if err != nil {
		return fmt.Errorf("look up the region of role %s: %w", name, err)
	}
	region := iamtest.SourceRegion(role.AssumeRolePolicy)
	if region == "" || region == a.Region {
		return nil
	}
	return fmt.Errorf("the AWS names of this stack, %s and %s-…, belong to a stack in %s in this account. "+
		"IAM roles, dashboards and budgets know no regions: an account has each name once.\n"+
		"    Give this one an environment of its own:  pulumi config set environment <name>\n"+
		"    or, when this is that stack:  pulumi config set aws:region %s", a.Name, a.Name, region, region)
}
