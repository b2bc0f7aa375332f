package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// registryUsage returns the types that the program registers in the configurations of registryStacks, and their inputs
// as "aws:ec2/vpc:Vpc cidrBlock".
func registryUsage(t *testing.T) (types, inputs map[string]bool) {
	t.Helper()
	types, inputs = map[string]bool{}, map[string]bool{}
	for _, recording := range runRegistryStacks(t) {
		for _, r := range slices.DeleteFunc(recording.All(), func(r mocks.Resource) bool { return !custom(r) }) {
			types[r.Type] = true
			for input := range r.Inputs {
				inputs[r.Type+" "+string(input)] = true
			}
		}
	}
	return types, inputs
}

// TestRegistry_TypesAreRegistered fails for a type without a row, and for a row without a type.
func TestRegistry_TypesAreRegistered(t *testing.T) {
	registered, _ := registryUsage(t)
	for token, row := range resources.Types() {
		assert.NotEqual(t, row.Bootstrap, registered[token], "the program does not create %s", token)
	}
	for token := range registered {
		assert.Contains(t, resources.Types(), token)
	}
}

// TestRegistry_FunctionsAreCalled fails for a row of a function that neither the program nor bootstrap/ calls. The
// mocks refuse functions without a row.
func TestRegistry_FunctionsAreCalled(t *testing.T) {
	var sources strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "local") {
			return err
		}
		text, err := os.ReadFile(path)
		sources.Write(text)
		return err
	}))
	for token := range resources.Functions() {
		name := token[strings.LastIndex(token, ":get")+len(":get"):]
		call := regexp.MustCompile(`\.(Get|Lookup)` + name + `(Output)?\(`)
		assert.True(t, call.MatchString(sources.String()), "nothing calls %s", token)
	}
}

// TestRegistry_PropertiesAreSet fails for a property that a row mentions and no resource sets.
func TestRegistry_PropertiesAreSet(t *testing.T) {
	_, set := registryUsage(t)
	for token, row := range resources.Types() {
		if row.Bootstrap {
			continue
		}
		template := row.CloudFormation
		mentioned := slices.Concat(row.Upserts, slices.Collect(maps.Keys(template.Names)),
			slices.Collect(maps.Keys(template.Convert)), slices.Collect(maps.Keys(template.Omit)),
			slices.Collect(maps.Keys(template.Attributes)))
		if !row.HoldsData { // those list every property that replaces them
			mentioned = append(mentioned, row.Replacing...)
		}
		for _, property := range mentioned {
			assert.True(t, set[token+" "+property], "no %s has %s", token, property)
		}
	}
}

// TestRegistry_RowsAreComplete checks what every row needs.
func TestRegistry_RowsAreComplete(t *testing.T) {
	for token, row := range resources.Types() {
		if !strings.HasPrefix(token, "aws:") {
			continue
		}
		assert.NotEmpty(t, row.Terraform, token)
		assert.Equal(t, row.Bootstrap, row.Rights == nil, "%s: only the types of the program have rights", token)
		assert.NotEqual(t, row.CloudFormation.Type == "", row.CloudFormation.Omitted == "",
			"%s: name its CloudFormation type, or say why templates omit it", token)
		assert.False(t, row.Proof != resources.Proof{} && !row.Untaggable, "%s: tags are its proof", token)
	}
	for token, row := range resources.Functions() {
		assert.NotEmpty(t, row.Terraform, token)
		assert.Equal(t, row.Bootstrap, row.Rights == nil, "%s: only the functions of the program have rights", token)
	}
}
