package deployment

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

const taskARN = "arn:aws:ecs:eu-central-1:123456789012:task/threa/c0ffee"

// inStatus returns ECS's description of the task.
func inStatus(status string, more ecstest.Object, containers ...ecstest.Object) ecstest.Object {
	task := ecstest.Object{
		"taskArn": taskARN, "taskDefinitionArn": ecstest.Registered, "lastStatus": status, "containers": containers,
	}
	for key, value := range more {
		task[key] = value
	}
	return task
}

func exited(name string, code int) ecstest.Object {
	return ecstest.Object{"name": name, "lastStatus": "STOPPED", "exitCode": code}
}

// playRun returns an app whose task goes through states, with a log that CloudWatch shows line by line.
func playRun(t *testing.T, lines []string, states ...ecstest.Object) (*App, *ecstest.AWS) {
	t.Helper()
	app, c := play(t, "running")
	c.Answer("RunTask", ecstest.Object{"tasks": []any{states[0]}})
	c.Answers["DescribeTasks"] = func(in ecstest.Object) (any, error) {
		if in["tasks"].([]any)[0] != taskARN { // of the service
			return ecstest.Object{"tasks": []any{}}, nil
		}
		states = states[min(1, len(states)-1):]
		return ecstest.Object{"tasks": []any{states[0]}}, nil
	}
	read := 0
	c.Answers["FilterLogEvents"] = func(in ecstest.Object) (any, error) {
		events := []any{}
		if (read > 0 || len(states) <= 2) && read < len(lines) {
			events = append(events, ecstest.Object{
				"eventId": fmt.Sprint(read), "logStreamName": in["logStreamNamePrefix"], "message": lines[read],
				"timestamp": time.Now().UnixMilli(),
			})
			read++
		}
		return ecstest.Object{"events": events}, nil
	}
	return app, c
}

func runTask(t *testing.T, app *App) (code int, output string, err error) {
	t.Helper()
	task, err := app.Run(t.Context(), []string{"bun", "run", "backfill"})
	require.NoError(t, err)
	var out bytes.Buffer
	code, err = task.Wait(t.Context(), time.Millisecond, &out, func(string) {})
	return code, out.String(), err
}

func TestRun_RunsLikeTheService(t *testing.T) {
	app, c := playRun(t, []string{"one", "two", "three"}, inStatus("PROVISIONING", nil), inStatus("PENDING", nil),
		inStatus("RUNNING", nil), inStatus("STOPPED", ecstest.Object{"stopCode": "EssentialContainerExited"},
			exited("rds-ca", 0), exited("migrate", 0), exited("threa", 3)))
	code, output, err := runTask(t, app)
	require.NoError(t, err)
	assert.Equal(t, 3, code)
	assert.Equal(t, "one\ntwo\nthree\n", output)

	assert.Equal(t, "ecs/threa/c0ffee", c.Requests("FilterLogEvents")[0]["logStreamNamePrefix"])
	requests := c.Requests("RunTask")
	require.Len(t, requests, 1)
	delete(requests[0], "clientToken") // random
	assert.Equal(t, ecstest.Object{
		"cluster": "threa", "taskDefinition": ecstest.Registered, "count": 1.0, "startedBy": "threa-run",
		"capacityProviderStrategy": []any{ecstest.Object{"capacityProvider": "FARGATE", "weight": 1.0}},
		"networkConfiguration": ecstest.Object{"awsvpcConfiguration": ecstest.Object{
			"subnets": []any{"subnet-0a1", "subnet-0a2"}, "securityGroups": []any{"sg-0a1"}, "assignPublicIp": "ENABLED",
		}},
		"overrides": ecstest.Object{"containerOverrides": []any{
			ecstest.Object{"name": "threa", "command": []any{"bun", "run", "backfill"}},
			ecstest.Object{"name": "migrate", "command": []any{"true"}},
		}},
		"enableECSManagedTags": true, "enableExecuteCommand": true, "propagateTags": "TASK_DEFINITION",
	}, requests[0])
}

func TestRun_WithoutLogGroup(t *testing.T) {
	app, c := playRun(t, nil, inStatus("PROVISIONING", nil), inStatus("STOPPED", nil, exited("threa", 0)))
	c.Answers["FilterLogEvents"] = func(ecstest.Object) (any, error) {
		return nil, &ecstest.Error{Code: "ResourceNotFoundException", Message: "The specified log group does not exist."}
	}
	code, output, err := runTask(t, app)
	require.NoError(t, err, "the reason why the task stopped explains it")
	assert.Zero(t, code)
	assert.Empty(t, output)
}

func TestRun_StoppedBeforeItWasSeenRunning(t *testing.T) {
	app, _ := playRun(t, []string{"quick"}, inStatus("PROVISIONING", nil),
		inStatus("STOPPED", nil, exited("rds-ca", 0), exited("migrate", 0), exited("threa", 0)))
	code, output, err := runTask(t, app)
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Equal(t, "quick\n", output)
}

func TestRun_ErrorSaysWhyItDidNotRun(t *testing.T) {
	waiting := exited("threa", 143)
	waiting["reason"] = "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency " +
		"[migrate] for target [threa] as dependency did not exit successfully."
	for want, stopped := range map[string]ecstest.Object{
		"the image v7 cannot be pulled from the repository threa. (CannotPullContainerError": inStatus("STOPPED",
			ecstest.Object{"stoppedReason": "CannotPullContainerError: pull image manifest has been retried 7 time(s)"},
			ecstest.Object{"name": "threa", "lastStatus": "STOPPED"}),
		"container migrate exited with code 1, so ECS did not start threa.": inStatus("STOPPED", nil,
			exited("rds-ca", 0), exited("migrate", 1), waiting),
	} {
		app, _ := playRun(t, nil, inStatus("PROVISIONING", nil), stopped)
		_, _, err := runTask(t, app)
		require.ErrorContains(t, err, "the command did not run, or ended without an exit code: "+want)
	}

	app, c := playRun(t, nil, inStatus("PROVISIONING", nil))
	failure := ecstest.Object{"reason": "Capacity is unavailable at this time."}
	c.Answer("RunTask", ecstest.Object{"failures": []any{failure}})
	_, err := app.Run(t.Context(), []string{"true"})
	require.ErrorContains(t, err, "ECS did not start the task: Capacity is unavailable at this time.")
}
