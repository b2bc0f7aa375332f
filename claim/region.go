package claim

import (
	"fmt"
	"regexp"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iam"
)

// refuseAnotherRegions looks whether a stack in another region has the names. The parameter cannot tell, as each region
// has its own, but an account has one role of a name, and the role says for which region's tasks it is. One that says
// nothing of the kind is none of this program's, and IAM refuses to make another of its name; one of this region may be
// what a destroy has left that was cut short.
func (a *Args) refuseAnotherRegions(ctx *pulumi.Context) error {
	found, err := awsiam.GetRoles(ctx, &awsiam.GetRolesArgs{NameRegex: pulumi.StringRef("^" + regexp.QuoteMeta(a.RoleName) + "$")})
	if err != nil {
		return fmt.Errorf("find out whether the role %s exists: %w", a.RoleName, err)
	}
	if len(found.Names) == 0 {
		return nil
	}
	role, err := awsiam.LookupRole(ctx, &awsiam.LookupRoleArgs{Name: a.RoleName})
	if err != nil {
		return fmt.Errorf("find out whose the role %s is: %w", a.RoleName, err)
	}
	region := iam.SourceRegion(role.AssumeRolePolicy)
	if region == "" || region == a.Region {
		return nil
	}
	return fmt.Errorf("the AWS names of this stack, %s and %s-…, belong to a stack in %s in this account. "+
		"IAM roles, dashboards and budgets know no regions: an account has each name once.\n"+
		"    Give this one an environment of its own:  pulumi config set environment <name>\n"+
		"    or, when this is that stack:  pulumi config set aws:region %s", a.Name, a.Name, region, region)
}
