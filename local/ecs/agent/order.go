package agent

import (
	"fmt"
	"slices"
	"syscall"
)

// terminated is the exit code of a program that does not handle SIGTERM.
const terminated = 128 + int(syscall.SIGTERM)

// wishes describe the conditions.
var wishes = map[Condition]string{
	Start: "has started", Complete: "has ended", Success: "has ended with exit code 0", Healthy: "is healthy",
}

// isReady tells whether all dependencies of a container are met, or why that is impossible.
func (r *taskRun) isReady(c *containerRun) (ready bool, impossible string) {
	ready = true
	for _, d := range c.DependsOn {
		i := slices.IndexFunc(r.containers, func(c *containerRun) bool { return c.Name == d.ContainerName })
		other := r.containers[i] // Check has found it
		met, reason := other.meets(d.Condition)
		if reason != "" {
			return false, fmt.Sprintf("%s cannot start: it waits until %s %s (%s), but %s",
				c.Name, other.Name, wishes[d.Condition], d.Condition, reason)
		}
		ready = ready && met
	}
	return ready, ""
}

// meets tells whether the container meets the condition, or why that is impossible.
func (c *containerRun) meets(condition Condition) (met bool, impossible string) {
	switch condition {
	case Start:
		met = c.process != nil
	case Complete:
		met = c.exitCode != nil
	case Success:
		met = c.exitCode != nil && *c.exitCode == 0
	case Healthy:
		met = c.status == Running && c.health == IsHealthy
	}
	switch {
	case met:
		return true, ""
	case c.status == Stopped && c.exitCode == nil:
		return false, fmt.Sprintf("%s never started: %s", c.Name, c.reason)
	case c.status == Stopped:
		return false, fmt.Sprintf("%s ended with exit code %d", c.Name, *c.exitCode)
	case condition == Healthy && c.health == IsUnhealthy:
		return false, fmt.Sprintf("%s is unhealthy: %s", c.Name, c.reason)
	case c.isLate:
		return false, fmt.Sprintf("that did not happen within %s's startTimeout of %d seconds", c.Name, c.StartTimeout)
	}
	return false, ""
}

// stop begins to stop the task. The first reason is kept.
func (r *taskRun) stop(result Result) {
	if r.isStopping {
		return
	}
	r.isStopping, r.result = true, result
	r.reportTask(Event{LastStatus: Stopping, Reason: result.Reason, Failed: result.Failed})
	r.endStartup()
}

// stopContainers stops the containers on which no running container depends: the reverse of the start order.
func (r *taskRun) stopContainers() {
	for progress := true; progress; {
		progress = false
		for _, c := range r.containers {
			isNeeded := r.any(func(other *containerRun) bool {
				return other.status != Stopped &&
					slices.ContainsFunc(other.DependsOn, func(d Dependency) bool { return d.ContainerName == c.Name })
			})
			switch {
			case isNeeded || c.isStarting:
			case c.status == Pending:
				if c.reason == "" {
					c.reason = "the task stopped before it could start"
				}
				r.setStatus(c, Stopped)
				progress = true
			case c.status == Running:
				r.terminate(c)
			}
		}
	}
}

// terminate sends SIGTERM, and SIGKILL after the stopTimeout. A signal fails only if the container has ended, which
// onEnded handles.
func (r *taskRun) terminate(c *containerRun) {
	r.setStatus(c, Stopping)
	_ = c.process.Signal(syscall.SIGTERM)
	r.after(c.stopTimeout(), func() {
		if c.status != Stopping {
			return
		}
		c.wasKilled = true
		_ = c.process.Signal(syscall.SIGKILL)
	})
}

// onEnded handles the end of a container.
func (r *taskRun) onEnded(c *containerRun, code int) {
	c.stopChecks()
	c.exitCode, c.reason = &code, ""
	if c.wasKilled {
		c.reason = fmt.Sprintf("killed, because it did not end within %s after SIGTERM", c.stopTimeout())
	}
	wasStopping := c.status == Stopping
	r.setStatus(c, Stopped)

	ending := fmt.Sprintf("%s ended with exit code %d", c.Name, code)
	if c.IsEssential() {
		ending = fmt.Sprintf("%s (essential) ended with exit code %d", c.Name, code)
	}
	switch {
	case c.wasKilled:
		r.fail(c, fmt.Sprintf("%s did not end within %s after SIGTERM (its stopTimeout) and was killed",
			c.Name, c.stopTimeout()))
	case !c.IsEssential():
	case wasStopping:
		if code != 0 && code != terminated {
			r.fail(c, ending+" when it was told to stop")
		}
	case code == 0 && c.HealthCheck != nil && !c.wasHealthy:
		r.fail(c, ending+" before its health check ever passed")
	case code != 0:
		r.fail(c, ending)
	default:
		r.stop(Result{Container: c.Name, Reason: ending})
	}
}

// fail makes the task fail, even if it is stopping already for another reason that was no failure.
func (r *taskRun) fail(c *containerRun, reason string) {
	result := Result{Failed: true, Container: c.Name, Reason: reason}
	r.stop(result)
	if !r.result.Failed {
		r.result = result
	}
}
