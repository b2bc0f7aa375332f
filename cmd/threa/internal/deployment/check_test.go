package deployment

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

// expectation is what the check and the diagnosis say about a state in ecstest/testdata/states.
type expectation struct {
	status   Status
	text     string   // part of the check's text
	why      string   // of the diagnosis
	contains []string // parts of the written diagnosis
	excludes []string
}

const rolledBack = "threa:7 (v7) is not running: ECS rolled back to threa:6, which serves users."

var expectations = map[string]expectation{
	"good":     {status: Succeeded, text: "threa:7 (v7) is running: 1 task healthy."},
	"running":  {status: Succeeded, text: "threa:7 (v7) is running: 1 task healthy."},
	"asleep":   {status: Succeeded, text: "threa:7 (v7) is deployed. No task is running because the desired count is 0."},
	"draining": {status: InProgress, text: "threa:7 (v7) is being deployed."},
	"alarm":    {status: Failed, text: rolledBack + " An alarm on errors of the app went off."},
	"image-missing": {Failed, rolledBack, "the image v7 cannot be pulled from the repository threa.",
		[]string{"Fix: push it", "TaskFailedToStart: CannotPullContainerError", "threa    not started"},
		[]string{"wrote no log lines"}},
	"wrong-platform": {Failed, rolledBack, "the image v7 is not built for the stack's cpuArchitecture.", nil, nil},
	"other-architecture": {Failed, rolledBack, "the image v7 is not built for the stack's cpuArchitecture.",
		[]string{"rds-ca   exit code 1", "threa    not started: CannotStartContainerError",
			"  | exec /usr/bin/sh: exec format error"}, nil},
	"no-network": {Failed, rolledBack, "the task cannot reach AWS.",
		[]string{"Fix: undo manual changes: pulumi up --refresh", "dial tcp 198.51.100.7:443: i/o timeout"},
		[]string{"./cmd/threa secrets"}},
	"no-log-group": {status: Failed, text: rolledBack,
		why: "the log group /ecs/threa does not exist, or the task cannot reach CloudWatch."},
	"exits": {Failed, rolledBack, "container threa exited with code 1.",
		[]string{"EssentialContainerExited: Essential container in task exited", "rds-ca   exit code 0",
			"threa    exit code 1",
			"Last log lines of threa:\n  | Starting Threa v7\n  | [31merror[0m: WORKOS_CLIENT_ID is not a client id\n",
			"rolling back to deployment"},
		[]string{"the first try", "\x1b"}},
	"unhealthy": {Failed, rolledBack,
		"the health check of threa failed 3 times in a row, every 30s: /health did not answer 200 in time.",
		[]string{"threa    exit code 137, UNHEALTHY", "  | GET /health 503"}, nil},
	"unhealthy-behind-load-balancer": {Failed, rolledBack, "threa does not pass the load balancer's health check.",
		[]string{"Health checks failed with these codes: [404]", "  | GET /health 404"}, nil},
	"secret-missing": {Failed, rolledBack, "a secret cannot be read.",
		[]string{"Fix: see which one is missing: go run ./cmd/threa secrets",
			"invalid ssm parameters: /threa/workos-api-key"}, nil},
	"migration": {Failed, rolledBack, "container migrate exited with code 1, so ECS did not start threa.",
		[]string{"migrate  exit code 1", "threa    not started", `  | error: column "plan" does not exist`}, nil},
	"out-of-memory": {Failed, rolledBack,
		"container threa exited with code 137 because it needs more memory than containerMemory.",
		[]string{"threa wrote no log lines."}, nil},
	"forgotten":    {Failed, rolledBack, "", []string{"rolling back to deployment"}, nil},
	"rolling-back": {Failed, rolledBack, "container threa exited with code 1.", []string{"  | error: no"}, nil},
	"restart-failed": {status: Failed,
		text: "threa:7 (v7) is running, but its last deployment failed: ECS kept the old tasks",
		why:  "container threa exited with code 1."},
	"first-fails": {status: Failed, why: "container threa exited with code 1.",
		text: "threa:7 (v7) is not running, and there is no earlier revision to roll back to"},
	"no-spot": {InProgress, "threa:7 (v7) is being deployed.",
		"Fargate Spot has no capacity now, so ECS did not start a task.",
		[]string{"pulumi config set useSpot false", "was unable to place a task"}, nil},
	"stands-in": {status: Succeeded,
		text: "threa:7 (v7) is running: 1 task healthy, 1 of them on demand because Spot has no capacity."},
	"stands-in-old": {status: InProgress, text: "threa:7 (v7) is being deployed.",
		why: "Fargate Spot has no capacity now, so ECS did not start a task."},
	"spot-taken": {status: InProgress, text: "threa:7 (v7) is deployed, but 0 of 1 task is healthy.",
		why: "AWS took the Spot task's capacity back."},
	"other": {status: Failed,
		text: "threa:7 (v7) is not running: the service uses threa:6. The last pulumi up did not update it"},
}

