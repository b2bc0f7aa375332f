package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ignored are keys that change nothing on this machine.
var ignored = []string{
	"cpu", "memory", "memoryReservation", "dockerLabels", "repositoryCredentials", "versionConsistency",
}

// empty are the values with which ECS fills keys that a definition leaves out.
var empty = []string{"null", "[]", "{}", `""`, "0", "false"}

// UnmarshalJSON refuses keys that the agent does not support, unless they are empty: a container that runs differently
// from its definition proves nothing.
func (c *Container) UnmarshalJSON(data []byte) error {
	type plain Container
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	maps.DeleteFunc(keys, func(key string, value json.RawMessage) bool {
		isEmpty := key != "essential" && slices.Contains(empty, string(bytes.TrimSpace(value)))
		return isEmpty || slices.Contains(ignored, key)
	})
	cleaned, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(cleaned))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode((*plain)(c)); err != nil {
		return fmt.Errorf("the local agent cannot run container %s as ECS does: %w. Leave that out of the task definition, "+
			"or run the task on AWS", keys["name"], err)
	}
	return nil
}

// Check returns everything that keeps the task from running: what ECS refuses, and what the agent does not support. It
// never shows the value of a variable.
func (t *Task) Check() error {
	var problems []error
	essential := false
	for i := range t.Containers {
		c := &t.Containers[i]
		essential = essential || c.IsEssential()
		if t.container(c.Name) != c {
			problems = append(problems, fmt.Errorf("two containers are called %s", c.Name))
		}
		for _, err := range slices.Concat(t.checkProgram(c), t.checkReferences(c), t.checkDependencies(c), checkTimes(c)) {
			problems = append(problems, fmt.Errorf("container %s: %w", c.Name, err))
		}
	}
	if !essential {
		problems = append(problems, errors.New("no container is essential: ECS requires at least one"))
	}
	if len(problems) == 0 { // otherwise there may be dependencies on containers that do not exist
		problems = append(problems, t.checkOrder())
	}
	return errors.Join(problems...)
}

func (t *Task) checkProgram(c *Container) (problems []error) {
	image, ok := t.Images[c.Image]
	if !ok {
		return []error{fmt.Errorf("unknown image %q", c.Image)}
	}
	if len(program(c, image)) == 0 {
		problems = append(problems, errors.New("neither the container nor its image has a command"))
	}
	if _, _, err := user(c, image); err != nil {
		problems = append(problems, err)
	}
	return problems
}

// checkReferences checks the names of secrets and volumes.
func (t *Task) checkReferences(c *Container) (problems []error) {
	for _, secret := range c.Secrets {
		if _, resolved := t.Secrets[c.Name][secret.Name]; !resolved {
			problems = append(problems, fmt.Errorf("the secret %s has no value: %s", secret.Name, secret.ValueFrom))
		}
	}
	for _, m := range c.MountPoints {
		if !slices.Contains(t.Volumes, m.SourceVolume) {
			problems = append(problems, fmt.Errorf("the task has no volume %q", m.SourceVolume))
		}
		if !path.IsAbs(m.ContainerPath) || path.Clean(m.ContainerPath) == "/" {
			problems = append(problems, fmt.Errorf("containerPath %q of the volume %s is not an absolute path", m.ContainerPath,
				m.SourceVolume))
		}
	}
	return problems
}

func (t *Task) checkDependencies(c *Container) (problems []error) {
	for _, d := range c.DependsOn {
		other := t.container(d.ContainerName)
		switch {
		case other == nil:
			problems = append(problems, fmt.Errorf("it depends on %q, which is not in the task", d.ContainerName))
		case wishes[d.Condition] == "":
			problems = append(problems, fmt.Errorf("unknown condition %q: use START, COMPLETE, SUCCESS or HEALTHY", d.Condition))
		case d.Condition == Healthy && other.HealthCheck == nil:
			problems = append(problems, fmt.Errorf("it depends on the health of %s, which has no health check", other.Name))
		case (d.Condition == Complete || d.Condition == Success) && other.IsEssential():
			problems = append(problems, fmt.Errorf("it depends on the end (%s) of %s, which is essential: "+
				"the task would end with it", d.Condition, other.Name))
		}
	}
	return problems
}

// checkOrder returns an error if containers depend on each other in a cycle.
func (t *Task) checkOrder() error {
	started := map[string]bool{}
	for range t.Containers {
		for _, c := range t.Containers {
			blocked := slices.ContainsFunc(c.DependsOn, func(d Dependency) bool { return !started[d.ContainerName] })
			started[c.Name] = started[c.Name] || !blocked
		}
	}
	var cycle []string
	for _, c := range t.Containers {
		if !started[c.Name] {
			cycle = append(cycle, c.Name)
		}
	}
	if len(cycle) == 0 {
		return nil
	}
	return fmt.Errorf("containers depend on each other in a cycle: %s", strings.Join(cycle, ", "))
}

// checkTimes checks the limits of Fargate and of
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html.
func checkTimes(c *Container) (problems []error) {
	h := c.HealthCheck
	if h == nil {
		h = &HealthCheck{Command: []string{"CMD-SHELL", "true"}}
	}
	for _, limit := range []struct {
		key                 string
		value, lower, upper int
	}{
		{"startTimeout", c.StartTimeout, 1, 120}, {"stopTimeout", c.StopTimeout, 1, 120},
		{"healthCheck.interval", h.Interval, 5, 300}, {"healthCheck.timeout", h.Timeout, 2, 60},
		{"healthCheck.retries", h.Retries, 1, 10}, {"healthCheck.startPeriod", h.StartPeriod, 1, 300},
	} {
		if limit.value != 0 && (limit.value < limit.lower || limit.value > limit.upper) {
			problems = append(problems, fmt.Errorf("%s is %d: ECS accepts %d to %d",
				limit.key, limit.value, limit.lower, limit.upper))
		}
	}
	isShell := len(h.Command) == 2 && h.Command[0] == "CMD-SHELL"
	if !isShell && (len(h.Command) < 2 || h.Command[0] != "CMD") {
		problems = append(problems, errors.New("healthCheck.command must be CMD with a program, or CMD-SHELL with one line"))
	}
	return problems
}

// container returns the container with that name, or nil.
func (t *Task) container(name string) *Container {
	i := slices.IndexFunc(t.Containers, func(c Container) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Containers[i]
}

// program returns what the container runs. As in Docker, an entry point of the definition drops the image's command.
func program(c *Container, image Image) []string {
	entrypoint, command := image.Entrypoint, image.Command
	if len(c.EntryPoint) > 0 {
		entrypoint, command = c.EntryPoint, nil
	}
	if len(c.Command) > 0 {
		command = c.Command
	}
	return slices.Concat(entrypoint, command)
}

// user returns the ids with which the container runs. As in Docker, the default group is 0.
func user(c *Container, image Image) (uid, gid int, err error) {
	if c.User == "" {
		return image.UID, image.GID, nil
	}
	group := uint64(0)
	first, second, hasGroup := strings.Cut(c.User, ":")
	owner, err := strconv.ParseUint(first, 10, 31)
	if err == nil && hasGroup {
		group, err = strconv.ParseUint(second, 10, 31)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("user %q: the local agent does not know user names; write uid or uid:gid", c.User)
	}
	return int(owner), int(group), nil
}
