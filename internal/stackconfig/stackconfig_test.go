package stackconfig_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/stackconfig"
)

// project is a project with the stacks one and two.
func project(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"Pulumi.yaml": `name: p
config:
  aws:region: {value: eu-central-1}
  size: {default: small}
  list: {default: []}
  flag: {default: "false"}
  other:short: x
`,
		"Pulumi.one.yaml": `config:
  p:size: 1.10
  p:list: [a, secure: v1:x]
  p:flag: true
  p:object: {plain: 007, deep: {inner: {secure: v1:y}}}
  p:password: {secure: v1:z}
  aws:region: us-east-1
`,
		"Pulumi.two.yaml": "# nothing set\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	return folder
}

func TestRead_LikeTheEngine(t *testing.T) {
	one, err := stackconfig.Read(project(t), "one")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"p:size": "1.10", "p:list": `["a","encrypted"]`, "p:flag": "true", "aws:region": "us-east-1",
		"other:short": "x",
		"p:password":  "encrypted",
		"p:object":    `{"deep":{"inner":"encrypted"},"plain":7}`,
	}, one.Set)
	assert.Equal(t, map[string]bool{"p:list": true, "p:object": true, "p:password": true}, one.Secret)

	assert.Equal(t, map[string]stackconfig.Changed{"p:object.plain": {Typed: "007", Became: "7"}}, one.Changed)

	two, err := stackconfig.Read(project(t), "two")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"p:size": "small", "p:list": "[]", "p:flag": "false", "aws:region": "eu-central-1",
		"other:short": "x",
	}, two.Set)
	assert.Empty(t, two.Secret)
}

func TestFindProject_FromInnerFolder(t *testing.T) {
	folder := project(t)
	inner := filepath.Join(folder, "a", "b")
	require.NoError(t, os.MkdirAll(inner, 0o755))
	found, err := stackconfig.FindProject(inner)
	require.NoError(t, err)
	assert.Equal(t, folder, found)
	stacks, err := stackconfig.Stacks(found)
	require.NoError(t, err)
	assert.Equal(t, []string{"one", "two"}, stacks)
}

func TestRead_InvalidYAML(t *testing.T) {
	folder := project(t)
	broken := filepath.Join(folder, "Pulumi.two.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("config: ["), 0o644))
	_, err := stackconfig.Read(folder, "two")
	require.ErrorContains(t, err, "read "+broken)
}
