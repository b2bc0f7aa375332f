package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
)

func TestReleasesAreATable(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	digest := "sha256:" + strings.Repeat("ab", 32)
	var out bytes.Buffer
	require.NoError(t, writeReleases(&out, []deployment.Release{
		{Image: deployment.Image{Repository: "threa", Tag: "v2", Digest: digest}, Name: "v2", Since: at},
		{Image: deployment.Image{Repository: "threa", Tag: "latest-ci", Digest: digest}, Name: digest, Since: at},
		{Image: deployment.Image{Repository: "threa", Digest: digest}, Name: digest, Since: at, Gone: true},
	}))
	assert.Equal(t, strings.Join([]string{
		"#  IMAGE                                     DIGEST               DEPLOYED (UTC)",
		"0  v2                                        sha256:abababababab  2026-11-23 12:00:00",
		"1  latest-ci (moved)                         sha256:abababababab  2026-11-23 12:00:00",
		"2  sha256:ababababababababababababababababa  sha256:abababababab  2026-11-23 12:00:00  gone from ECR", "",
	}, "\n"), out.String())
	require.ErrorContains(t, writeReleases(&out, nil), "ECS knows no deployment")
}

func TestWhoCannotBeAskedMustSayYesToARollback(t *testing.T) {
	root := newRoot()
	root.SetArgs([]string{"rollback"})
	require.ErrorContains(t, root.ExecuteContext(t.Context()), "use --yes")
	root.SetArgs([]string{"rollback", "--yes", "--to", "-3"})
	require.ErrorContains(t, root.ExecuteContext(t.Context()), "--to is -3")
}
