package agent

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// fastInterval is the interval within the start period. Docker has the setting start-interval for it; ECS has none.
const fastInterval = time.Second

// healthMonitor runs the health check of one container. Its rules are those of Docker, whose health check ECS uses:
// https://docs.docker.com/reference/dockerfile/#healthcheck
type healthMonitor struct {
	interval, timeout, startPeriod time.Duration
	retries                        int
	command                        []string
	process                        Process

	status   types.HealthStatus
	failures int // consecutive
}

func newHealthMonitor(h *types.HealthCheck, process Process) *healthMonitor {
	m := &healthMonitor{
		interval: seconds(h.Interval, 30), timeout: seconds(h.Timeout, 5), startPeriod: seconds(h.StartPeriod, 0),
		retries: cmp.Or(int(aws.ToInt32(h.Retries)), 3), command: h.Command[1:], process: process,
		status: types.HealthStatusUnknown,
	}
	if h.Command[0] == "CMD-SHELL" {
		m.command = append([]string{"/bin/sh", "-c"}, h.Command[1:]...)
	}
	return m
}

// run checks the container until ctx ends, and reports every change of its health with the reason.
func (m *healthMonitor) run(ctx context.Context, report func(types.HealthStatus, string)) {
	start := time.Now()
	isStarting := func() bool { return m.status == types.HealthStatusUnknown && time.Since(start) < m.startPeriod }
	for {
		pause := m.interval
		if isStarting() {
			pause = fastInterval
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		isLenient, before, reason := isStarting(), m.status, ""
		problem := m.check(ctx)
		if ctx.Err() != nil {
			return
		}
		switch {
		case problem == "":
			m.failures, m.status = 0, types.HealthStatusHealthy
		case !isLenient:
			m.failures++
		}
		if m.failures >= m.retries {
			m.status = types.HealthStatusUnhealthy
			reason = fmt.Sprintf("its health check failed %d times in a row: %s", m.failures, problem)
		}
		if m.status != before {
			report(m.status, reason)
		}
	}
}

// check runs the command once and returns the problem, or "" if the container is healthy.
func (m *healthMonitor) check(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	code, output, err := m.process.Exec(ctx, m.command)
	switch {
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer within %s", m.timeout)
	case err != nil:
		return err.Error()
	case code == 0:
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("exit code %d: %s", code, strings.Join(strings.Fields(output), " ")), ": ")
}
