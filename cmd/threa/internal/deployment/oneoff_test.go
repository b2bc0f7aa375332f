package deployment

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

const oneOffARN = "arn:aws:ecs:eu-central-1:123456789012:task/threa/c0ffee"

// oneOff is the answer of ECS about a task that was started by hand.
func oneOff(status string, more ecstest.Object, containers ...ecstest.Object) ecstest.Object {
	task := ecstest.Object{"taskArn": oneOffARN, "taskDefinitionArn": ecstest.Wanted, "lastStatus": status, "containers": containers}
	for key, value := range more {
		task[key] = value
	}
	return task
}

func ended(name string, code int) ecstest.Object {
	return ecstest.Object{"name": name, "lastStatus": "STOPPED", "exitCode": code}
}

// runs has ECS start a task that goes through states, with a log that CloudWatch shows a line at a time.
func runs(c *ecstest.Cloud, lines []string, states ...ecstest.Object) {
	c.Answers["RunTask"] = func(ecstest.Object) (any, error) { return ecstest.Object{"tasks": []any{states[0]}}, nil }
	c.Answers["DescribeTasks"] = func(in ecstest.Object) (any, error) {
		if in["tasks"].([]any)[0] != oneOffARN { // of the service
			return ecstest.Object{"tasks": []any{}}, nil
		}
		states = states[min(1, len(states)-1):]
		return ecstest.Object{"tasks": []any{states[0]}}, nil
	}
	read := 0
	c.Answers["GetLogEvents"] = func(in ecstest.Object) (any, error) {
		if read == 0 && len(states) > 2 || len(lines) == 0 {
			return nil, &ecstest.Refusal{Code: "ResourceNotFoundException", Message: "The specified log stream does not exist."}
		}
		if in["logStreamName"] != "ecs/threa/c0ffee" || in["startFromHead"] != true {
			return nil, &ecstest.Refusal{Code: "InvalidParameterException", Message: "another log"}
		}
		token := "f/end"
		if read >= len(lines) || in["nextToken"] == token {
			return ecstest.Object{"events": []any{}, "nextForwardToken": in["nextToken"]}, nil
		}
		read++
		return ecstest.Object{"events": []any{ecstest.Object{"message": lines[read-1]}}, "nextForwardToken": "f/" + lines[read-1]}, nil
	}
}

func follow(t *testing.T, app *App) (int, string, error) {
	t.Helper()
	once, err := app.Start(t.Context(), []string{"bun", "run", "backfill"})
	require.NoError(t, err)
	var out bytes.Buffer
	code, err := once.Follow(t.Context(), time.Millisecond, &out, func(string) {})
	return code, out.String(), err
}

func TestACommandRunsAsTheServiceDoesAndItsExitCodeIsTold(t *testing.T) {
	app, c := play(t, "running")
	runs(c, []string{"one", "two", "three"}, oneOff("PROVISIONING", nil), oneOff("PENDING", nil), oneOff("RUNNING", nil),
		oneOff("STOPPED", ecstest.Object{"stopCode": "EssentialContainerExited"}, ended("rds-ca", 0), ended("migrate", 0), ended("threa", 3)))
	code, said, err := follow(t, app)
	require.NoError(t, err)
	assert.Equal(t, 3, code)
	assert.Equal(t, "one\ntwo\nthree\n", said)

	asked := c.Asked("RunTask")
	require.Len(t, asked, 1)
	delete(asked[0], "clientToken") // made up for each
	assert.Equal(t, ecstest.Object{
		"cluster": "threa", "taskDefinition": ecstest.Wanted, "count": 1.0, "startedBy": "threa-run",
		"capacityProviderStrategy": []any{ecstest.Object{"capacityProvider": "FARGATE", "weight": 1.0}},
		"networkConfiguration": ecstest.Object{"awsvpcConfiguration": ecstest.Object{
			"subnets": []any{"subnet-0a1", "subnet-0a2"}, "securityGroups": []any{"sg-0a1"}, "assignPublicIp": "ENABLED",
		}},
		"overrides": ecstest.Object{"containerOverrides": []any{
			ecstest.Object{"name": "threa", "command": []any{"bun", "run", "backfill"}},
			ecstest.Object{"name": "migrate", "command": []any{"no-pgvector"}},
		}},
		"enableECSManagedTags": true, "enableExecuteCommand": true, "propagateTags": "TASK_DEFINITION",
	}, asked[0])
}

func TestACommandThatWasNeverSeenRunningHasItsExitCodeAndItsWords(t *testing.T) {
	app, c := play(t, "running")
	runs(c, []string{"quick"}, oneOff("PROVISIONING", nil), oneOff("STOPPED", nil, ended("rds-ca", 0), ended("migrate", 0), ended("threa", 0)))
	code, said, err := follow(t, app)
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Equal(t, "quick\n", said)
}

func TestACommandThatCouldNotRunIsAnErrorWithTheReason(t *testing.T) {
	app, c := play(t, "running")
	runs(c, nil, oneOff("PROVISIONING", nil), oneOff("STOPPED", ecstest.Object{
		"stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError: pull image manifest has been retried 7 time(s): not found",
	}, ecstest.Object{"name": "threa", "lastStatus": "STOPPED"}))
	_, _, err := follow(t, app)
	require.ErrorContains(t, err, "the command did not run, or ended without an exit code: the image v7 cannot be pulled from the repository threa. (CannotPullContainerError")

	c.Answers["RunTask"] = func(ecstest.Object) (any, error) {
		return ecstest.Object{"tasks": []any{}, "failures": []any{ecstest.Object{"reason": "Capacity is unavailable at this time."}}}, nil
	}
	_, err = app.Start(t.Context(), []string{"true"})
	require.ErrorContains(t, err, "ECS did not start the command: Capacity is unavailable at this time.")
}

func TestACommandBehindAMigrationThatFailedHasNoExitCodeOfItsOwn(t *testing.T) {
	app, c := play(t, "running")
	waited := ended("threa", 143)
	waited["reason"] = "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [migrate] for target [threa] as dependency did not exit successfully."
	runs(c, nil, oneOff("PROVISIONING", nil), oneOff("STOPPED", nil, ended("rds-ca", 0), ended("migrate", 1), waited))
	_, _, err := follow(t, app)
	require.ErrorContains(t, err, "container migrate ended with exit code 1, so that threa was not started.")
}

func TestACommandThatIsInterruptedCanBeStopped(t *testing.T) {
	app, c := play(t, "running")
	runs(c, nil, oneOff("RUNNING", nil))
	c.Answers["StopTask"] = func(ecstest.Object) (any, error) { return ecstest.Object{"task": ecstest.Object{}}, nil }
	once, err := app.Start(t.Context(), []string{"sleep", "1000"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = once.Follow(ctx, time.Millisecond, &bytes.Buffer{}, func(string) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, once.Stop(t.Context()))
	assert.Equal(t, oneOffARN, c.Asked("StopTask")[0]["task"])
}
