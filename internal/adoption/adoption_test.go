package adoption_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/adoption"
	"threa-infra/internal/mocks"
)

const cluster = "aws:ecs/cluster:Cluster"

// load creates a cluster with the plan in a file, and returns its import id.
func load(t *testing.T, plan string, preview bool) (id string, loaded bool, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(file, []byte(plan), 0o600))
	t.Setenv(adoption.Variable, file)
	recording, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		plan, err := adoption.Load(ctx, "threa")
		if err != nil {
			return err
		}
		loaded = plan != nil
		_, err = ecs.NewCluster(ctx, "compute-cluster", nil)
		return err
	}, mocks.Options{Preview: preview})
	if err == nil {
		id = recording.Only(t, cluster).Request.GetImportId()
	}
	return id, loaded, err
}

func TestLoad_ImportsInPreviewsOnly(t *testing.T) {
	const plan = `{"name": "threa", "ids": {"aws:ecs/cluster:Cluster::compute-cluster": "threa"}}`
	id, loaded, err := load(t, plan, true)
	require.NoError(t, err)
	assert.True(t, loaded)
	assert.Equal(t, "threa", id)

	for name, row := range map[string]struct {
		plan    string
		preview bool
	}{
		"up": {plan, false}, "another stack": {`{"name": "threa-staging"}`, true},
	} {
		id, loaded, err := load(t, row.plan, row.preview)
		require.NoError(t, err, name)
		assert.False(t, loaded, name)
		assert.Empty(t, id, name)
	}
	id, _, err = load(t, `{"name": "threa", "ids": {"aws:ecs/cluster:Cluster::other": "threa"}}`, true)
	require.NoError(t, err)
	assert.Empty(t, id)
	_, _, err = load(t, "{", true)
	require.ErrorContains(t, err, "read the plan of threa adopt")
}
