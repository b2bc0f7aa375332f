package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/ecstest"
)

// playing is an app in an AWS that is in a state.
func playing(t *testing.T, state string) (*deployment.App, *ecstest.Cloud) {
	t.Helper()
	cloud := ecstest.Play(t, state)
	stack := &deployment.Stack{Region: "eu-central-1", Cluster: "threa", Service: "threa", TaskDefinition: ecstest.Wanted, Exec: true, DatabaseParameter: "/threa/database-url"}
	return deployment.NewApp(stack, cloud.Settings()), cloud
}

func TestTheVerdictOnADeploymentIsAnExitCode(t *testing.T) {
	for _, c := range []struct {
		state   string
		timeout time.Duration
		code    int
		said    []string
	}{
		{"running", 0, 0, []string{"threa:7 (v7) runs: 1 task, healthy."}},
		{"asleep", time.Minute, 0, []string{"no task runs because none is wanted now"}},
		{"exits", time.Minute, exitFailed, []string{"FAILED: threa:7 (v7) does not run", "Why: container threa ended with exit code 1."}},
		{"no-spot", time.Nanosecond, exitFailed, []string{"FAILED: not within 1ns: threa:7 (v7) is being deployed", "Why: Fargate Spot has no capacity"}},
		{"no-spot", 0, exitUnderWay, []string{"Under way: threa:7 (v7) is being deployed", "Why: Fargate Spot has no capacity"}},
		{"draining", 0, exitUnderWay, []string{"Under way: threa:7 (v7) is being deployed", "1 task wanted, 0 pending, 1 running, 1 healthy; threa:6: 1 running"}},
	} {
		app, _ := playing(t, c.state)
		var out bytes.Buffer
		err := deployStatus(t.Context(), app, c.timeout, &out)
		if c.code == 0 {
			require.NoError(t, err, c.state)
		} else {
			require.Equal(t, &ended{code: c.code}, err, c.state)
		}
		for _, text := range c.said {
			assert.Contains(t, out.String(), text, c.state)
		}
	}
}

func TestAStackThatIsNotDeployedHasAnExitCodeOfItsOwn(t *testing.T) {
	fakePulumi(t, `echo '{"version":3,"deployment":{}}'`)
	assert.Equal(t, exitUsage, run(t.Context(), []string{"deploy-status"}))
	fakePulumi(t, `exit 255`)
	assert.Equal(t, exitFailed, run(t.Context(), []string{"deploy-status"}))
}
