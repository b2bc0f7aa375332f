package adoption

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRead(t *testing.T) {
	t.Setenv(Variable, "")
	plan, err := Read("threa")
	require.NoError(t, err)
	assert.Nil(t, plan, "without the variable")

	file := filepath.Join(t.TempDir(), "plan.json")
	t.Setenv(Variable, file)
	_, err = Read("threa")
	require.ErrorContains(t, err, "read the plan of threa adopt", "no file")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	_, err = Read("threa")
	require.ErrorContains(t, err, "read the plan of threa adopt", "invalid")

	text := `{"name": "threa", "ids": {"aws:ecs/cluster:Cluster::c": "threa"}}`
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	plan, err = Read("threa")
	require.NoError(t, err)
	assert.Equal(t, &Plan{Name: "threa", IDs: map[string]string{Key("aws:ecs/cluster:Cluster", "c"): "threa"}}, plan)
	plan, err = Read("threa-staging")
	require.NoError(t, err)
	assert.Nil(t, plan, "the plan is for another stack")
}
