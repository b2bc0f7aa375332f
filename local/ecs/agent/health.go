package agent

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// hurry is the interval within the start period when Task.Hurry is set.
const hurry = time.Second

// checkup is a health check and what it has found so far. The rules are Docker's, whose health check ECS uses:
// https://docs.docker.com/reference/dockerfile/#healthcheck
type checkup struct {
	interval, timeout, startPeriod time.Duration
	retries                        int
	hurry                          bool

	status   HealthStatus
	failures int // in a row
}

func newCheckup(h *HealthCheck, hurry bool) *checkup {
	retries := h.Retries
	if retries == 0 {
		retries = 3
	}
	return &checkup{
		interval: seconds(h.Interval, 30), timeout: seconds(h.Timeout, 5), startPeriod: seconds(h.StartPeriod, 0),
		retries: retries, hurry: hurry, status: HealthUnknown,
	}
}

// pause is the time until the next check. age is the container's.
func (c *checkup) pause(age time.Duration) time.Duration {
	if c.hurry && c.status == HealthUnknown && age < c.startPeriod {
		return hurry
	}
	return c.interval
}

// found notes the result of a check that began when the container had that age.
func (c *checkup) found(healthy bool, age time.Duration) {
	switch {
	case healthy:
		c.failures, c.status = 0, IsHealthy
	case c.status == HealthUnknown && age < c.startPeriod: // does not count
	default:
		c.failures++
		if c.failures >= c.retries {
			c.status = IsUnhealthy
		}
	}
}

// command is what the health check runs in the container.
func (h *HealthCheck) command() []string {
	if h.Command[0] == "CMD-SHELL" {
		return append([]string{"/bin/sh", "-c"}, h.Command[1:]...)
	}
	return h.Command[1:]
}

// watch checks the health of a container until ctx ends, and tells every change with the reason.
func (c *checkup) watch(ctx context.Context, command []string, process Process, tell func(HealthStatus, string)) {
	start := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.pause(time.Since(start))):
		}
		age, before := time.Since(start), c.status
		problem := c.probe(ctx, command, process)
		if ctx.Err() != nil {
			return
		}
		c.found(problem == "", age)
		if c.status == before {
			continue
		}
		reason := ""
		if c.status == IsUnhealthy {
			reason = fmt.Sprintf("its health check failed %d times in a row: %s", c.failures, problem)
		}
		tell(c.status, reason)
	}
}

// probe returns "" or what is wrong.
func (c *checkup) probe(ctx context.Context, command []string, process Process) string {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	code, output, err := process.Exec(limited, command)
	switch {
	case limited.Err() != nil:
		return fmt.Sprintf("no answer within %s", c.timeout)
	case err != nil:
		return err.Error()
	case code == 0:
		return ""
	}
	if output = strings.Join(strings.Fields(output), " "); output != "" {
		return fmt.Sprintf("exit code %d: %s", code, output)
	}
	return fmt.Sprintf("exit code %d", code)
}
