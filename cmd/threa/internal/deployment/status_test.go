package deployment

import (
	"bytes"
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

// verdicts are what is said of each state in testdata/states.
var verdicts = map[string]struct {
	state  State
	text   string   // in the verdict
	why    string   // in the diagnosis
	screen []string // in what is shown
	never  []string
}{
	"good":     {Runs, "threa:7 (v7) runs: 1 task, healthy.", "", nil, nil},
	"running":  {Runs, "threa:7 (v7) runs: 1 task, healthy.", "", nil, nil},
	"asleep":   {Runs, "threa:7 (v7) is deployed, and no task runs because none is wanted now.", "", nil, nil},
	"draining": {UnderWay, "threa:7 (v7) is being deployed.", "", nil, nil},
	"image-missing": {Failed, "threa:7 (v7) does not run: ECS went back to threa:6, which serves.",
		"the image v7 cannot be pulled from the repository threa.",
		[]string{"Mend: push it", "TaskFailedToStart: CannotPullContainerError", "threa    not started"}, []string{"said nothing"}},
	"wrong-platform": {Failed, "ECS went back to threa:6", "the image v7 is not built for the stack's cpuArchitecture.", nil, nil},
	"other-architecture": {Failed, "ECS went back to threa:6", "the image v7 is not built for the stack's cpuArchitecture.",
		[]string{"rds-ca   exit code 1", "threa    not started: CannotStartContainerError", "  | exec /usr/bin/sh: exec format error"}, nil},
	"no-network": {Failed, "ECS went back to threa:6", "the task cannot reach AWS.",
		[]string{"Mend: pulumi up --refresh", "dial tcp 198.51.100.7:443: i/o timeout"}, []string{"./cmd/threa secrets"}},
	"no-log-group": {Failed, "ECS went back to threa:6", "the log group /ecs/threa is gone, or the task cannot reach CloudWatch.", nil, nil},
	"exits": {Failed, "ECS went back to threa:6", "container threa ended with exit code 1.",
		[]string{"EssentialContainerExited: Essential container in task exited", "rds-ca   exit code 0", "threa    exit code 1",
			"The last lines of threa:\n  | Starting Threa v7\n  | [31merror[0m: WORKOS_CLIENT_ID is not a client id\n", "rolling back to deployment"},
		[]string{"the first try", "\x1b"}},
	"unhealthy": {Failed, "ECS went back to threa:6",
		"the health check of threa failed 3 times in a row, every 30s: its /health did not answer 200 in time.",
		[]string{"threa    exit code 137, UNHEALTHY", "  | GET /health 503"}, nil},
	"unhealthy-behind-load-balancer": {Failed, "ECS went back to threa:6", "threa does not pass the load balancer's health check.",
		[]string{"Health checks failed with these codes: [404]", "  | GET /health 404"}, nil},
	"secret-missing": {Failed, "ECS went back to threa:6", "a secret cannot be read.",
		[]string{"Mend: see which one is missing: go run ./cmd/threa secrets", "invalid ssm parameters: /threa/workos-api-key"}, nil},
	"migration": {Failed, "ECS went back to threa:6", "container migrate ended with exit code 1, so that threa was not started.",
		[]string{"migrate  exit code 1", "threa    not started", `  | error: column "plan" does not exist`}, nil},
	"out-of-memory": {Failed, "ECS went back to threa:6", "container threa ended with exit code 137 because it needs more memory than containerMemory.",
		[]string{"threa said nothing."}, nil},
	"forgotten":      {Failed, "ECS went back to threa:6", "", []string{"rolling back to deployment"}, nil},
	"rolling-back":   {Failed, "ECS went back to threa:6", "container threa ended with exit code 1.", []string{"  | error: no"}, nil},
	"restart-failed": {Failed, "threa:7 (v7) runs as it did before: its last deployment failed", "container threa ended with exit code 1.", nil, nil},
	"first-fails": {Failed, "threa:7 (v7) does not run, and there is nothing to go back to: ECS deployment circuit breaker",
		"container threa ended with exit code 1.", nil, nil},
	"no-spot": {UnderWay, "threa:7 (v7) is being deployed.", "Fargate Spot has no capacity now, so no task was started.",
		[]string{"pulumi config set useSpot false", "was unable to place a task"}, nil},
	"stands-in":     {Runs, "threa:7 (v7) runs: 1 task, healthy, 1 of them on demand while Spot has no capacity.", "", nil, nil},
	"stands-in-old": {UnderWay, "threa:7 (v7) is being deployed.", "Fargate Spot has no capacity now, so no task was started.", nil, nil},
	"spot-taken":    {UnderWay, "threa:7 (v7) is deployed, but 0 of 1 task run and are healthy.", "AWS took the Spot task's capacity back.", nil, nil},
	"other":         {Failed, "threa:7 (v7) does not run: the service is at threa:6. The last pulumi up has not reached it", "", nil, nil},
}

// play makes an AWS in a state, and the app in it.
func play(t *testing.T, state string) (*App, *ecstest.Cloud) {
	t.Helper()
	c := ecstest.Play(t, state)
	stack := &Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", Standby: "threa-standby", TaskDefinition: ecstest.Wanted, Exec: true,
		DatabaseParameter: "/threa/database-url",
	}
	return NewApp(stack, c.Settings()), c
}

