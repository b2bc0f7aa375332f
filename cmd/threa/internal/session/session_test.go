package session

import (
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/ecstest"
)

const (
	task = "1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1"
	// target is the app's container in the state running.
	target = "ecs:threa_" + task + "_" + task + "-5527125"
)

func play(t *testing.T, state string) (*deployment.App, *ecstest.AWS) {
	t.Helper()
	c := ecstest.Play(t, state)
	stack := &deployment.Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", TaskDefinition: ecstest.Registered, ExecEnabled: true,
		DatabaseParameter: "/threa/database-url",
	}
	return deployment.NewApp(stack, c.Config()), c
}

func TestCommandsOfTheAWSCLI(t *testing.T) {
	app, _ := play(t, "running")
	shell, err := Shell(t.Context(), app, "sh -c 'ls'")
	require.NoError(t, err)
	assert.Equal(t, []string{"aws", "ecs", "execute-command", "--cluster", "threa", "--task", task,
		"--container", "threa", "--interactive", "--command", "sh -c 'ls'"}, shell.Args)
	for _, variable := range []string{"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"} {
		assert.True(t, slices.Contains(shell.Env, variable), variable)
	}

	port, err := forward(t.Context(), app, &url.URL{Host: "db.example.com:5432"}, 6543)
	require.NoError(t, err)
	assert.Equal(t, []string{"aws", "ssm", "start-session", "--target", target,
		"--document-name", "AWS-StartPortForwardingSessionToRemoteHost", "--parameters",
		`{"host":["db.example.com"],"localPortNumber":["6543"],"portNumber":["5432"]}`}, port.Args)
}

func TestShell_ErrorNamesWhatIsMissing(t *testing.T) {
	app, _ := play(t, "running")
	app.ExecEnabled = false
	_, err := Shell(t.Context(), app, "sh")
	require.ErrorContains(t, err, "pulumi config set enableExec true && pulumi up")
	app, _ = play(t, "asleep")
	_, err = Shell(t.Context(), app, "sh")
	require.ErrorIs(t, err, deployment.ErrNoTask)

	agent := func(status, reason string) []any {
		return []any{ecstest.Object{"name": "ExecuteCommandAgent", "lastStatus": status, "reason": reason}}
	}
	for want, change := range map[string]func(task, container ecstest.Object){
		"was started before ECS Exec was on": func(task, _ ecstest.Object) { task["enableExecuteCommand"] = false },
		"has no running container threa":     func(_, container ecstest.Object) { container["runtimeId"] = "" },
		"the ECS Exec agent of the task is STOPPED, not RUNNING (no credentials)": func(_, container ecstest.Object) {
			container["managedAgents"] = agent("STOPPED", "no credentials")
		},
		"has no ECS Exec agent yet": func(_, container ecstest.Object) { delete(container, "managedAgents") },
	} {
		app, c := play(t, "running")
		container := ecstest.Object{"name": "threa", "runtimeId": "1-1", "managedAgents": agent("RUNNING", "")}
		task := ecstest.Object{"lastStatus": "RUNNING", "enableExecuteCommand": true, "containers": []any{container}}
		change(task, container)
		c.Answer("DescribeTasks", ecstest.Object{"tasks": []any{task}})
		_, err := Shell(t.Context(), app, "sh")
		require.ErrorContains(t, err, want)
	}
}

func TestFindDatabase(t *testing.T) {
	app, c := play(t, "running")
	setURL := func(value string) {
		c.Answer("GetParameter", ecstest.Object{"Parameter": ecstest.Object{"Value": value}})
	}
	setURL("postgresql://threa:p%40ss%2Fword@db.example.com:5432/threa?sslmode=verify-full")
	database, err := findDatabase(t.Context(), app)
	require.NoError(t, err)
	assert.Equal(t, []ecstest.Object{{"Name": "/threa/database-url", "WithDecryption": true}}, c.Requests("GetParameter"))
	assert.Equal(t, []string{
		"PGHOST=db.example.com", "PGHOSTADDR=127.0.0.1", "PGPORT=6543", "PGDATABASE=threa",
		"PGUSER=threa", "PGPASSWORD=p@ss/word", "PGSSLMODE=verify-full", "PGSSLROOTCERT=/ca.pem",
	}, (&Tunnel{Database: database, Port: 6543, Certificates: "/ca.pem"}).Environment())

	setURL("the-very-secret-value")
	_, err = findDatabase(t.Context(), app)
	require.ErrorContains(t, err, "/threa/database-url is not a database URL")
	assert.NotContains(t, err.Error(), "the-very-secret-value")
	c.Refuse("GetParameter", "AccessDeniedException", "User: me is not authorized")
	_, err = findDatabase(t.Context(), app)
	require.ErrorContains(t, err, "your AWS credentials lack the permission ssm:GetParameter on /threa/database-url")
	app.DatabaseParameter = ""
	_, err = findDatabase(t.Context(), app)
	require.ErrorIs(t, err, deployment.ErrNotDeployed)
}

func TestCheckPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := CheckPrograms(true)
	require.ErrorContains(t, err, "aws is not on PATH. Install it: https://docs.aws.amazon.com/")
	require.ErrorContains(t, err, "session-manager-plugin is not on PATH. Install it: https://docs.aws.amazon.com/")
	require.ErrorContains(t, err, "psql is not on PATH. Install it: https://www.postgresql.org/download/")
}
