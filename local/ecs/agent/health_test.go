package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The times of https://docs.docker.com/reference/dockerfile/#healthcheck, to the second.
func TestHealthMonitor_Times(t *testing.T) {
	failing := []answer{{code: 1}}
	for name, test := range map[string]struct {
		check  HealthCheck
		health []answer
		fast   bool
		want   []string // of checks and changes, until the task ends or 200 s are over
	}{
		"first after one interval": {check: HealthCheck{Interval: 90}, health: []answer{{}}, want: []string{
			"1m30s app is checked", "1m30s app RUNNING HEALTHY", "3m0s app is checked",
		}},
		"defaults": {health: failing, want: []string{
			"30s app is checked", "1m0s app is checked", "1m30s app is checked", "1m30s app RUNNING UNHEALTHY",
		}},
		"interval from the end of the last": {check: HealthCheck{Interval: 60}, health: []answer{{takes: 4 * second}}, want: []string{
			"1m0s app is checked", "1m4s app RUNNING HEALTHY", "2m4s app is checked", "3m8s app is checked",
		}},
		"no answer in time is a failure": {check: HealthCheck{Interval: 20, Timeout: 3, Retries: 2}, health: []answer{{takes: time.Hour}}, want: []string{
			"20s app is checked", "43s app is checked", "46s app RUNNING UNHEALTHY",
		}},
		"failures in a row": {check: HealthCheck{Interval: 20, Retries: 2}, health: []answer{{1, 0}, {0, 0}, {1, 0}, {0, 0}, {1, 0}, {1, 0}}, want: []string{
			"20s app is checked", "40s app is checked", "40s app RUNNING HEALTHY", "1m0s app is checked", "1m20s app is checked",
			"1m40s app is checked", "2m0s app is checked", "2m0s app RUNNING UNHEALTHY",
		}},
		"failures in the start period do not count": {check: HealthCheck{Interval: 20, Retries: 2, StartPeriod: 45}, health: failing, want: []string{
			"20s app is checked", "40s app is checked", "1m0s app is checked", "1m20s app is checked", "1m20s app RUNNING UNHEALTHY",
		}},
		"a check that begins in the start period does not count, whenever it ends": {
			check: HealthCheck{Interval: 44, Timeout: 10, Retries: 1, StartPeriod: 45}, health: []answer{{takes: time.Hour}}, want: []string{
				"44s app is checked", "1m38s app is checked", "1m48s app RUNNING UNHEALTHY",
			}},
		"a success in the start period ends it": {
			check: HealthCheck{Interval: 10, Retries: 2, StartPeriod: 300}, health: []answer{{1, 0}, {0, 0}, {1, 0}}, want: []string{
				"10s app is checked", "20s app is checked", "20s app RUNNING HEALTHY", "30s app is checked", "40s app is checked",
				"40s app RUNNING UNHEALTHY",
			}},
		"in a hurry every second until healthy": {
			check: HealthCheck{Interval: 100, StartPeriod: 60}, fast: true, health: []answer{{1, 0}, {1, 0}, {0, 0}}, want: []string{
				"1s app is checked", "2s app is checked", "3s app is checked", "3s app RUNNING HEALTHY", "1m43s app is checked",
			}},
		"in a hurry until the start period ends": {
			check: HealthCheck{Interval: 50, Retries: 1, StartPeriod: 3}, fast: true, health: failing, want: []string{
				"1s app is checked", "2s app is checked", "3s app is checked", "3s app RUNNING UNHEALTHY",
			}},
		"in a hurry, but without a start period": {
			check: HealthCheck{Interval: 50, Retries: 1}, fast: true, health: failing, want: []string{
				"50s app is checked", "50s app RUNNING UNHEALTHY",
			}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, result := playTask(t, 200*second, map[string]script{"app": {health: test.health}},
				&Task{Containers: []Container{app(checked(test.check))}, FastStart: test.fast})
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
	lines, _ := play(t, 60*second, map[string]script{"app": {health: []answer{{}}}, "second": {health: []answer{{}}, prepares: second}, "aside": {health: []answer{{code: 1}}, prepares: 2 * second}},
		app(checked(HealthCheck{Interval: 10})), named("second", checked(HealthCheck{Interval: 20})), side("aside", checked(HealthCheck{Interval: 11})), named("plain"))
	assert.Contains(t, lines, "10s app RUNNING HEALTHY")
	assert.NotContains(t, lines, "10s RUNNING HEALTHY")
	assert.Contains(t, lines, "21s RUNNING HEALTHY")
}

// A server that drains answers 503: that is no news.
func TestHealth_NoChecksWhileStopping(t *testing.T) {
	lines, result := play(t, 15*second, map[string]script{"app": {health: []answer{{}, {code: 1}}, drains: 29 * second}},
		app(checked(HealthCheck{Interval: 10, Retries: 1})))
	assert.False(t, result.Failed)
	assert.Contains(t, lines, "10s app is checked")
	assert.NotContains(t, lines, "20s app is checked")
}

func TestHealth_StopEndsRunningCheck(t *testing.T) {
	_, result := play(t, 11*second, map[string]script{"app": {health: []answer{{takes: 9 * second}}, drains: 29 * second}},
		app(checked(HealthCheck{Interval: 10, Timeout: 5, Retries: 1})))
	assert.Equal(t, Result{Reason: "the task was told to stop"}, result)
}

func TestHealthMonitor_Command(t *testing.T) {
	for want, given := range map[string][]string{"/bin/sh -c test -f x": {"CMD-SHELL", "test -f x"}, "bun -e 1": {"CMD", "bun", "-e", "1"}} {
		assert.Equal(t, want, strings.Join(newHealthMonitor(&HealthCheck{Command: given}, nil, false).command, " "))
	}
}
