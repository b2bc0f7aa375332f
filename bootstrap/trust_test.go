package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
)

// trusts reports whether a run with these claims may assume a role.
func trusts(t *testing.T, stack *mocks.Recording, role, audience, subject, ref string) bool {
	t.Helper()
	policy := stack.Named(t, roleType, role).Text("assumeRolePolicy")
	trusted, err := iamtest.Federates(policy, providerARN, map[string]string{
		issuer + ":aud": audience, issuer + ":sub": subject, issuer + ":ref": ref, issuer + ":actor": "octocat",
	})
	require.NoError(t, err)
	return trusted
}

// TestRoles_TrustEnvironmentsOfPreviews needs an environment for each run with the preview role, so that GitHub can
// require a reviewer.
func TestRoles_TrustEnvironmentsOfPreviews(t *testing.T) {
	stack := up(t, map[string]string{"previewEnvironment": "preview", "driftEnvironment": "drift"})
	const aws, main, pull = "sts.amazonaws.com", "refs/heads/main", "refs/pull/7/merge"
	for _, row := range []struct {
		subject, ref string
		want         bool
	}{
		{"repo:octo-org/threa:environment:preview", pull, true},
		{"repo:octo-org/threa:pull_request", pull, false},
		{"repo:octo-org/threa:environment:drift", main, true},
		{"repo:octo-org/threa:environment:drift", "refs/heads/feature", false},
		{"repo:octo-org/threa:ref:refs/heads/main", main, false},
	} {
		assert.Equal(t, row.want, trusts(t, stack, "preview-threa", aws, row.subject, row.ref), "%+v", row)
	}
	assert.Equal(t, "3600", stack.Named(t, roleType, "preview-threa").Text("maxSessionDuration"))
	assert.Equal(t, "7200", stack.Named(t, roleType, "deploy-threa").Text("maxSessionDuration"))
}

// TestRoles_TrustARepositoryWithIDs uses a repository that was created after July 2026.
func TestRoles_TrustARepositoryWithIDs(t *testing.T) {
	const named = "octo-org@123456/threa@456789"
	stack := up(t, map[string]string{"repository": named})
	for subject, want := range map[string]bool{
		"repo:" + named + ":environment:prod":             true,
		"repo:octo-org/threa:environment:prod":            false, // of another owner, with the same name
		"repo:octo-org@123456/threa@999:environment:prod": false,
	} {
		assert.Equal(t, want, trusts(t, stack, "deploy-threa", "sts.amazonaws.com", subject, "refs/heads/main"), subject)
	}
}

// TestCodeOwners_CoverTheBootstrap checks the owners of all files that a user who may create roles runs.
func TestCodeOwners_CoverTheBootstrap(t *testing.T) {
	text, err := os.ReadFile("../.github/CODEOWNERS")
	require.NoError(t, err)
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	files := []string{"go.mod", "go.sum", "go.work", "go.work.sum"}
	for imported := range strings.Lines(string(out)) {
		if folder, own := strings.CutPrefix(imported, "threa-infra/"); own {
			files = append(files, strings.TrimSpace(folder)+"/")
		}
	}
	assert.Contains(t, files, "internal/iampolicy/")
	for _, file := range files {
		owned := false
		for line := range strings.Lines(string(text)) {
			owner := strings.Fields(line)[0]
			owned = owned || file == owner || strings.HasSuffix(owner, "/") && strings.HasPrefix(file, owner)
		}
		assert.True(t, owned, "nobody owns %s", file)
	}
}
