package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
)

// The times of https://docs.docker.com/reference/dockerfile/#healthcheck, to the second.
func TestHealthMonitor_Times(t *testing.T) {
	failing := []answer{{code: 1}}
	for name, test := range map[string]struct {
		check  change
		health []answer
		want   []string // of checks and changes, until the task ends or 200 s are over
	}{
		"first after one interval": {check: checked(90, 0, 0, 0), health: []answer{{}}, want: []string{
			"1m30s app is checked", "1m30s app RUNNING HEALTHY", "3m0s app is checked",
		}},
		"defaults": {check: checked(0, 0, 0, 0), health: failing, want: []string{
			"30s app is checked", "1m0s app is checked", "1m30s app is checked", "1m30s app RUNNING UNHEALTHY",
		}},
		"interval from the end of the last": {check: checked(60, 0, 0, 0), health: []answer{{takes: 4 * second}},
			want: []string{
				"1m0s app is checked", "1m4s app RUNNING HEALTHY", "2m4s app is checked", "3m8s app is checked",
			}},
		"no answer in time is a failure": {check: checked(20, 3, 2, 0), health: []answer{{takes: time.Hour}}, want: []string{
			"20s app is checked", "43s app is checked", "46s app RUNNING UNHEALTHY",
		}},
		"failures in a row": {check: checked(20, 0, 2, 0), health: []answer{{1, 0}, {0, 0}, {1, 0}, {0, 0}, {1, 0}, {1, 0}},
			want: []string{
				"20s app is checked", "40s app is checked", "40s app RUNNING HEALTHY", "1m0s app is checked",
				"1m20s app is checked",
				"1m40s app is checked", "2m0s app is checked", "2m0s app RUNNING UNHEALTHY",
			}},
		"every second in the start period, in which failures do not count": {
			check: checked(20, 0, 2, 3), health: failing, want: []string{
				"1s app is checked", "2s app is checked", "3s app is checked", "23s app is checked", "23s app RUNNING UNHEALTHY",
			}},
		"a check that begins in the start period does not count, whenever it ends": {
			check: checked(44, 10, 1, 2), health: []answer{{takes: time.Hour}}, want: []string{
				"1s app is checked", "55s app is checked", "1m5s app RUNNING UNHEALTHY",
			}},
		"a success in the start period ends it": {
			check: checked(10, 0, 2, 300), health: []answer{{1, 0}, {0, 0}, {1, 0}}, want: []string{
				"1s app is checked", "2s app is checked", "2s app RUNNING HEALTHY", "12s app is checked", "22s app is checked",
				"22s app RUNNING UNHEALTHY",
			}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, result := play(t, 200*second, map[string]script{"app": {health: test.health}}, app(test.check))
			var got []string
			for _, line := range lines {
				if strings.Contains(line, "checked") || strings.Contains(line, "app RUNNING ") {
					got = append(got, line)
				}
			}
			assert.Equal(t, test.want, got)
			isUnhealthy := strings.HasSuffix(test.want[len(test.want)-1], "UNHEALTHY")
			assert.Equal(t, isUnhealthy, result.Failed)
			if isUnhealthy {
				assert.Contains(t, result.Reason, "app (essential) is unhealthy: its health check failed ")
			}
		})
	}
}

func TestHealth_TaskNeedsAllEssentialContainers(t *testing.T) {
	lines, _ := play(t, 60*second, map[string]script{"app": {health: []answer{{}}},
		"second": {health: []answer{{}}, prepares: second}, "aside": {health: []answer{{code: 1}}, prepares: 2 * second}},
		app(checked(10, 0, 0, 0)), named("second", checked(20, 0, 0, 0)), side("aside", checked(11, 0, 0, 0)), named("plain"))
	assert.Contains(t, lines, "10s app RUNNING HEALTHY")
	assert.NotContains(t, lines, "10s RUNNING HEALTHY")
	assert.Contains(t, lines, "21s RUNNING HEALTHY")
}

// A server that drains answers 503: that is no news.
func TestHealth_NoChecksWhileStopping(t *testing.T) {
	lines, result := play(t, 15*second, map[string]script{"app": {health: []answer{{}, {code: 1}}, drains: 29 * second}},
		app(checked(10, 0, 1, 0)))
	assert.False(t, result.Failed)
	assert.Contains(t, lines, "10s app is checked")
	assert.NotContains(t, lines, "20s app is checked")
}

func TestHealth_StopEndsRunningCheck(t *testing.T) {
	_, result := play(t, 11*second, map[string]script{"app": {health: []answer{{takes: 9 * second}}, drains: 29 * second}},
		app(checked(10, 5, 1, 0)))
	assert.Equal(t, Result{Reason: "the task was told to stop"}, result)
}

func TestHealthMonitor_Command(t *testing.T) {
	for want, given := range map[string][]string{"/bin/sh -c test -f x": {"CMD-SHELL", "test -f x"},
		"bun -e 1": {"CMD", "bun", "-e", "1"}} {
		assert.Equal(t, want, strings.Join(newHealthMonitor(&types.HealthCheck{Command: given}, nil).command, " "))
	}
}
