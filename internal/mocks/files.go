package mocks

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/stackconfig"
	"threa-infra/internal/tunnel"
)

var update = flag.Bool("update", false, "write the golden files")

// Golden compares lines with a file in testdata.
func Golden(t testing.TB, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with go test -update")
	require.Equal(t, string(want), text, "if you want this change, write the file with go test -update")
}

// Actions reads a list that policy/iam-actions.mjs wrote: the actions of some AWS services, each with the types of
// resources that IAM can restrict it to.
func Actions(t testing.TB, path string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	actions := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		actions[words[0]] = words[1:]
	}
	require.Greater(t, len(actions), 1000)
	return actions
}

// Password is a master password for tests. Its special characters must be escaped in a URL.
const Password = "tr0ub4dor&3#%?:+"

// TunnelToken is a Cloudflare tunnel token for tests.
var TunnelToken = tunnel.Token{
	Account: "0123456789abcdef0123456789abcdef", Tunnel: "01234567-89ab-cdef-0123-456789abcdef",
	Secret: []byte("a secret that no test may print!"),
}.Text()

// SecretKeys are the secret keys of StackConfig's configuration.
var SecretKeys = []string{"threa:dbPassword", "threa:tunnelToken"}

// StackConfig returns the configuration that the engine would pass to the program. The values of the stack's file
// override the defaults of Pulumi.yaml in the folder, and the given values override both. It always has a password.
func StackConfig(t testing.TB, folder, stack string, given map[string]string) map[string]string {
	t.Helper()
	file, err := stackconfig.Read(folder, stack)
	require.NoError(t, err)
	file.Set["threa:dbPassword"] = Password
	maps.Copy(file.Set, given)
	return file.Set
}

// ProjectConfig returns the configuration of a stack without a file: the defaults of the project in a folder, and the
// given values.
func ProjectConfig(t testing.TB, folder string, given map[string]string) map[string]string {
	t.Helper()
	project, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	require.NoError(t, err)
	alone := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(alone, "Pulumi.yaml"), project, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(alone, "Pulumi.new.yaml"), []byte("config: {}\n"), 0o600))
	file, err := stackconfig.Read(alone, "new")
	require.NoError(t, err)
	maps.Copy(file.Set, given)
	return file.Set
}
