package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
)

func TestMissingSecretsAreAnErrorWithTheCommandThatSetsThem(t *testing.T) {
	var out bytes.Buffer
	err := writeSecrets(&out, []deployment.Secret{
		{Name: "A", Source: "config", State: deployment.SecretSet}, {Name: "B", State: deployment.SecretMissing},
		{Name: "C", Source: "SSM /threa/c", State: deployment.SecretStale},
	})
	require.EqualError(t, err, "1 of 3 secrets are missing or placeholders; set one:  go run ./cmd/threa secrets set NAME")
	assert.Contains(t, out.String(), "B       missing                          nowhere: go run ./cmd/threa secrets set B\n")
	assert.Contains(t, out.String(), "threa secrets restart")
	require.NoError(t, writeSecrets(&out, []deployment.Secret{{Name: "A", Source: "config", State: deployment.SecretSet}}))
}

// TestASecretComesFromTheInputAndGoesToPulumisInput sees all that pulumi is told, on its command line and else.
func TestASecretComesFromTheInputAndGoesToPulumisInput(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	t.Setenv("TOLD", told)
	fakePulumi(t, `case "$1" in
		stack) echo prod ;;
		config) if [ "$2" = set ]; then echo "$@" >> "$TOLD"; while IFS= read -r line || [ -n "$line" ]; do echo "input: $line" >> "$TOLD"; done
		else echo '{"aws:region":{"value":"eu-central-1"},"threa:appName":{"value":"threa"},"threa:requiredVariables":{"value":"[]"}}'; fi ;;
	esac`)
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetIn(strings.NewReader("the-very-secret-value\n"))
	root.SetArgs([]string{"secrets", "set", "WORKOS_API_KEY"})
	require.NoError(t, root.ExecuteContext(t.Context()))
	text, err := os.ReadFile(told)
	require.NoError(t, err)
	assert.Equal(t, "config set --secret --path appSecretValues.WORKOS_API_KEY\ninput: the-very-secret-value\n", string(text))
	assert.Contains(t, out.String(), "pulumi up")
	assert.NotContains(t, out.String(), "the-very-secret-value")

	for input, want := range map[string]string{"\n": "is empty", strings.Repeat("x", 5000): "at most 4096 bytes"} {
		root.SetIn(strings.NewReader(input))
		require.ErrorContains(t, root.ExecuteContext(t.Context()), want)
	}
}
