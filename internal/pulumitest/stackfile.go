package pulumitest

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/cost/stackfile"
)

// Password is a master password for tests, with characters that a URL must not carry as they are.
const Password = "tr0ub4dor&3#%?:+"

// SecretKeys are the keys that StackConfig gives as secrets.
var SecretKeys = []string{"threa:dbPassword"}

// StackConfig reads what the engine would hand to the program: the defaults of Pulumi.yaml in a folder, the values of a
// stack's file, then the given ones. A password is always there.
func StackConfig(t testing.TB, folder, stack string, given map[string]string) map[string]string {
	t.Helper()
	file, err := stackfile.Read(folder, stack)
	require.NoError(t, err)
	file.Set["threa:dbPassword"] = Password
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
