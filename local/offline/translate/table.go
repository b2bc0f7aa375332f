package translate

import "threa-infra/internal/resources"

// types and functions map the pulumi-aws tokens of the registry to the names of Terraform resources and data sources.
var types, functions = func() (types, functions map[string]string) {
	types, functions = map[string]string{}, map[string]string{}
	for token, row := range resources.Types() {
		if row.Terraform != "" {
			types[token] = row.Terraform
		}
	}
	for token, row := range resources.Functions() {
		functions[token] = row.Terraform
	}
	return types, functions
}()
