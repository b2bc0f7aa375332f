package agent

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// fastInterval is the interval within the start period if Task.FastStart is set.
const fastInterval = time.Second

// healthMonitor runs the health check of one container. Its rules are those of Docker, whose health check ECS uses:
// https://docs.docker.com/reference/dockerfile/#healthcheck
type healthMonitor struct {
	interval, timeout, startPeriod time.Duration
	retries                        int
	fastStart                      bool
	command                        []string
	process                        Process

	status   HealthStatus
	failures int // consecutive
}

func newHealthMonitor(h *HealthCheck, process Process, fastStart bool) *healthMonitor {
	m := &healthMonitor{
		interval: seconds(h.Interval, 30), timeout: seconds(h.Timeout, 5), startPeriod: seconds(h.StartPeriod, 0),
		retries: h.Retries, fastStart: fastStart, command: h.Command[1:], process: process, status: HealthUnknown,
	}
	if m.retries == 0 {
		m.retries = 3
	}
	if h.Command[0] == "CMD-SHELL" {
		m.command = append([]string{"/bin/sh", "-c"}, h.Command[1:]...)
	}
	return m
}

// run checks the container until ctx ends, and reports every change of its health with the reason.
func (m *healthMonitor) run(ctx context.Context, report func(HealthStatus, string)) {
	start := time.Now()
	for {
		pause := m.interval
		if m.fastStart && m.status == HealthUnknown && time.Since(start) < m.startPeriod {
			pause = fastInterval
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		starting := m.status == HealthUnknown && time.Since(start) < m.startPeriod
		before, problem, reason := m.status, m.check(ctx), ""
		if ctx.Err() != nil {
			return
		}
		switch {
		case problem == "":
			m.failures, m.status = 0, IsHealthy
		case !starting:
			m.failures++
		}
		if m.failures >= m.retries {
			m.status = IsUnhealthy
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
