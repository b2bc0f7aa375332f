package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/adoption"
	"threa-infra/internal/mocks"
)

func TestAdoption_ImportsInPreviewsOnly(t *testing.T) {
	plan := filepath.Join(t.TempDir(), "plan.json")
	text := `{"name": "threa", "ids": {"aws:ecs/cluster:Cluster::compute-cluster": "threa"}}`
	require.NoError(t, os.WriteFile(plan, []byte(text), 0o600))
	t.Setenv(adoption.Variable, plan)
	for preview, want := range map[bool]string{true: "threa", false: ""} {
		o := options(t, "prod", nil)
		o.Preview = preview
		recording := mocks.MustRun(t, deploy, o)
		assert.Equal(t, want, recording.Only(t, "aws:ecs/cluster:Cluster").Request.GetImportId(), "preview: %t", preview)
		assert.Empty(t, recording.Named(t, "aws:ecs/service:Service", "compute-service").Request.GetImportId())
	}
}
