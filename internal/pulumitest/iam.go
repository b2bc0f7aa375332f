package pulumitest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// roles answers with the roles whose names match an expression, none if it is so.
func (a *AWS) roles(nameRegex string) (resource.PropertyMap, error) {
	expression, err := regexp.Compile(nameRegex)
	if err != nil {
		return nil, fmt.Errorf("read nameRegex: %w", err)
	}
	var names []any
	for _, name := range slices.Sorted(maps.Keys(a.Roles)) {
		if expression.MatchString(name) {
			names = append(names, name)
		}
	}
	return answer(map[string]any{"names": names}), nil
}

func (a *AWS) role(name string) (resource.PropertyMap, error) {
	trust, exists := a.Roles[name]
	if !exists {
		return nil, fmt.Errorf("reading IAM Role (%s): couldn't find resource", name)
	}
	return answer(map[string]any{"name": name, "assumeRolePolicy": trust}), nil
}
