package translate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tableFile is where a missing type belongs.
const tableFile = "internal/resources"

// TerraformNames lists the Terraform resources and data sources behind the table, sorted, for a bridge that is to
// load no more than these.
func TerraformNames() []string {
	names := slices.Concat(slices.Collect(maps.Values(types)), slices.Collect(maps.Values(functions)))
	slices.Sort(names)
	return slices.Compact(names)
}

// ResourceToken is the bridge's token for a pulumi-aws resource type.
func ResourceToken(token string) (string, error) {
	name, ok := types[token]
	if !ok {
		return "", unknown("resource type", token)
	}
	return bridgeToken(name, ""), nil
}

// FunctionToken is the bridge's token for a pulumi-aws function.
func FunctionToken(token string) (string, error) {
	name, ok := functions[token]
	if !ok {
		return "", unknown("function", token)
	}
	return bridgeToken(name, "get"), nil
}

// URN rewrites the type at the end of a URN for the bridge and returns it with the pulumi-aws type that it had.
// Parents and name stay, so that Text finds the way back in messages.
func URN(urn string) (bridgeURN, token string, err error) {
	head, name, ok := cutLast(urn, "::")
	if !ok {
		return "", "", fmt.Errorf("not a URN: %s", urn)
	}
	at := strings.LastIndexAny(head, "$")
	if sep := strings.LastIndex(head, "::"); sep+1 > at {
		at = sep + 1
	}
	token = head[at+1:]
	mapped, err := ResourceToken(token)
	if err != nil {
		return "", "", err
	}
	return head[:at+1] + mapped + "::" + name, token, nil
}

// Text puts pulumi-aws tokens in the place of the bridge's in a message for the user.
func Text(message string) string { return toUser.Replace(message) }

// toUser goes from every bridge token to its pulumi-aws token.
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

func unknown(kind, token string) error {
	return fmt.Errorf("the local AWS does not know the %s %s yet: add it to %s", kind, token, tableFile)
}

// cutLast splits s at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Tokens lists every pulumi-aws token of the table, sorted.
func Tokens() []string {
	tokens := slices.Concat(slices.Collect(maps.Keys(types)), slices.Collect(maps.Keys(functions)))
	slices.Sort(tokens)
	return tokens
}
