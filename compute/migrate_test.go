package compute

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMigration_RunsBeforeApp(t *testing.T) {
	stack, _ := mustBuild(t, arguments(func(a *Args) { a.MigrateCommand = "bun run migrate" }))
	ca, before, app := containers(t, stack)
	assert.Equal(t, []dependency{{ca.Name, "SUCCESS"}, {before.Name, "SUCCESS"}}, app.DependsOn)
	assert.Equal(t, []dependency{{ca.Name, "SUCCESS"}}, before.DependsOn,
		"it connects with the certificates that the other writes")
	assert.False(t, before.Essential, "the task goes on when it has ended")
	assert.NotContains(t, stack.Only(t, taskToken).Text("containerDefinitions"), "startTimeout",
		"a migration takes the time that it takes")
	assert.Equal(t, []string{"bun", "-e", migrateScript}, before.EntryPoint)
	assert.Equal(t, []string{"pgvector", "bun run migrate"}, before.Command)
}

func TestMigration_HasEnvironmentOfApp(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	_, before, app := containers(t, stack)
	assert.Equal(t, app.Image, before.Image, "the new code's own migrations")
	assert.Equal(t, app.Environment, before.Environment)
	assert.Equal(t, app.Secrets, before.Secrets)
	assert.Equal(t, app.MountPoints, before.MountPoints)
	assert.Equal(t, app.StopTimeout, before.StopTimeout)
	assert.Equal(t, app.LogConfiguration, before.LogConfiguration)
	assert.Empty(t, before.PortMappings)
	assert.Nil(t, before.HealthCheck)
}

func TestMigration_RunsConfiguredSteps(t *testing.T) {
	for _, one := range []struct {
		pgvector bool
		command  string
		want     []string
	}{
		{true, "", []string{"pgvector"}},
		{true, "bun run migrate", []string{"pgvector", "bun run migrate"}},
		{false, "bun run migrate", []string{"no-pgvector", "bun run migrate"}},
		{false, "", nil},
	} {
		args := arguments(func(a *Args) { a.Pgvector, a.MigrateCommand = one.pgvector, one.command })
		all := definitions(args, "image", "/ecs/threa", nil)
		if one.want == nil {
			require.Len(t, all, 2)
			assert.Equal(t, []dependency{{caVolume, "SUCCESS"}}, all[1].DependsOn, "no other container is named")
			continue
		}
		require.Len(t, all, 3)
		assert.Equal(t, one.want, all[1].Command)
	}
}
