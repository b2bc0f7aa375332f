package agent

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// terminated is the exit code of a program that does not handle SIGTERM.
const terminated = 128 + int(syscall.SIGTERM)

// containerRun is the state of a container in a running task.
type containerRun struct {
	*types.ContainerDefinition
	name        string
	isEssential bool
	stopTimeout time.Duration // from SIGTERM to SIGKILL

	status     Status
	health     types.HealthStatus
	exitCode   *int   // nil until it has ended
	reason     string // explains the status or the health, or is ""
	wasHealthy bool
	isLate     bool // its startTimeout has passed
	wasKilled  bool // its stopTimeout had passed
}

// taskRun is the state of a running task. Each container has a goroutine, which waits for changes of the others.
type taskRun struct {
	runtime    Runtime
	report     func(Event)
	startup    context.Context // ends when the task begins to stop
	endStartup func()

	mutex      sync.Mutex // guards everything below
	changed    *sync.Cond
	containers []*containerRun
	health     types.HealthStatus
	status     Status
	result     *Result // nil until the task begins to stop
}

// Run runs a task until it ends by itself or ctx ends, and reports its events. The task must have passed Check.
func Run(ctx context.Context, task *Task, runtime Runtime, report func(Event)) Result {
	r := &taskRun{runtime: runtime, report: report, health: types.HealthStatusUnknown}
	r.changed = sync.NewCond(&r.mutex)
	for i := range task.Containers {
		c := &task.Containers[i]
		r.containers = append(r.containers, &containerRun{
			ContainerDefinition: c, name: aws.ToString(c.Name), isEssential: isEssential(c),
			stopTimeout: seconds(c.StopTimeout, 30), status: Pending, health: types.HealthStatusUnknown,
		})
	}
	r.startup, r.endStartup = context.WithCancel(context.WithoutCancel(ctx))
	r.setTaskStatus(Pending)
	defer context.AfterFunc(ctx, func() {
		r.locked(func() { r.stop(Result{Reason: "the task was told to stop"}) })
	})()
	var running sync.WaitGroup
	for _, c := range r.containers {
		running.Go(func() { r.locked(func() { r.runContainer(c) }) })
	}
	running.Wait()
	r.setTaskStatus(Stopped)
	return *r.result
}

// locked runs f while nothing else changes the state, except when f waits.
func (r *taskRun) locked(f func()) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	f()
}

// runContainer runs a container from its start, which waits for its dependencies, to its end. When the task stops, it
// sends SIGTERM, and SIGKILL after the stopTimeout. A signal fails only if the container has ended.
func (r *taskRun) runContainer(c *containerRun) {
	process := r.start(c)
	r.checkStarted()
	if process == nil {
		return
	}
	go func() {
		code := process.Wait()
		r.locked(func() { r.onEnded(c, code) })
	}()
	if c.HealthCheck != nil {
		ctx, endChecks := context.WithCancel(r.startup)
		defer endChecks()
		go newHealthMonitor(c.HealthCheck, process).run(ctx, func(status types.HealthStatus, reason string) {
			r.locked(func() { r.onHealth(c, status, reason) })
		})
	}
	for c.status == Running && (r.result == nil || r.isNeeded(c)) {
		r.changed.Wait()
	}
	if c.status == Running {
		r.setStatus(c, Stopping)
		_ = process.Signal(syscall.SIGTERM)
		r.after(c.stopTimeout, func() {
			if c.status == Stopping {
				c.wasKilled = true
				_ = process.Signal(syscall.SIGKILL)
			}
		})
	}
	for c.status != Stopped {
		r.changed.Wait()
	}
}

