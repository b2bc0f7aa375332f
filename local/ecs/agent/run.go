package agent

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// member is a container of a running task.
type member struct {
	*Container
	status  Status
	health  HealthStatus
	code    *int   // once it has ended
	reason  string // why it is what it is, where that needs words
	process Process

	starting   bool   // the runtime prepares it
	wasHealthy bool   // at least once
	late       bool   // its startTimeout has passed
	killed     bool   // it outlived its stopTimeout
	unwatch    func() // ends its health checks
}

// machine is a running task. Everything in it happens in one goroutine; others post what they found.
type machine struct {
	task    *Task
	runtime Runtime
	report  func(Event)
	members []*member

	posts    chan func()
	done     chan struct{}
	prepare  context.Context // of containers that start; ends when the task begins to stop
	cancel   func()          // ends prepare and all health checks
	started  bool            // all containers have
	stopping bool
	verdict  Verdict
	health   HealthStatus
}

// Run runs the task until it has ended, by itself or because ctx has, and reports what becomes of it on the way. The
// task must have passed Check.
func Run(ctx context.Context, task *Task, runtime Runtime, report func(Event)) Verdict {
	m := &machine{
		task: task, runtime: runtime, report: report, health: HealthUnknown,
		posts: make(chan func()), done: make(chan struct{}),
	}
	defer close(m.done)
	for i := range task.Containers {
		m.members = append(m.members, &member{
			Container: &task.Containers[i], status: Pending, health: HealthUnknown, unwatch: func() {},
		})
	}
	m.tell(Event{LastStatus: Pending})
	m.prepare, m.cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer m.cancel()

	asked := ctx.Done()
	for {
		m.advance()
		if !slices.ContainsFunc(m.members, func(c *member) bool { return c.status != Stopped }) {
			break
		}
		select {
		case found := <-m.posts:
			found()
		case <-asked:
			asked = nil // says it for ever
			m.stop(Verdict{Reason: "the task was told to stop"})
		}
	}
	m.tell(Event{LastStatus: Stopped, Reason: m.verdict.Reason, Failed: m.verdict.Failed})
	return m.verdict
}

// advance does what can be done now.
func (m *machine) advance() {
	for _, c := range m.members {
		if m.stopping || c.status != Pending || c.starting {
			continue
		}
		switch ready, never := m.ready(c); {
		case never != "":
			c.reason = never
			m.stop(Verdict{Failed: true, Container: c.Name, Reason: never})
		case ready:
			m.start(c)
		}
	}
	if m.stopping {
		m.stopSome()
	}
	if !m.started && !m.stopping && !slices.ContainsFunc(m.members, func(c *member) bool { return c.status == Pending }) {
		m.started = true
		m.tell(Event{LastStatus: Running})
	}
}

func (m *machine) start(c *member) {
	c.starting = true
	go func() {
		process, err := m.runtime.Start(m.prepare, c.Container)
		if err != nil {
			m.post(func() { m.notStarted(c, err) })
			return
		}
		m.post(func() { m.isStarted(c, process) })
		code := process.Wait()
		m.post(func() { m.ended(c, code) })
	}()
}

func (m *machine) notStarted(c *member, err error) {
	c.starting = false
	if m.stopping {
		return // as one that had not begun
	}
	c.reason = err.Error()
	m.become(c, Stopped)
	if c.IsEssential() {
		m.stop(Verdict{Failed: true, Container: c.Name, Reason: fmt.Sprintf("%s (essential) could not start: %s", c.Name, c.reason)})
	}
}

func (m *machine) isStarted(c *member, process Process) {
	c.starting, c.process = false, process
	m.become(c, Running)
	if c.StartTimeout > 0 {
		m.after(seconds(c.StartTimeout, 0), func() { c.late = true })
	}
	if c.HealthCheck == nil || m.stopping {
		return
	}
	ctx, cancel := context.WithCancel(m.prepare)
	c.unwatch = cancel
	check := newCheckup(c.HealthCheck, m.task.Hurry)
	go check.watch(ctx, c.HealthCheck.command(), process, func(status HealthStatus, reason string) {
		m.post(func() { m.checked(c, status, reason) })
	})
}

// checked notes a change of a container's health. What a container says while it drains means nothing.
func (m *machine) checked(c *member, status HealthStatus, reason string) {
	if c.status != Running || m.stopping {
		return
	}
	c.health, c.reason = status, reason
	c.wasHealthy = c.wasHealthy || status == IsHealthy
	m.become(c, Running)
	if !c.IsEssential() {
		return
	}
	if status == IsUnhealthy {
		m.setHealth(IsUnhealthy)
		m.stop(Verdict{Failed: true, Container: c.Name, Reason: fmt.Sprintf("%s (essential) is unhealthy: %s", c.Name, reason)})
		return
	}
	for _, other := range m.members {
		if other.IsEssential() && other.HealthCheck != nil && other.health != IsHealthy {
			return
		}
	}
	m.setHealth(IsHealthy)
}

func (m *machine) setHealth(status HealthStatus) {
	if m.health == status {
		return
	}
	m.health = status
	now := Pending
	if m.started {
		now = Running
	}
	m.tell(Event{LastStatus: now})
}

// become notes a container's new state and tells it.
func (m *machine) become(c *member, status Status) {
	c.status = status
	m.report(Event{Container: c.Name, LastStatus: status, HealthStatus: c.health, ExitCode: c.code, Reason: c.reason})
}

// tell reports an event of the task.
func (m *machine) tell(e Event) {
	e.HealthStatus = m.health
	m.report(e)
}

// post hands what a goroutine found to the machine, unless the task has ended.
func (m *machine) post(found func()) {
	select {
	case m.posts <- found:
	case <-m.done:
	}
}

func (m *machine) after(delay time.Duration, then func()) {
	time.AfterFunc(delay, func() { m.post(then) })
}
