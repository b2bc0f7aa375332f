package agent

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// supported are the keys that the agent acts on, and those that change nothing on this machine. Of other types, it
// supports all keys.
var supported = map[reflect.Type]string{
	reflect.TypeFor[types.ContainerDefinition](): "Name Image Essential User EntryPoint Command WorkingDirectory " +
		"Environment Secrets PortMappings MountPoints ReadonlyRootFilesystem DependsOn StartTimeout StopTimeout " +
		"HealthCheck LinuxParameters LogConfiguration Cpu Memory MemoryReservation DockerLabels RepositoryCredentials " +
		"VersionConsistency",
	reflect.TypeFor[types.PortMapping]():      "ContainerPort HostPort Protocol Name AppProtocol",
	reflect.TypeFor[types.LinuxParameters]():  "InitProcessEnabled Capabilities",
	reflect.TypeFor[types.LogConfiguration](): "LogDriver Options",
}

// checkKeys refuses keys that the agent does not support, unless they are empty, as ECS returns keys that a definition
// leaves out: a container that runs differently from its definition proves nothing.
func checkKeys(value reflect.Value) (problems []error) {
	switch value.Kind() {
	case reflect.Pointer:
		return checkKeys(value.Elem())
	case reflect.Slice:
		for i := range value.Len() {
			problems = append(problems, checkKeys(value.Index(i))...)
		}
	case reflect.Struct:
		keys, isLimited := supported[value.Type()]
		for _, field := range reflect.VisibleFields(value.Type()) {
			content := value.FieldByIndex(field.Index)
			switch {
			case !isLimited || !field.IsExported() || isEmpty(content):
			case slices.Contains(strings.Fields(keys), field.Name):
				problems = append(problems, checkKeys(content)...)
			default:
				problems = append(problems, fmt.Errorf("the local agent does not support %s: leave it out of the task "+
					"definition, or run the task on AWS", strings.ToLower(field.Name[:1])+field.Name[1:]))
			}
		}
	}
	return problems
}

func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer:
		return value.IsNil() || isEmpty(value.Elem())
	case reflect.Slice, reflect.Map:
		return value.Len() == 0
	}
	return value.IsZero()
}

