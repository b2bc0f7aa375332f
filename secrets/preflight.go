package secrets

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Preflight looks below the stack's prefix before anything that costs is registered: every parameter that the app needs
// must be there. The error lists those that are missing.
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
	for _, variable := range slices.Sorted(maps.Keys(existing)) {
		if !slices.Contains(found.Names, existing[variable]) {
			problems = append(problems, fmt.Errorf("threa:appSecrets.%s names the parameter %s, which does not exist in %s.\n"+
				"    aws ssm put-parameter --region %s --type SecureString --name %s --value '…'",
				variable, existing[variable], region, region, existing[variable]))
		}
	}
	return errors.Join(problems...)
}
