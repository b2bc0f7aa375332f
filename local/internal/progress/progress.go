// Package progress shows the status of long steps. On a terminal, that is one line that rewrites itself, elsewhere a
// line a minute. Libraries of progress bars print nothing, or every change, if the output is not a terminal.
package progress

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	// delay is the time until a step is shown. Most steps end earlier.
	delay = 2 * time.Second
	// interval is the time between two lines of an output that is not a terminal.
	interval = time.Minute
)

// Printer shows steps on one output. Steps may run at the same time.
type Printer struct {
	out   io.Writer
	width func() int // of the terminal; 0 if the output is not one

	mu    sync.Mutex
	steps []*step
}

// step is a step that runs.
type step struct {
	title  string
	start  time.Time
	status string
	shown  bool
}

// New makes a printer for a file, which may be a terminal.
func New(out *os.File) *Printer {
	return &Printer{out: out, width: func() int {
		width, _, err := term.GetSize(int(out.Fd()))
		if err != nil {
			return 0
		}
		return width
	}}
}

// Note prints one line.
func (p *Printer) Note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print(fmt.Sprintf(format, args...))
}

// print prints one line in the place of the one that rewrites itself.
func (p *Printer) print(line string) {
	if p.width() > 0 {
		line = "\r\033[K" + line
	}
	_, _ = fmt.Fprintln(p.out, line)
}

// Step runs f. If f takes long, it shows the title and the status that f reports, such as "3 of 12 MB".
func (p *Printer) Step(title string, f func(report func(status string)) error) error {
	s := &step{title: title, start: time.Now()}
	p.mu.Lock()
	p.steps = append(p.steps, s)
	p.mu.Unlock()
	stop := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() { p.follow(s, stop) })

	err := f(func(status string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		s.status = status
	})
	close(stop)
	ticking.Wait()
	p.end(s, err)
	return err
}

// follow shows a step until stop is closed.
func (p *Printer) follow(s *step, stop <-chan struct{}) {
	wait := time.NewTimer(delay)
	defer wait.Stop()
	for {
		select {
		case <-stop:
			return
		case <-wait.C:
			p.show(s)
		}
		if p.width() > 0 {
			wait.Reset(time.Second)
		} else {
			wait.Reset(interval)
		}
	}
}

func (p *Printer) show(s *step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.shown = true
	width := p.width()
	if width == 0 {
		p.print(s.String() + " …")
		return
	}
	var parts []string
	for _, s := range p.steps {
		if s.shown {
			parts = append(parts, s.String())
		}
	}
	line := []rune(strings.Join(parts, " · "))
	_, _ = fmt.Fprint(p.out, "\r\033[K", string(line[:min(len(line), width-1)]))
}

func (s *step) String() string {
	text := s.title
	if s.status != "" {
		text += ", " + s.status
	}
	if s.shown && time.Since(s.start) > 2*delay {
		text += fmt.Sprintf(", %ds", int(time.Since(s.start).Seconds()))
	}
	return text
}

func (p *Printer) end(s *step, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps = slices.DeleteFunc(p.steps, func(other *step) bool { return other == s })
	if !s.shown {
		return
	}
	result := "done"
	if err != nil {
		result = "failed"
	}
	p.print(fmt.Sprintf("%s: %s after %ds", s.title, result, int(time.Since(s.start).Seconds())))
}