// Check returns everything that keeps the task from running: what ECS refuses, and what the agent does not support. It
// never shows the value of a variable.
func (t *Task) Check() error {
	var problems []error
	essential := false
	for i := range t.Containers {
		c := &t.Containers[i]
		name := aws.ToString(c.Name)
		essential = essential || isEssential(c)
		if t.container(name) != c {
			problems = append(problems, fmt.Errorf("two containers are called %s", name))
		}
		for _, err := range slices.Concat(checkKeys(reflect.ValueOf(c)), t.checkProgram(c), t.checkVolumes(c),
			t.checkDependencies(c), checkTimes(c)) {
			problems = append(problems, fmt.Errorf("container %s: %w", name, err))
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

func (t *Task) checkProgram(c *types.ContainerDefinition) (problems []error) {
	image, ok := t.Images[aws.ToString(c.Image)]
	if !ok {
		return []error{fmt.Errorf("unknown image %q", aws.ToString(c.Image))}
	}
	if len(program(c, image)) == 0 {
		problems = append(problems, errors.New("neither the container nor its image has a command"))
	}
	if _, _, err := user(c, image); err != nil {
		problems = append(problems, err)
	}
	return problems
}

func (t *Task) checkVolumes(c *types.ContainerDefinition) (problems []error) {
	for _, m := range c.MountPoints {
		name, target := aws.ToString(m.SourceVolume), aws.ToString(m.ContainerPath)
		if !slices.ContainsFunc(t.Volumes, func(v types.Volume) bool { return aws.ToString(v.Name) == name }) {
			problems = append(problems, fmt.Errorf("the task has no volume %q", name))
		}
		if !path.IsAbs(target) || path.Clean(target) == "/" {
			problems = append(problems, fmt.Errorf("containerPath %q of the volume %s is not an absolute path", target, name))
		}
	}
	return problems
}

func (t *Task) checkDependencies(c *types.ContainerDefinition) (problems []error) {
	for _, d := range c.DependsOn {
		name := aws.ToString(d.ContainerName)
		other := t.container(name)
		isEnd := d.Condition == types.ContainerConditionComplete || d.Condition == types.ContainerConditionSuccess
		switch {
		case other == nil:
			problems = append(problems, fmt.Errorf("it depends on %q, which is not in the task", name))
		case conditionTexts[d.Condition] == "":
			problems = append(problems, fmt.Errorf("unknown condition %q: use START, COMPLETE, SUCCESS or HEALTHY", d.Condition))
		case d.Condition == types.ContainerConditionHealthy && other.HealthCheck == nil:
			problems = append(problems, fmt.Errorf("it depends on the health of %s, which has no health check", name))
		case isEnd && isEssential(other):
			problems = append(problems, fmt.Errorf("it depends on the end (%s) of %s, which is essential: "+
				"the task would end with it", d.Condition, name))
		}
	}
	return problems
}

// checkOrder returns an error if containers depend on each other in a cycle.
func (t *Task) checkOrder() error {
	started := map[string]bool{}
	var waiting []string
	for range t.Containers {
		waiting = nil
		for _, c := range t.Containers {
			isBlocked := func(d types.ContainerDependency) bool { return !started[*d.ContainerName] }
			if started[*c.Name] = !slices.ContainsFunc(c.DependsOn, isBlocked); !started[*c.Name] {
				waiting = append(waiting, *c.Name)
			}
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	return fmt.Errorf("containers depend on each other in a cycle: %s", strings.Join(waiting, ", "))
}

// checkTimes checks the limits of Fargate and of
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html.
func checkTimes(c *types.ContainerDefinition) (problems []error) {
	h := c.HealthCheck
	if h == nil {
		h = &types.HealthCheck{Command: []string{"CMD-SHELL", "true"}}
	}
	for _, limit := range []struct {
		key          string
		value        *int32
		lower, upper int32
	}{
		{"startTimeout", c.StartTimeout, 1, 120}, {"stopTimeout", c.StopTimeout, 1, 120},
		{"healthCheck.interval", h.Interval, 5, 300}, {"healthCheck.timeout", h.Timeout, 2, 60},
		{"healthCheck.retries", h.Retries, 1, 10}, {"healthCheck.startPeriod", h.StartPeriod, 1, 300},
	} {
		if value := aws.ToInt32(limit.value); value != 0 && (value < limit.lower || value > limit.upper) {
			problems = append(problems, fmt.Errorf("%s is %d: ECS accepts %d to %d",
				limit.key, value, limit.lower, limit.upper))
		}
	}
	isShell := len(h.Command) == 2 && h.Command[0] == "CMD-SHELL"
	if !isShell && (len(h.Command) < 2 || h.Command[0] != "CMD") {
		problems = append(problems, errors.New("healthCheck.command must be CMD with a program, or CMD-SHELL with one line"))
	}
	return problems
}

// program returns what the container runs. As in Docker, an entry point of the definition drops the image's command.
func program(c *types.ContainerDefinition, image Image) []string {
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
func user(c *types.ContainerDefinition, image Image) (uid, gid int, err error) {
	name := aws.ToString(c.User)
	if name == "" {
		return image.UID, image.GID, nil
	}
	group := uint64(0)
	first, second, hasGroup := strings.Cut(name, ":")
	owner, err := strconv.ParseUint(first, 10, 31)
	if err == nil && hasGroup {
		group, err = strconv.ParseUint(second, 10, 31)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("user %q: the local agent does not know user names; write uid or uid:gid", name)
	}
	return int(owner), int(group), nil //nolint:gosec // ParseUint has limited both
}
