// Package progress tells the user what a long step does and that it is still alive: a line that rewrites itself on
// a terminal, a line now and then elsewhere.
package progress

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

const (
	// patience is how long a step may take in silence: most are over by then.
	patience = 2 * time.Second
	// every is the time between two lines where nothing can be rewritten.
	every = 10 * time.Second
)

// Printer shows steps on one output.
type Printer struct {
	out      io.Writer
	terminal bool
}

// New makes a printer for a file, which may be a terminal.
func New(out *os.File) *Printer {
	return &Printer{out: out, terminal: term.IsTerminal(int(out.Fd()))}
}

// Note prints one line.
func (p *Printer) Note(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, format+"\n", args...)
}

// Step runs f. If f takes long, it prints the title and the usual duration.
func (p *Printer) Step(what, usually string, f func() error) error {
	done := make(chan error, 1)
	start := time.Now()
	go func() { done <- f() }()

	text := what
	if usually != "" {
		text += " (" + usually + ")"
	}
	tick := time.NewTicker(p.interval())
	defer tick.Stop()
	quiet := time.NewTimer(patience)
	defer quiet.Stop()
	shown := false
	for {
		select {
		case err := <-done:
			if shown {
				p.end(what, time.Since(start), err)
			}
			return err
		case <-quiet.C:
			shown = true
			p.line(text+" …", time.Since(start))
		case <-tick.C:
			if shown {
				p.line(what+" …", time.Since(start))
			}
		}
	}
}

func (p *Printer) interval() time.Duration {
	if p.terminal {
		return time.Second
	}
	return every
}

func (p *Printer) line(text string, elapsed time.Duration) {
	if p.terminal {
		_, _ = fmt.Fprintf(p.out, "\r\033[K%s %ds", text, int(elapsed.Seconds()))
		return
	}
	_, _ = fmt.Fprintf(p.out, "%s %ds\n", text, int(elapsed.Seconds()))
}

func (p *Printer) end(what string, elapsed time.Duration, err error) {
	word := "done"
	if err != nil {
		word = "failed"
	}
	if p.terminal {
		_, _ = fmt.Fprint(p.out, "\r\033[K")
	}
	_, _ = fmt.Fprintf(p.out, "%s: %s after %ds\n", what, word, int(elapsed.Seconds()))
}
