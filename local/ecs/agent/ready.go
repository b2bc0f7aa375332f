package agent

import "fmt"

// ready tells whether all that the container waits for has come, or why that never will.
func (m *machine) ready(c *member) (ready bool, never string) {
	ready = true
	for _, d := range c.DependsOn {
		other := m.member(d.ContainerName)
		met, impossible := other.meets(d.Condition)
		if impossible != "" {
			return false, fmt.Sprintf("%s cannot start: it waits until %s %s (%s), but %s",
				c.Name, other.Name, wishes[d.Condition], d.Condition, impossible)
		}
		ready = ready && met
	}
	return ready, ""
}

var wishes = map[Condition]string{
	Start: "has started", Complete: "has ended", Success: "has ended with exit code 0", Healthy: "is healthy",
}

// meets tells whether the container meets the condition, or why it never will.
func (c *member) meets(condition Condition) (met bool, never string) {
	switch condition {
	case Start:
		met = c.process != nil
	case Complete:
		met = c.code != nil
	case Success:
		met = c.code != nil && *c.code == 0
	case Healthy:
		met = c.status == Running && c.health == IsHealthy
	}
	switch {
	case met:
		return true, ""
	case c.status == Stopped && c.code == nil:
		return false, fmt.Sprintf("%s never started: %s", c.Name, c.reason)
	case c.status == Stopped:
		return false, fmt.Sprintf("%s ended with exit code %d", c.Name, *c.code)
	case condition == Healthy && c.health == IsUnhealthy:
		return false, fmt.Sprintf("%s is unhealthy: %s", c.Name, c.reason)
	case c.late:
		return false, fmt.Sprintf("that did not happen within %s's startTimeout of %d seconds", c.Name, c.StartTimeout)
	}
	return false, ""
}

func (m *machine) member(name string) *member {
	for _, c := range m.members {
		if c.Name == name {
			return c
		}
	}
	panic("agent: a dependency that Check let through: " + name)
}
