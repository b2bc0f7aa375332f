package e2e

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTask_RunsDeployedDefinition runs the deployed task definition with Bun, PostgreSQL and Valkey. Each step depends
// on the one before.
func TestTask_RunsDeployedDefinition(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"the app uses database and cache, and drains", runApp},
		{"it does not start with a wrong password", failOnWrongPassword},
		{"it does not start without a parameter", failOnMissingParameter},
		{"it does not start without the database's certificates", failOnMissingCertificates},
		{"one of two tasks migrates", migrateOnce},
		{"a database of an earlier version changes over", changeOver},
		{"it does not start after a failed migration", failOnMigration},
	})
	printed := s.printed.String()
	assert.NotContains(t, printed, allowedCharacters())
	assert.NotContains(t, printed, url.UserPassword("threa", allowedCharacters()).String())
}

// allowedCharacters returns a password with every character that RDS allows. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html (MasterUserPassword)
func allowedCharacters() string {
	var password []byte
	for c := byte('!'); c <= '~'; c++ {
		if !strings.ContainsRune(`/"@`, rune(c)) {
			password = append(password, c)
		}
	}
	return string(password)
}

func runApp(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "--secret", "dbPassword", allowedCharacters())
	s.must(t, "up")
	app := startTask(t, s)
	assertContains(t, app.log(), "db-role   STOPPED (exit code 0)", "threa_app is ready; 0 objects")

	assert.Equal(t, 200, app.get(t, "/health", nil))
	var status struct {
		Postgres struct {
			User, Vector       string
			Verified, Powerful bool
			SSL                struct{ Version string }
		}
		Redis struct{ Ping, TLS, Verified bool }
	}
	assert.Equal(t, 200, app.get(t, "/status", &status))
	assert.Contains(t, status.Postgres.SSL.Version, "TLSv1", "the TLS version in pg_stat_ssl")
	assert.True(t, status.Postgres.Verified)
	assert.NotEmpty(t, status.Postgres.Vector, "pgvector is installed")
	assert.Equal(t, "threa_app", status.Postgres.User)
	assert.False(t, status.Postgres.Powerful)
	assert.True(t, status.Redis.Ping && status.Redis.TLS && status.Redis.Verified)
	assert.Equal(t, "hello", app.echo(t, "hello"), "over the WebSocket")

	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())
	assert.Contains(t, app.log(), "threa     STOPPED (exit code 0)", "the app drained and was not killed")
}

// databaseURL is the parameter with the database's URL for the master user.
const databaseURL = "/threa/database-url"

func failOnWrongPassword(t *testing.T, s *sandbox) {
	right := aws[string](t, s, "ssm", "get-parameter", "--with-decryption", "--name", databaseURL, "--query",
		"Parameter.Value")
	parsed, err := url.Parse(right)
	require.NoError(t, err)
	parsed.User = url.UserPassword("threa", "another-password")
	put := func(value string) {
		aws[any](t, s, "ssm", "put-parameter", "--overwrite", "--type", "SecureString", "--name", databaseURL, "--value",
			value)
	}
	put(parsed.String())
	out := s.fails(t, "task", "--once")
	assertContains(t, out, "password authentication failed",
		"The task failed: threa cannot start: it waits until db-role has ended with exit code 0")
	assert.NotContains(t, out, "another-password")
	put(right)
}

func failOnMissingParameter(t *testing.T, s *sandbox) {
	const name = "/threa/app/WORKOS_API_KEY"
	s.shell(t, `exec aws "$@"`, "ssm", "delete-parameter", "--name", name)
	out := s.fails(t, "task", "--once")
	assert.Contains(t, out, "ResourceInitializationError: container threa cannot get its secret WORKOS_API_KEY: there "+
		"is no parameter "+name)
	assert.NotContains(t, out, "RUNNING")
	s.must(t, "up", "--refresh")
}

