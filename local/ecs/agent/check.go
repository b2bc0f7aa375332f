package agent

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// entityName is what ECS lets containers and volumes be called; here the names are those of folders, too.
var entityName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// maxTimeout is Fargate's limit of startTimeout and stopTimeout, in seconds.
const maxTimeout = 120

// Check says everything that keeps the task from running: what ECS refuses, and what the agent cannot do.
func (t *Task) Check() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	seen := map[string]bool{}
	essential := false
	for i := range t.Containers {
		c := &t.Containers[i]
		if !entityName.MatchString(c.Name) {
			refuse("%q is no name for a container: use up to 255 letters, digits, hyphens and underscores", c.Name)
		}
		if seen[c.Name] {
			refuse("two containers are called %s", c.Name)
		}
		seen[c.Name] = true
		essential = essential || c.IsEssential()
	}
	if !essential {
		refuse("no container is essential: ECS wants at least one")
	}
	for i, name := range t.Volumes {
		if !entityName.MatchString(name) || slices.Contains(t.Volumes[:i], name) {
			refuse("%q is no name for a volume, or that of two", name)
		}
	}
	for i := range t.Containers {
		c := &t.Containers[i]
		for _, err := range slices.Concat(t.checkProgram(c), t.checkVariables(c), t.checkFiles(c), t.checkDependencies(c), checkTimes(c)) {
			refuse("container %s: %w", c.Name, err)
		}
	}
	if len(problems) == 0 { // otherwise there may be names that lead nowhere
		if cycle := t.cycle(); cycle != nil {
			refuse("containers wait for each other in a circle: %s", strings.Join(cycle, " → "))
		}
	}
	return errors.Join(problems...)
}

func (t *Task) checkProgram(c *Container) (problems []error) {
	image, known := t.Images[c.Image]
	if !known {
		return []error{fmt.Errorf("nothing is known of its image %q", c.Image)}
	}
	if len(program(c, image)) == 0 {
		problems = append(problems, errors.New("neither it nor its image says what to run"))
	}
	if image.Directory != "" && (!path.IsAbs(image.WorkDir) || path.Clean(image.WorkDir) == "/") {
		problems = append(problems, fmt.Errorf("its image's files belong into a folder such as /app, not %q", image.WorkDir))
	}
	if _, _, err := user(c, image); err != nil {
		problems = append(problems, err)
	}
	if c.WorkingDirectory != "" && !path.IsAbs(c.WorkingDirectory) {
		problems = append(problems, fmt.Errorf("workingDirectory %q does not begin with /", c.WorkingDirectory))
	}
	if c.LogConfiguration != nil && c.LogConfiguration.LogDriver != "awslogs" {
		problems = append(problems, fmt.Errorf("the local agent knows only the log driver awslogs, not %s", c.LogConfiguration.LogDriver))
	}
	return problems
}

// checkVariables never shows a value.
func (t *Task) checkVariables(c *Container) (problems []error) {
	for _, secret := range c.Secrets {
		if slices.ContainsFunc(c.Environment, func(v Variable) bool { return v.Name == secret.Name }) {
			problems = append(problems, fmt.Errorf("%s is both in environment and in secrets", secret.Name))
		}
		if _, resolved := t.Secrets[c.Name][secret.Name]; !resolved {
			problems = append(problems, fmt.Errorf("the secret %s has no value: %s", secret.Name, secret.ValueFrom))
		}
	}
	return problems
}

func (t *Task) checkFiles(c *Container) (problems []error) {
	for _, m := range c.MountPoints {
		if !slices.Contains(t.Volumes, m.SourceVolume) {
			problems = append(problems, fmt.Errorf("the task has no volume %q", m.SourceVolume))
		}
		if !path.IsAbs(m.ContainerPath) || path.Clean(m.ContainerPath) == "/" {
			problems = append(problems, fmt.Errorf("containerPath %q of the volume %s is no path of a folder", m.ContainerPath, m.SourceVolume))
		}
	}
	return problems
}

func (t *Task) checkDependencies(c *Container) (problems []error) {
	for _, d := range c.DependsOn {
		other := t.container(d.ContainerName)
		switch {
		case other == nil:
			problems = append(problems, fmt.Errorf("it depends on %q, which the task does not have", d.ContainerName))
		case !slices.Contains([]Condition{Start, Complete, Success, Healthy}, d.Condition):
			problems = append(problems, fmt.Errorf("%q is no condition: START, COMPLETE, SUCCESS and HEALTHY are", d.Condition))
		case d.Condition == Healthy && other.HealthCheck == nil:
			problems = append(problems, fmt.Errorf("it waits until %s is HEALTHY, which has no health check", other.Name))
		case (d.Condition == Complete || d.Condition == Success) && other.IsEssential():
			problems = append(problems, fmt.Errorf("it waits for the end (%s) of %s, which is essential: the task would end with it", d.Condition, other.Name))
		}
	}
	return problems
}

func checkTimes(c *Container) (problems []error) {
	within := func(what string, value, low, high int) {
		if value != 0 && (value < low || value > high) {
			problems = append(problems, fmt.Errorf("%s is %d: ECS takes %d to %d", what, value, low, high))
		}
	}
	within("startTimeout", c.StartTimeout, 1, maxTimeout)
	within("stopTimeout", c.StopTimeout, 1, maxTimeout)
	h := c.HealthCheck
	if h == nil {
		return problems
	}
	within("healthCheck.interval", h.Interval, 5, 300)
	within("healthCheck.timeout", h.Timeout, 2, 60)
	within("healthCheck.retries", h.Retries, 1, 10)
	within("healthCheck.startPeriod", h.StartPeriod, 1, 300)
	isShell := len(h.Command) == 2 && h.Command[0] == "CMD-SHELL"
	if !isShell && (len(h.Command) < 2 || h.Command[0] != "CMD") {
		problems = append(problems, errors.New("healthCheck.command is neither CMD with a program nor CMD-SHELL with one line"))
	}
	return problems
}

// program is what the container runs. An entry point of the definition leaves out the image's command, as in Docker.
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

// user returns the numbers of the user and the group that the container runs as. A user without a group has group 0,
// as in Docker.
func user(c *Container, image Image) (uid, gid int, err error) {
	if c.User == "" {
		return image.UID, image.GID, nil
	}
	first, second, hasGroup := strings.Cut(c.User, ":")
	uid, err = number(first)
	if err == nil && hasGroup {
		gid, err = number(second)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("user %q: the local agent knows no names of users, so write uid or uid:gid", c.User)
	}
	return uid, gid, nil
}

func number(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}
