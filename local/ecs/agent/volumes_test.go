//go:build linux

package agent

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRuntime_VolumesAreShared(t *testing.T) {
	task := boxTask(t,
		side("first", asRoot, shell("echo shared >/in/file"), mounted("/in")),
		app(shell("cat /out/deep/file; echo mine >/out/deep/mine"), mounted("/out/deep")))
	code, said := ran(t, task, "first")
	require.Zero(t, code, said)
	_, said = ran(t, task, "app")
	assert.Contains(t, said, "shared")
	assert.Contains(t, said, "Read-only", "a fresh volume belongs to root")
}

func TestRuntime_VolumesThatRootOpens(t *testing.T) {
	task := boxTask(t,
		side("first", asRoot, shell("chmod 1777 /in"), mounted("/in")), app(shell("echo mine >/in/mine"), mounted("/in")),
		named("reader", asRoot, shell("echo no >/in/no"), func(c *types.ContainerDefinition) {
			c.MountPoints = []types.MountPoint{{SourceVolume: aws.String("data"), ContainerPath: aws.String("/in"),
				ReadOnly: aws.Bool(true)}}
		}))
	for _, name := range []string{"first", "app"} {
		code, said := ran(t, task, name)
		assert.Zero(t, code, said)
	}
	code, said := ran(t, task, "reader")
	assert.NotZero(t, code)
	assert.Contains(t, said, "Read-only")
}

func TestRuntime_FilesAreNotShared(t *testing.T) {
	task := boxTask(t, app(shell("echo changed >file; cat file")), named("other", shell("cat file")))
	_, said := ran(t, task, "app")
	assert.Equal(t, "changed\n", strings.TrimPrefix(said, "app   | "))
	_, said = ran(t, task, "other")
	assert.Equal(t, "from the image\n", said)
	require.NoError(t, task.Prepare())
	assert.NoDirExists(t, filepath.Join(task.Directory, containersFolder))
}

func TestRuntime_WritableFolders(t *testing.T) {
	locked := func(c *types.ContainerDefinition) { c.ReadonlyRootFilesystem = aws.Bool(true) }
	for name, test := range map[string]struct {
		container types.ContainerDefinition
		want      string
	}{
		"a user":              {app(), "/app /tmp /dev/shm "},
		"root":                {app(asRoot), "/app /tmp /dev/shm /etc /run /root "},
		"root, but read-only": {app(asRoot, locked), "/dev/shm "},
	} {
		t.Run(name, func(t *testing.T) {
			shell(`for d in /app /tmp /dev/shm /etc /run /root /usr; do touch $d/x 2>/dev/null && printf '%s ' $d; done; echo`)(&test.container)
			_, said := ran(t, boxTask(t, test.container), "app")
			assert.Equal(t, test.want, strings.TrimSuffix(said, "\n"))
		})
	}
}