// settle follows a deployment for as long as it may take.
func settle(t *testing.T, app *App, patience time.Duration) (*Snapshot, Verdict, []string) {
	t.Helper()
	seen, err := app.Look(t.Context())
	require.NoError(t, err)
	limited, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var progress []string
	verdict, err := app.Follow(limited, seen, time.Millisecond, func(line string) { progress = append(progress, line) })
	require.NoError(t, err)
	return seen, verdict, progress
}

func TestADeploymentIsGreenOnlyWhenTheNewCodeRuns(t *testing.T) {
	require.ElementsMatch(t, ecstest.States(t), slices.Collect(maps.Keys(verdicts)), "every state has its verdict")
	for name, want := range verdicts {
		t.Run(name, func(t *testing.T) {
			app, _ := play(t, name)
			patience := time.Minute
			if want.state == UnderWay { // for ever
				patience = time.Millisecond
			}
			seen, verdict, _ := settle(t, app, patience)
			assert.Equal(t, want.state, verdict.State, verdict.Text)
			assert.Contains(t, verdict.Text, want.text)
			if verdict.State == Runs {
				return
			}
			diagnosis, err := app.Diagnose(t.Context(), seen)
			require.NoError(t, err)
			assert.Equal(t, want.why, diagnosis.Why)
			var screen bytes.Buffer
			require.NoError(t, diagnosis.Write(&screen))
			for _, text := range want.screen {
				assert.Contains(t, screen.String(), text)
			}
			for _, text := range want.never {
				assert.NotContains(t, screen.String(), text)
			}
			assert.LessOrEqual(t, strings.Count(screen.String(), "\n"), 40, "one screen")
		})
	}
}

func TestADeploymentIsFollowedLineByLine(t *testing.T) {
	app, _ := play(t, "good")
	_, _, progress := settle(t, app, time.Minute)
	assert.Equal(t, []string{
		"threa:7: 1 task wanted, 1 pending, 0 running, 0 healthy; threa:6: 1 running",
		"threa:7: 1 task wanted, 0 pending, 1 running, 0 healthy; threa:6: 1 running",
		"threa:7: 1 task wanted, 0 pending, 1 running, 1 healthy; threa:6: 1 running",
		"threa:7: 1 task wanted, 0 pending, 1 running, 1 healthy",
	}, progress)
}

func TestWhoStopsWaitingIsNotToldThatItFailed(t *testing.T) {
	app, _ := play(t, "no-spot")
	seen, err := app.Look(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = app.Follow(ctx, seen, time.Minute, func(string) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestWithoutAnImageOrAServiceNothingIsDeployed(t *testing.T) {
	app, _ := play(t, "running")
	app.Service = ""
	_, err := app.Look(t.Context())
	require.ErrorIs(t, err, ErrNotDeployed)
	require.ErrorContains(t, err, "the stack has no service yet")

	second, c := play(t, "running")
	for _, container := range c.Definition["taskDefinition"].(ecstest.Object)["containerDefinitions"].([]any) {
		container.(ecstest.Object)["image"] = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa:none-yet"
	}
	_, err = second.Look(t.Context())
	require.ErrorIs(t, err, ErrNotDeployed)
	require.ErrorContains(t, err, "no image is deployed yet")
	assert.Empty(t, c.Asked("DescribeServices"))
}

func TestAServiceThatIsGoneIsNotGreen(t *testing.T) {
	app, c := play(t, "running")
	c.Answers["DescribeServices"] = func(ecstest.Object) (any, error) {
		return ecstest.Object{"services": []any{}, "failures": []ecstest.Object{{"reason": "MISSING"}}}, nil
	}
	seen, err := app.Look(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Failed, seen.Judge().State)
	_, err = app.Diagnose(t.Context(), seen)
	require.NoError(t, err)
}

func TestARefusalOfAWSIsNoVerdict(t *testing.T) {
	app, c := play(t, "running")
	c.Answers["ListTasks"] = func(ecstest.Object) (any, error) {
		return nil, &ecstest.Refusal{Code: "AccessDeniedException", Message: "User: ci is not authorized to perform: ecs:ListTasks"}
	}
	_, err := app.Look(t.Context())
	require.ErrorContains(t, err, "list the tasks of threa")
	require.ErrorContains(t, err, "not authorized to perform: ecs:ListTasks")
	require.NotErrorIs(t, err, ErrNotDeployed)
}