// deployEdited deploys a copy of the task definition with other containers.
func deployEdited(t *testing.T, s *sandbox, edit func(containers []fields) []fields) {
	t.Helper()
	definition := aws[struct{ TaskDefinition fields }](t, s, "ecs", "describe-task-definition", "--task-definition",
		"threa").TaskDefinition
	inputs := []string{"family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions",
		"requiresCompatibilities", "cpu", "memory", "volumes"}
	maps.DeleteFunc(definition, func(key string, _ any) bool { return !slices.Contains(inputs, key) })
	var containers []fields
	for _, item := range definition["containerDefinitions"].([]any) {
		containers = append(containers, item.(fields))
	}
	definition["containerDefinitions"] = edit(containers)
	text, err := json.Marshal(definition)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "definition.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	s.shell(t, `exec aws "$@"`, "ecs", "register-task-definition", "--cli-input-json", "file://"+file)
	s.shell(t, `exec aws "$@"`, "ecs", "update-service", "--cluster", "threa", "--service", "threa", "--task-definition",
		"threa")
}

func failOnMissingCertificates(t *testing.T, s *sandbox) {
	deployEdited(t, s, func(containers []fields) []fields {
		for _, container := range containers {
			filterList(container, "dependsOn", func(d fields) bool { return d["containerName"] != "rds-ca" })
			filterList(container, "mountPoints", func(fields) bool { return false })
			filterList(container, "environment", func(v fields) bool {
				return v["name"] != "NODE_EXTRA_CA_CERTS" && v["name"] != "PGSSLROOTCERT"
			})
		}
		return slices.DeleteFunc(containers, func(c fields) bool { return c["name"] == "rds-ca" })
	})
	out := s.fails(t, "task", "--once")
	assertContains(t, out, "certificate", "The task failed: threa cannot start")
	assert.NotContains(t, out, "threa     RUNNING")
}

func filterList(container fields, key string, keep func(fields) bool) {
	list, _ := container[key].([]any)
	container[key] = slices.DeleteFunc(list, func(item any) bool { return !keep(item.(fields)) })
}

func migrateOnce(t *testing.T, s *sandbox) {
	s.set(t, "desiredCount", "2", "migrateCommand", "bun run migrate")
	s.must(t, "up", "--refresh")
	out := s.must(t, "task", "--once")
	assert.Equal(t, 2, strings.Count(out, "pgvector 0."), "in both tasks\n%s", out)
	for _, line := range []string{"applied 001", "applied 002", "nothing to migrate"} {
		assert.Equal(t, 1, strings.Count(out, line), "%s in\n%s", line, out)
	}
	assertContains(t, out, "http://127.0.0.1:3000", "http://127.0.0.2:3000")
	s.set(t, "desiredCount", "1")
}

// changeOver lets the master user run the migrations, as in an earlier version, before the app's user takes over.
func changeOver(t *testing.T, s *sandbox) {
	s.set(t, "migrateCommand", "bun run migrate && bun -e 'await new Bun.SQL(process.env.DATABASE_URL)`ALTER TABLE "+
		"messages ADD note text`; console.log(Object.keys(process.env).filter((name) => /MASTER/.test(name)).length, "+
		"`masters`); process.exit()'")
	s.must(t, "up", "--refresh")
	deployEdited(t, s, func(containers []fields) []fields {
		i := slices.IndexFunc(containers, func(c fields) bool { return c["name"] == "db-role" })
		earlier := maps.Clone(containers[i])
		earlier["name"], earlier["entryPoint"], earlier["command"] = "earlier", []any{"bun", "run"}, []any{"migrate"}
		master := earlier["secrets"].([]any)[0].(fields) // DATABASE_MASTER_URL
		earlier["secrets"] = []any{fields{"name": "DATABASE_URL", "valueFrom": master["valueFrom"]}}
		containers[i]["dependsOn"] = []any{fields{"containerName": "earlier", "condition": "SUCCESS"},
			fields{"containerName": "rds-ca", "condition": "SUCCESS"}}
		return slices.Insert(containers, i, earlier)
	})
	out := s.must(t, "task", "--once")
	assertContains(t, out, "applied 002", "threa_app is ready; 2 objects", "nothing to migrate", "0 masters")
	s.must(t, "up", "--refresh")
}

func failOnMigration(t *testing.T, s *sandbox) {
	s.set(t, "migrateCommand", "echo no such column >&2; exit 3")
	s.must(t, "up")
	out := s.fails(t, "task", "--once")
	assertContains(t, out, "no such column", "migrateCommand ended with exit code 3",
		"The task failed: threa cannot start")
	assert.NotContains(t, out, "threa     RUNNING")
}
