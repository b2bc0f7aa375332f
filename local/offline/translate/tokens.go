package translate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"

	"threa-infra/internal/resources"
)

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

// TerraformNames returns the names of all Terraform resources and data sources, sorted. A bridge needs no others.
func TerraformNames() []string {
	names := slices.Concat(slices.Collect(maps.Values(types)), slices.Collect(maps.Values(functions)))
	slices.Sort(names)
	return slices.Compact(names)
}

// ResourceToken returns the bridge's token for a pulumi-aws resource type.
func ResourceToken(token string) (string, error) {
	name, ok := types[token]
	if !ok {
		return "", unknown("resource type", token)
	}
	return bridgeToken(name, ""), nil
}

// FunctionToken returns the bridge's token for a pulumi-aws function.
func FunctionToken(token string) (string, error) {
	name, ok := functions[token]
	if !ok {
		return "", unknown("function", token)
	}
	return bridgeToken(name, "get"), nil
}

func unknown(kind, token string) error {
	return fmt.Errorf("the local AWS does not know the %s %s yet: add it to internal/resources", kind, token)
}

// URN rewrites the type at the end of a URN for the bridge and returns it with the pulumi-aws type. The parents and the
// name stay, so that Text can translate it back in messages.
func URN(text string) (bridgeURN, token string, err error) {
	parsed, err := urn.Parse(text)
	if err != nil {
		return "", "", err
	}
	token = string(parsed.Type())
	mapped, err := ResourceToken(token)
	if err != nil {
		return "", "", err
	}
	end := "::" + parsed.Name()
	return strings.TrimSuffix(text, token+end) + mapped + end, token, nil
}

// Text replaces the bridge's tokens in a message for the user by those of pulumi-aws.
func Text(message string) string { return toUser.Replace(message) }

var toUser = func() *strings.Replacer {
	var pairs []string
	for token, name := range types {
		pairs = append(pairs, bridgeToken(name, ""), token)
	}
	for token, name := range functions {
		pairs = append(pairs, bridgeToken(name, "get"), token)
	}
	return strings.NewReplacer(pairs...)
}()

// bridgeToken derives "aws:index/ecsService:EcsService" from "aws_ecs_service".
func bridgeToken(terraformName, verb string) string {
	name := verb
	for word := range strings.SplitSeq(strings.TrimPrefix(terraformName, "aws_"), "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return "aws:index/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}
