package stackfile_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/local/stackfile"
)

const declared = `name: threa
config:
  requiredVariables:
    type: array
    default: [A, B, C]
`

func declaring(t *testing.T) *stackfile.Project {
	t.Helper()
	var p stackfile.Project
	require.NoError(t, yaml.Unmarshal([]byte(declared), &p))
	return &p
}

func TestAStackWithoutAnImageGetsWhatItLacksToRunOne(t *testing.T) {
	for _, c := range []struct {
		name, base string
		set        []string
		variables  []string
	}{
		{"everything is missing", "config: {}", []string{"threa:appSecretValues", "threa:imageTag"}, []string{"A", "B", "C"}},
		{"one variable is missing", "config: {'threa:imageTag': v1, 'threa:appEnvironment': {A: x}, 'threa:appSecrets': {B: b}}",
			[]string{"threa:appSecretValues"}, []string{"C"}},
		{"other variables are required", "config: {'threa:requiredVariables': [D]}",
			[]string{"threa:appSecretValues", "threa:imageTag"}, []string{"D"}},
		{"none is required", "config: {'threa:requiredVariables': []}", []string{"threa:imageTag"}, nil},
		{"nothing is missing", "config: {'threa:imageTag': v1, 'threa:requiredVariables': []}", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkspace(t)
			require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte(c.base), 0o644))
			p := declaring(t)
			_, err := stackfile.Write(w, p, "prod")
			require.NoError(t, err)

			set, err := stackfile.StandIn(w, p, "prod")
			require.NoError(t, err)
			assert.Equal(t, c.set, set)
			written, err := stackfile.Write(w, p, "prod")
			require.NoError(t, err)
			assert.NotEmpty(t, written.Config["threa:imageTag"])
			values, _ := written.Config["threa:appSecretValues"].(map[string]any)
			for _, name := range c.variables {
				assert.Contains(t, values[name], "secure", "%s is stored encrypted", name)
			}
			assert.Len(t, values, len(c.variables))

			again, err := stackfile.StandIn(w, p, "prod")
			require.NoError(t, err)
			assert.Empty(t, again, "what stands in is kept")
		})
	}
}

func TestWhatTheUserHasSetMeanwhileIsNotStoodInFor(t *testing.T) {
	w, p := newWorkspace(t), declaring(t)
	_, err := stackfile.Write(w, p, "prod")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte("config: {'threa:imageTag': v1, 'threa:requiredVariables': []}"), 0o644))
	set, err := stackfile.StandIn(w, p, "prod")
	require.NoError(t, err)
	assert.Empty(t, set)
}