// play returns an app in an AWS that plays a state.
func play(t *testing.T, state string) (*App, *ecstest.AWS) {
	t.Helper()
	c := ecstest.Play(t, state)
	stack := &Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", FallbackService: "threa-standby",
		TaskDefinition: ecstest.Registered,
	}
	return NewApp(stack, c.Config()), c
}

// waitFor waits for the deployment, at most for a time.
func waitFor(t *testing.T, app *App, timeout time.Duration) (*ServiceState, Result, []string) {
	t.Helper()
	state, err := app.LookUp(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var progress []string
	result, err := app.Wait(ctx, state, time.Millisecond, func(line string) { progress = append(progress, line) })
	require.NoError(t, err)
	return state, result, progress
}

func TestApp_ChecksAndDiagnosesEveryState(t *testing.T) {
	require.ElementsMatch(t, ecstest.States(t), slices.Collect(maps.Keys(expectations)))
	for name, want := range expectations {
		t.Run(name, func(t *testing.T) {
			app, _ := play(t, name)
			timeout := time.Minute
			if want.status == InProgress { // forever
				timeout = time.Millisecond
			}
			state, result, _ := waitFor(t, app, timeout)
			assert.Equal(t, want.status, result.Status, result.Text)
			assert.Contains(t, result.Text, want.text)
			if result.Status == Succeeded {
				return
			}
			diagnosis, err := app.Diagnose(t.Context(), state)
			require.NoError(t, err)
			assert.Equal(t, want.why, diagnosis.Why)
			out := diagnosis.String()
			for _, text := range want.contains {
				assert.Contains(t, out, text)
			}
			for _, text := range want.excludes {
				assert.NotContains(t, out, text)
			}
			assert.LessOrEqual(t, strings.Count(out, "\n"), 40, "fits on one screen")
		})
	}
}

func TestApp_WaitReportsEachChangeOnce(t *testing.T) {
	app, _ := play(t, "good")
	_, _, progress := waitFor(t, app, time.Minute)
	assert.Equal(t, []string{
		"threa:7: 1 task desired, 1 pending, 0 running, 0 healthy; threa:6: 1 running",
		"threa:7: 1 task desired, 0 pending, 1 running, 0 healthy; threa:6: 1 running",
		"threa:7: 1 task desired, 0 pending, 1 running, 1 healthy; threa:6: 1 running",
		"threa:7: 1 task desired, 0 pending, 1 running, 1 healthy",
	}, progress)
}

func TestApp_WaitReturnsCancellation(t *testing.T) {
	app, _ := play(t, "no-spot")
	state, err := app.LookUp(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = app.Wait(ctx, state, time.Minute, func(string) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestApp_LookUpErrors(t *testing.T) {
	app, _ := play(t, "running")
	app.Service = ""
	_, err := app.LookUp(t.Context())
	require.ErrorIs(t, err, ErrNotDeployed)
	require.ErrorContains(t, err, "failed before it created the service")

	app, c := play(t, "running")
	for _, container := range c.Containers() {
		container["image"] = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa:none-yet"
	}
	_, err = app.LookUp(t.Context())
	require.ErrorIs(t, err, ErrNotDeployed)
	require.ErrorContains(t, err, "the stack has no image yet")
	assert.Empty(t, c.Requests("DescribeServices"))

	app, c = play(t, "running")
	c.Refuse("ListTasks", "AccessDeniedException", "User: ci is not authorized to perform: ecs:ListTasks")
	_, err = app.LookUp(t.Context())
	require.ErrorContains(t, err, "list tasks of threa")
	require.ErrorContains(t, err, "not authorized to perform: ecs:ListTasks")
	require.NotErrorIs(t, err, ErrNotDeployed)
}

func TestServiceState_WithoutServiceHasFailed(t *testing.T) {
	app, c := play(t, "running")
	c.Answer("DescribeServices", ecstest.Object{"failures": []ecstest.Object{{"reason": "MISSING"}}})
	state, err := app.LookUp(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Failed, state.Check().Status)
	_, err = app.Diagnose(t.Context(), state)
	require.NoError(t, err)
}
