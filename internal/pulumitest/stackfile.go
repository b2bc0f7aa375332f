package pulumitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// Password is a master password for tests, with characters that a URL must not carry as they are.
const Password = "tr0ub4dor&3#%?:+"

// SecretKeys are the keys that StackConfig gives as secrets.
var SecretKeys = []string{"threa:dbPassword"}

// StackConfig reads what the engine would hand to the program: the defaults of Pulumi.yaml in a folder, the values of a
// stack's file, then the given ones. A password is always there.
func StackConfig(t testing.TB, folder, stack string, given map[string]string) map[string]string {
	t.Helper()
	var project struct {
		Config map[string]struct{ Default, Value any }
	}
	readYAML(t, filepath.Join(folder, "Pulumi.yaml"), &project)
	all := map[string]string{}
	for key, declared := range project.Config {
		value := declared.Default
		if value == nil {
			value = declared.Value
		}
		all[Namespaced(key)] = configText(t, value)
	}
	var file struct{ Config map[string]any }
	readYAML(t, filepath.Join(folder, "Pulumi."+stack+".yaml"), &file)
	for key, value := range file.Config {
		all[Namespaced(key)] = configText(t, value)
	}
	all["threa:dbPassword"] = Password
	maps.Copy(all, given)
	return all
}

func readYAML(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}

// Namespaced adds the project to a bare key.
func Namespaced(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return "threa:" + key
}

// configText is the form in which the engine passes a value: text as it is, lists and objects as JSON.
func configText(t testing.TB, value any) string {
	t.Helper()
	switch value.(type) {
	case []any, map[string]any:
		text, err := json.Marshal(value)
		require.NoError(t, err)
		return string(text)
	}
	return fmt.Sprint(value)
}
