package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

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
	if e.HealthStatus != HealthUnknown && e.LastStatus == Running {
		text += " " + string(e.HealthStatus)
	}
	if e.ExitCode != nil {
		text += fmt.Sprintf(" %d", *e.ExitCode)
	}
	s.note("%s", text)
}

func (s *stage) Start(ctx context.Context, c *Container) (Process, error) {
	does := s.scripts[c.Name]
	select {
	case <-time.After(does.prepares):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if does.cannot != nil {
		return nil, does.cannot
	}
	a := &actor{stage: s, name: c.Name, does: does, signals: make(chan syscall.Signal, 9), ended: make(chan int, 1)}
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
	a.stage.note("%s gets %s", a.name, map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM", syscall.SIGKILL: "SIGKILL"}[signal])
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
func play(t *testing.T, stop time.Duration, scripts map[string]script, containers ...Container) (lines []string, result Result) {
	t.Helper()
	return playTask(t, stop, scripts, &Task{Containers: containers})
}

func playTask(t *testing.T, stop time.Duration, scripts map[string]script, task *Task) (lines []string, result Result) {
	t.Helper()
	task.Images = map[string]Image{"": {Command: []string{"program"}}}
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

// Short forms for container definitions.
func app(change ...func(*Container)) Container { return named("app", change...) }

func named(name string, change ...func(*Container)) Container {
	c := Container{Name: name}
	for _, f := range change {
		f(&c)
	}
	return c
}

func side(name string, change ...func(*Container)) Container {
	no := false
	return named(name, append(change, func(c *Container) { c.Essential = &no })...)
}

func after(name string, condition Condition) func(*Container) {
	return func(c *Container) { c.DependsOn = append(c.DependsOn, Dependency{name, condition}) }
}

func checked(h HealthCheck) func(*Container) {
	h.Command = []string{"CMD", "check"}
	return func(c *Container) { c.HealthCheck = &h }
}
