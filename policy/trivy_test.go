package policy

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// trivy builds tools/trivy and asks it.
func trivy(t *testing.T, templates map[string]*Template) []Finding {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "trivy")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir, build.Env = "../tools/trivy", append(os.Environ(), "GOWORK=off", "GOEXPERIMENT=jsonv2")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	folder := filepath.Dir(slices.Collect(maps.Keys(templates))[0])
	return decodeFindings(t, templates, output(t, exec.Command(binary, folder)))
}

func TestTrivy_FindsOnlyAcceptedProblems(t *testing.T) {
	if os.Getenv("THREA_TRIVY") == "" {
		t.Skip("make long sets THREA_TRIVY=1: trivy has 800 packages to build")
	}
	accepted, err := ReadAccepted("accepted.yaml")
	require.NoError(t, err)
	templates := written(t)
	assert.NoError(t, Check(accepted, "trivy", trivy(t, templates)))

	tampered := save(t, tamper(t, templates, map[string]map[string]any{
		"DatabaseInstanceInstance":   {"PubliclyAccessible": true, "StorageEncrypted": false},
		"CacheGroupReplicationGroup": {"TransitEncryptionEnabled": false},
	}))
	assert.Subset(t, rules(trivy(t, tampered)), []string{
		"aws-rds-enable-public-access database-instance", "aws-rds-encrypt-instance-storage-data database-instance",
		"aws-elasticache-enable-in-transit-encryption cache-group",
	})
}
