package agent

import "slices"

// container returns the container of that name, or nil.
func (t *Task) container(name string) *Container {
	i := slices.IndexFunc(t.Containers, func(c Container) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Containers[i]
}

// cycle returns containers of which each waits for the next and the last is the first again, or nil.
func (t *Task) cycle() []string {
	done := map[string]bool{} // leads to no cycle
	var follow func(way []string, name string) []string
	follow = func(way []string, name string) []string {
		if i := slices.Index(way, name); i >= 0 {
			return append(way[i:], name)
		}
		if done[name] {
			return nil
		}
		for _, d := range t.container(name).DependsOn {
			if found := follow(append(slices.Clone(way), name), d.ContainerName); found != nil {
				return found
			}
		}
		done[name] = true
		return nil
	}
	for _, c := range t.Containers {
		if found := follow(nil, c.Name); found != nil {
			return found
		}
	}
	return nil
}

// waitsFor tells whether the container depends on the other one in any way.
func (c *Container) waitsFor(other string) bool {
	return slices.ContainsFunc(c.DependsOn, func(d Dependency) bool { return d.ContainerName == other })
}
