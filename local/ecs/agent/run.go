package agent

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// containerRun is the state of a container in a running task.
type containerRun struct {
	*Container
	status   Status
	health   HealthStatus
	exitCode *int   // nil until it has ended
	reason   string // explains the status or the health, or is ""
	process  Process

	isStarting bool // the runtime prepares it
	wasHealthy bool
	isLate     bool   // its startTimeout has passed
	wasKilled  bool   // its stopTimeout had passed
	stopChecks func() // ends its health checks
}

// taskRun is the state of a running task. Only the goroutine of Run changes it; others send it functions.
type taskRun struct {
	task       *Task
	runtime    Runtime
	report     func(Event)
	containers []*containerRun

	updates    chan func()
	done       chan struct{}
	startup    context.Context // ends when the task begins to stop
	endStartup func()
	isStarted  bool // all containers have started
	isStopping bool
	result     Result
	health     HealthStatus
}

// Run runs a task until it ends by itself or ctx ends, and reports its events. The task must have passed Check.
func Run(ctx context.Context, task *Task, runtime Runtime, report func(Event)) Result {
	r := &taskRun{
		task: task, runtime: runtime, report: report, health: HealthUnknown,
		updates: make(chan func()), done: make(chan struct{}),
	}
	defer close(r.done)
	for i := range task.Containers {
		r.containers = append(r.containers, &containerRun{
			Container: &task.Containers[i], status: Pending, health: HealthUnknown, stopChecks: func() {},
		})
	}
	r.reportTask(Event{LastStatus: Pending})
	r.startup, r.endStartup = context.WithCancel(context.WithoutCancel(ctx))
	defer r.endStartup()

	stopped := ctx.Done()
	for {
		r.advance()
		if !r.any(func(c *containerRun) bool { return c.status != Stopped }) {
			break
		}
		select {
		case update := <-r.updates:
			update()
		case <-stopped:
			stopped = nil // otherwise it is received again and again
			r.stop(Result{Reason: "the task was told to stop"})
		}
	}
	r.reportTask(Event{LastStatus: Stopped, Reason: r.result.Reason, Failed: r.result.Failed})
	return r.result
}

func (r *taskRun) any(condition func(*containerRun) bool) bool {
	return slices.ContainsFunc(r.containers, condition)
}

// advance starts and stops the containers whose turn it is.
func (r *taskRun) advance() {
	for _, c := range r.containers {
		if r.isStopping || c.status != Pending || c.isStarting {
			continue
		}
		switch ready, impossible := r.isReady(c); {
		case impossible != "":
			c.reason = impossible
			r.stop(Result{Failed: true, Container: c.Name, Reason: impossible})
		case ready:
			r.start(c)
		}
	}
	if r.isStopping {
		r.stopContainers()
	}
	if !r.isStarted && !r.isStopping && !r.any(func(c *containerRun) bool { return c.status == Pending }) {
		r.isStarted = true
		r.reportTask(Event{LastStatus: Running})
	}
}

func (r *taskRun) start(c *containerRun) {
	c.isStarting = true
	go func() {
		process, err := r.runtime.Start(r.startup, c.Container)
		if err != nil {
			r.update(func() { r.onStartFailed(c, err) })
			return
		}
		r.update(func() { r.onStarted(c, process) })
		code := process.Wait()
		r.update(func() { r.onEnded(c, code) })
	}()
}

func (r *taskRun) onStartFailed(c *containerRun, err error) {
	c.isStarting = false
	if r.isStopping {
		return // it counts as not started
	}
	c.reason = err.Error()
	r.setStatus(c, Stopped)
	if c.IsEssential() {
		reason := fmt.Sprintf("%s (essential) could not start: %s", c.Name, c.reason)
		r.stop(Result{Failed: true, Container: c.Name, Reason: reason})
	}
}

func (r *taskRun) onStarted(c *containerRun, process Process) {
	c.isStarting, c.process = false, process
	r.setStatus(c, Running)
	if c.StartTimeout > 0 {
		r.after(seconds(c.StartTimeout, 0), func() { c.isLate = true })
	}
	if c.HealthCheck == nil || r.isStopping {
		return
	}
	ctx, cancel := context.WithCancel(r.startup)
	c.stopChecks = cancel
	go newHealthMonitor(c.HealthCheck, process, r.task.FastStart).run(ctx, func(status HealthStatus, reason string) {
		r.update(func() { r.onHealth(c, status, reason) })
	})
}

// onHealth handles a change of a container's health. The health of a container that stops does not count.
func (r *taskRun) onHealth(c *containerRun, status HealthStatus, reason string) {
	if c.status != Running || r.isStopping {
		return
	}
	c.health, c.reason = status, reason
	c.wasHealthy = c.wasHealthy || status == IsHealthy
	r.setStatus(c, Running)
	isPending := func(c *containerRun) bool { return c.IsEssential() && c.HealthCheck != nil && c.health != IsHealthy }
	switch {
	case !c.IsEssential():
	case status == IsUnhealthy:
		r.setHealth(IsUnhealthy)
		reason = fmt.Sprintf("%s (essential) is unhealthy: %s", c.Name, reason)
		r.stop(Result{Failed: true, Container: c.Name, Reason: reason})
	case !r.any(isPending):
		r.setHealth(IsHealthy)
	}
}

func (r *taskRun) setHealth(health HealthStatus) {
	if r.health == health {
		return
	}
	r.health = health
	status := Pending
	if r.isStarted {
		status = Running
	}
	r.reportTask(Event{LastStatus: status})
}

// setStatus sets and reports a container's status.
func (r *taskRun) setStatus(c *containerRun, status Status) {
	c.status = status
	r.report(Event{Container: c.Name, LastStatus: status, HealthStatus: c.health, ExitCode: c.exitCode, Reason: c.reason})
}

func (r *taskRun) reportTask(e Event) {
	e.HealthStatus = r.health
	r.report(e)
}

// update runs f in the goroutine of Run, unless the task has ended.
func (r *taskRun) update(f func()) {
	select {
	case r.updates <- f:
	case <-r.done:
	}
}

func (r *taskRun) after(delay time.Duration, f func()) { time.AfterFunc(delay, func() { r.update(f) }) }
