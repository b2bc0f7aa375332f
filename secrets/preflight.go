package secrets

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
)

// Preflight returns an error that lists the user's parameters that do not exist. Call it before anything with a price
// is registered.
func Preflight(ctx *pulumi.Context, names naming.Stack, existing map[string]string) error {
	if len(existing) == 0 {
		return nil
	}
	parameters, err := ssm.GetParametersByPath(ctx, &ssm.GetParametersByPathArgs{
		Path:           names.ParameterPath(),
		Recursive:      pulumi.BoolRef(true),
		WithDecryption: pulumi.BoolRef(false),
	})
	if err != nil {
		return preconditions.Unanswered("whether the parameters of threa:appSecrets exist", err)
	}
	var problems []error
	for _, variable := range slices.Sorted(maps.Keys(existing)) {
		if !slices.Contains(parameters.Names, existing[variable]) {
			problems = append(problems, fmt.Errorf("threa:appSecrets.%s names the parameter %s, which does not exist in %s.\n"+
				"    go run ./cmd/threa secrets set %s", variable, existing[variable], names.Region, variable))
		}
	}
	return errors.Join(problems...)
}
