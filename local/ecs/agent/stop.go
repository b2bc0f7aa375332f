package agent

import (
	"fmt"
	"slices"
	"syscall"
)

// terminated is the exit code of a program that SIGTERM ended because it does not handle it.
const terminated = 128 + int(syscall.SIGTERM)

// stop begins the end of the task. The first reason stays.
func (m *machine) stop(why Verdict) {
	if m.stopping {
		return
	}
	m.stopping, m.verdict = true, why
	m.tell(Event{LastStatus: Stopping, Reason: why.Reason, Failed: why.Failed})
	m.cancel()
}

// stopSome stops the containers for which no other one waits any more: the reverse of the order of the start.
func (m *machine) stopSome() {
	for again := true; again; {
		again = false
		for _, c := range m.members {
			needed := slices.ContainsFunc(m.members, func(other *member) bool {
				return other.status != Stopped && other.waitsFor(c.Name)
			})
			switch {
			case needed || c.starting:
			case c.status == Pending:
				if c.reason == "" {
					c.reason = "the task stopped before it could start"
				}
				m.become(c, Stopped)
				again = true
			case c.status == Running:
				m.terminate(c)
			}
		}
	}
}

// terminate asks a container to end, and kills it when its time is over. A signal that does not arrive is one to a
// container that has ended already, of which a post tells soon.
func (m *machine) terminate(c *member) {
	m.become(c, Stopping)
	_ = c.process.Signal(syscall.SIGTERM)
	m.after(c.stopTimeout(), func() {
		if c.status != Stopping {
			return
		}
		c.killed = true
		_ = c.process.Signal(syscall.SIGKILL)
	})
}

// ended notes a container's end and what follows from it for the task.
func (m *machine) ended(c *member, code int) {
	c.unwatch()
	c.code, c.reason = &code, ""
	if c.killed {
		c.reason = fmt.Sprintf("killed, because it did not end within %s after SIGTERM", c.stopTimeout())
	}
	asked := c.status == Stopping
	m.become(c, Stopped)

	ending := fmt.Sprintf("%s ended with exit code %d", c.Name, code)
	if c.IsEssential() {
		ending = fmt.Sprintf("%s (essential) ended with exit code %d", c.Name, code)
	}
	switch {
	case c.killed:
		m.fail(c, fmt.Sprintf("%s did not end within %s after SIGTERM (its stopTimeout) and was killed", c.Name, c.stopTimeout()))
	case !c.IsEssential():
	case asked:
		if code != 0 && code != terminated {
			m.fail(c, ending+" when it was told to stop")
		}
	case code == 0 && c.HealthCheck != nil && !c.wasHealthy:
		m.fail(c, ending+" before its health check ever passed")
	case code != 0:
		m.fail(c, ending)
	default:
		m.stop(Verdict{Container: c.Name, Reason: ending})
	}
}

// fail makes the task fail, also when it is stopping already for a reason that was no failure.
func (m *machine) fail(c *member, reason string) {
	why := Verdict{Failed: true, Container: c.Name, Reason: reason}
	m.stop(why)
	if !m.verdict.Failed {
		m.verdict = why
	}
}
