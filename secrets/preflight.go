package secrets

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Preflight looks below the stack's prefix before anything is registered: every parameter that the app needs must be
// there, and the prefix, and with it every AWS name, must not belong to another stack. The error lists what is wrong.
func Preflight(ctx *pulumi.Context, name, region string, existing map[string]string) error {
	found, err := ssm.GetParametersByPath(ctx, &ssm.GetParametersByPathArgs{
		Path:           "/" + name,
		Recursive:      pulumi.BoolRef(true),
		WithDecryption: pulumi.BoolRef(false),
	})
	if err != nil {
		return fmt.Errorf("look up the parameters under /%s: %w", name, err)
	}
	var problems []error
	if i := slices.Index(found.Names, ownerName(name)); i >= 0 && found.Values[i] != owner(ctx) {
		problems = append(problems, fmt.Errorf("the AWS names of this stack, %s and %s-…, belong to stack %s in this account and region.\n"+
			"    Give this one an environment of its own:  pulumi config set environment <name>\n"+
			"    or, when this is that stack under a new name:  aws ssm put-parameter --overwrite --region %s --name %s --value %s",
			name, name, found.Values[i], region, ownerName(name), owner(ctx)))
	}
	for _, variable := range slices.Sorted(maps.Keys(existing)) {
		if !slices.Contains(found.Names, existing[variable]) {
			problems = append(problems, fmt.Errorf("threa:appSecrets.%s names the parameter %s, which does not exist in %s.\n"+
				"    aws ssm put-parameter --region %s --type SecureString --name %s --value '…'",
				variable, existing[variable], region, region, existing[variable]))
		}
	}
	return errors.Join(problems...)
}

// ownerName is the parameter that says whose the prefix is.
func ownerName(name string) string { return "/" + name + "/stack" }

// owner is how a stack signs: without the organization, which changes when a team moves its state to another backend.
func owner(ctx *pulumi.Context) string {
	return ctx.Project() + "/" + ctx.Stack()
}