// start starts a container when its dependencies are met. It returns nil if the container never runs.
func (r *taskRun) start(c *containerRun) Process {
	for r.result == nil {
		isReady, impossible := r.isReady(c)
		if isReady {
			break
		}
		if c.reason = impossible; impossible != "" {
			r.stop(Result{Failed: true, Reason: impossible})
		} else {
			r.changed.Wait()
		}
	}
	var process Process
	err := r.startup.Err()
	if err == nil {
		r.mutex.Unlock()
		process, err = r.runtime.Start(r.startup, c.ContainerDefinition)
		r.mutex.Lock()
	}
	switch {
	case err == nil:
		r.setStatus(c, Running)
		if limit := seconds(c.StartTimeout, 0); limit > 0 {
			r.after(limit, func() { c.isLate = true })
		}
		return process
	case r.result != nil:
		if c.reason == "" {
			c.reason = "the task stopped before it could start"
		}
		r.setStatus(c, Stopped)
	default:
		c.reason = err.Error()
		r.setStatus(c, Stopped)
		if c.isEssential {
			r.stop(Result{Failed: true, Reason: fmt.Sprintf("%s (essential) could not start: %s", c.name, c.reason)})
		}
	}
	return nil
}

// checkStarted reports that the task runs when no container is left to start.
func (r *taskRun) checkStarted() {
	if r.status == Pending && !r.any(func(c *containerRun) bool { return c.status == Pending }) {
		r.setTaskStatus(Running)
	}
}

// onHealth handles a change of a container's health. The health of a container that stops does not count.
func (r *taskRun) onHealth(c *containerRun, status types.HealthStatus, reason string) {
	if c.status != Running || r.result != nil {
		return
	}
	c.health, c.reason = status, reason
	c.wasHealthy = c.wasHealthy || status == types.HealthStatusHealthy
	r.setStatus(c, Running)
	isPending := func(c *containerRun) bool {
		return c.isEssential && c.HealthCheck != nil && c.health != types.HealthStatusHealthy
	}
	switch {
	case !c.isEssential:
	case status == types.HealthStatusUnhealthy:
		r.health = status
		r.stop(Result{Failed: true, Reason: fmt.Sprintf("%s (essential) is unhealthy: %s", c.name, reason)})
	case r.health != status && !r.any(isPending):
		r.health = status
		r.setTaskStatus(r.status)
	}
}

// onEnded handles the end of a container.
func (r *taskRun) onEnded(c *containerRun, code int) {
	wasStopping := c.status == Stopping
	c.exitCode, c.reason = &code, ""
	if c.wasKilled {
		c.reason = fmt.Sprintf("killed, because it did not end within %s after SIGTERM", c.stopTimeout)
	}
	r.setStatus(c, Stopped)
	ending := fmt.Sprintf("%s (essential) ended with exit code %d", c.name, code)
	switch {
	case c.wasKilled:
		r.stop(Result{Failed: true, Reason: fmt.Sprintf(
			"%s did not end within %s after SIGTERM (its stopTimeout) and was killed", c.name, c.stopTimeout)})
	case !c.isEssential || wasStopping && (code == 0 || code == terminated):
	case wasStopping:
		r.stop(Result{Failed: true, Reason: ending + " when it was told to stop"})
	case code == 0 && c.HealthCheck != nil && !c.wasHealthy:
		r.stop(Result{Failed: true, Reason: ending + " before its health check ever passed"})
	default:
		r.stop(Result{Failed: code != 0, Reason: ending})
	}
}

// stop begins to stop the task. The first reason is kept, unless only this one is a failure.
func (r *taskRun) stop(result Result) {
	switch {
	case r.result == nil:
		r.result = &result
		r.setTaskStatus(Stopping)
		r.endStartup()
		r.changed.Broadcast()
	case result.Failed && !r.result.Failed:
		r.result = &result
	}
}

// setStatus sets and reports a container's status.
func (r *taskRun) setStatus(c *containerRun, status Status) {
	c.status = status
	r.report(Event{Container: c.name, LastStatus: status, HealthStatus: c.health, ExitCode: c.exitCode, Reason: c.reason})
	r.changed.Broadcast()
}

// setTaskStatus sets and reports the task's status.
func (r *taskRun) setTaskStatus(status Status) {
	r.status = status
	r.report(Event{LastStatus: status, HealthStatus: r.health})
}

func (r *taskRun) any(condition func(*containerRun) bool) bool {
	return slices.ContainsFunc(r.containers, condition)
}

// after changes the state after a delay.
func (r *taskRun) after(delay time.Duration, change func()) {
	time.AfterFunc(delay, func() {
		r.locked(change)
		r.changed.Broadcast()
	})
}
