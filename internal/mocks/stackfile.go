package mocks

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/stackconfig"
	"threa-infra/internal/tunnel"
)

// Password is a master password for tests, with characters that a URL must not carry as they are.
const Password = "tr0ub4dor&3#%?:+"

// TunnelToken is a tunnel's token for tests.
var TunnelToken = tunnel.Token{
	Account: "0123456789abcdef0123456789abcdef", Tunnel: "01234567-89ab-cdef-0123-456789abcdef", Secret: []byte("a secret that no test may print!"),
}.Text()

// SecretKeys are the keys that are secrets wherever StackConfig's configuration is used.
var SecretKeys = []string{"threa:dbPassword", "threa:tunnelToken"}

// StackConfig reads what the engine would hand to the program: the defaults of Pulumi.yaml in a folder, the values of a
// stack's file, then the given ones. A password is always there.
func StackConfig(t testing.TB, folder, stack string, given map[string]string) map[string]string {
	t.Helper()
	file, err := stackconfig.Read(folder, stack)
	require.NoError(t, err)
	file.Set["threa:dbPassword"] = Password
	maps.Copy(file.Set, given)
	return file.Set
}

// ProjectConfig reads what the engine would hand to the program of a stack that has no file yet: the defaults of the
// project in a folder, then the given values.
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

// Namespaced adds the project to a bare key.
func Namespaced(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return "threa:" + key
}
