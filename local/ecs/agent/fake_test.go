package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script is what a container of the fake runtime does. Its times are those of a synctest bubble.
type script struct {
	prepares time.Duration
	cannot   error         // start
	ends     time.Duration // after its start; 0: only when it is told to
	code     int           // with which it ends
	drains   time.Duration // after SIGTERM; the code is the same
	deaf     bool          // to SIGTERM
	health   []answer      // of health checks one after the other; the last stays
}

type answer struct {
	code  int
	takes time.Duration
}

// stage is a runtime without processes that writes down what happens when.
type stage struct {
	scripts map[string]script
	start   time.Time

	mutex sync.Mutex
	lines []string
}

func (s *stage) note(format string, args ...any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lines = append(s.lines, time.Since(s.start).String()+" "+fmt.Sprintf(format, args...))
}

// event writes down what became of a container, or of the task in capital letters only.
func (s *stage) event(e Event) {
	text := strings.TrimSpace(e.Container + " " + string(e.LastStatus))
	if e.HealthStatus != types.HealthStatusUnknown && e.LastStatus == Running {
		text += " " + string(e.HealthStatus)
	}
	if e.ExitCode != nil {
		text += fmt.Sprintf(" %d", *e.ExitCode)
	}
	s.note("%s", text)
}

func (s *stage) Start(ctx context.Context, c *types.ContainerDefinition) (Process, error) {
	does := s.scripts[*c.Name]
	select {
	case <-time.After(does.prepares):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if does.cannot != nil {
		return nil, does.cannot
	}
	a := &actor{stage: s, name: *c.Name, does: does, signals: make(chan syscall.Signal, 9), ended: make(chan int, 1)}
	go a.act()
	return a, nil
}

type actor struct {
	stage   *stage
	name    string
	does    script
	signals chan syscall.Signal
	ended   chan int
	checks  int
}

func (a *actor) act() {
	var end <-chan time.Time
	if a.does.ends > 0 {
		end = time.After(a.does.ends)
	}
	for {
		select {
		case <-end:
			a.ended <- a.does.code
			return
		case signal := <-a.signals:
			switch {
			case signal == syscall.SIGKILL:
				a.ended <- 128 + int(syscall.SIGKILL)
				return
			case !a.does.deaf:
				end = time.After(a.does.drains)
			}
		}
	}
}

func (a *actor) Wait() int { return <-a.ended }

func (a *actor) Signal(signal syscall.Signal) error {
	a.stage.note("%s gets %s", a.name, map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM",
		syscall.SIGKILL: "SIGKILL"}[signal])
	a.signals <- signal
	return nil
}

func (a *actor) Exec(ctx context.Context, command []string) (int, string, error) {
	if len(a.does.health) == 0 {
		return 0, "", errors.New("no health check was expected: " + strings.Join(command, " "))
	}
	a.stage.note("%s is checked", a.name)
	answers := a.does.health[min(a.checks, len(a.does.health)-1)]
	a.checks++
	select {
	case <-time.After(answers.takes):
		return answers.code, "the server says:\nno", nil
	case <-ctx.Done():
		return 0, "", ctx.Err()
	}
}

// play runs containers until the task ends, or tells it to stop after some time if that is not 0.
func play(t *testing.T, stop time.Duration, scripts map[string]script,
	containers ...types.ContainerDefinition) (lines []string, result Result) {
	t.Helper()
	task := &Task{Containers: containers, Images: map[string]Image{"": {Command: []string{"program"}}}}
	require.NoError(t, task.Check())
	synctest.Test(t, func(t *testing.T) {
		s := &stage{scripts: scripts, start: time.Now()}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if stop > 0 {
			time.AfterFunc(stop, cancel)
		}
		result = Run(ctx, task, s, s.event)
		lines = s.lines
	})
	return lines, result
}

// assertLines compares lines. What happens at the same time has no order.
func assertLines(t *testing.T, want, got []string) {
	t.Helper()
	sort := func(lines []string) []string {
		return slices.SortedStableFunc(slices.Values(lines), func(a, b string) int {
			atA, _, _ := strings.Cut(a, " ")
			atB, _, _ := strings.Cut(b, " ")
			timeA, _ := time.ParseDuration(atA)
			timeB, _ := time.ParseDuration(atB)
			return cmp.Or(cmp.Compare(timeA, timeB), cmp.Compare(a, b))
		})
	}
	assert.Equal(t, sort(want), sort(got))
}

// Short forms for container definitions.
func app(changes ...change) types.ContainerDefinition { return named("app", changes...) }

type change = func(*types.ContainerDefinition)

func named(name string, changes ...change) types.ContainerDefinition {
	c := types.ContainerDefinition{Name: &name}
	for _, f := range changes {
		f(&c)
	}
	return c
}

func side(name string, changes ...change) types.ContainerDefinition {
	return named(name, append(changes, func(c *types.ContainerDefinition) { c.Essential = aws.Bool(false) })...)
}

func after(name string, condition types.ContainerCondition) change {
	return func(c *types.ContainerDefinition) {
		c.DependsOn = append(c.DependsOn, types.ContainerDependency{ContainerName: &name, Condition: condition})
	}
}

// checked adds a health check. Times are in seconds; 0 takes the default.
func checked(interval, timeout, retries, startPeriod int32) change {
	return func(c *types.ContainerDefinition) {
		c.HealthCheck = &types.HealthCheck{
			Command: []string{"CMD", "check"}, Interval: &interval, Timeout: &timeout, Retries: &retries,
			StartPeriod: &startPeriod,
		}
	}
}
