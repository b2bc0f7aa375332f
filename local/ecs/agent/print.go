package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	// maxLine is where Docker splits a line, too, in bytes.
	maxLine = 16 << 10
	// kept is how many of a container's last lines are kept, and shown again when more than scrolled others came since.
	kept     = 10
	scrolled = 20
)

// Printer shows what containers say and what becomes of them, each line with the container's name before it.
type Printer struct {
	mutex  sync.Mutex
	out    io.Writer
	events io.Writer // JSON, one event per line; nil for none
	task   string    // the beginning of a sentence
	prefix string    // of containers
	width  int
	colors map[string]string
	shown  int // lines so far
	last   map[string]*tail
}

// tail is the end of what a container said.
type tail struct {
	lines []string
	shown int // Printer.shown after the last of them
}

// palette has no red, which says that something failed.
var palette = []string{"\x1b[36m", "\x1b[33m", "\x1b[35m", "\x1b[34m", "\x1b[32m"}

const (
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

// NewPrinter returns a printer for the task's containers. events may be nil.
func NewPrinter(task *Task, out, events io.Writer, colored bool) *Printer {
	p := &Printer{out: out, events: events, task: "The task", colors: map[string]string{}, last: map[string]*tail{}}
	if task.Name != "" {
		p.task, p.prefix = task.Name, task.Name+"/"
	}
	for i, c := range task.Containers {
		p.width = max(p.width, len(p.prefix+c.Name))
		p.last[c.Name] = &tail{}
		if colored {
			p.colors[c.Name] = palette[i%len(palette)]
		}
	}
	return p
}

// Report shows an event.
func (p *Printer) Report(e Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.events != nil {
		if line, err := json.Marshal(e); err == nil {
			_, _ = p.events.Write(append(line, '\n')) // nobody reads it any more: the task goes on
		}
	}
	text := string(e.LastStatus)
	switch {
	case e.LastStatus == Running && e.HealthStatus != HealthUnknown:
		text = string(e.HealthStatus)
	case e.LastStatus == Stopped && e.ExitCode != nil:
		text = fmt.Sprintf("%s (exit code %d)", e.LastStatus, *e.ExitCode)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	switch {
	case e.Container != "":
		p.line(p.name(e.Container, " ")+" "+printable(text), "")
	case e.LastStatus == Running: // of the others tell the containers and the verdict
		p.line(p.task+" is "+text+".", "")
	}
}

// Conclude shows the verdict as the last line, and before it what the container to blame said last, if that was long ago.
func (p *Printer) Conclude(v Verdict) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if t := p.last[v.Container]; v.Failed && t != nil && p.shown-t.shown > scrolled {
		p.line(fmt.Sprintf("The last lines of %s were:", v.Container), "")
		for _, line := range t.lines {
			p.line(p.name(v.Container, "|")+" "+line, "")
		}
	}
	if v.Failed {
		p.line(p.task+" failed: "+printable(v.Reason)+".", red)
		return
	}
	p.line(p.task+" ended: "+printable(v.Reason)+".", "")
}

// name is the beginning of a container's line.
func (p *Printer) name(container, mark string) string {
	text := fmt.Sprintf("%-*s %s", p.width, p.prefix+container, mark)
	if color := p.colors[container]; color != "" {
		return color + text + plain
	}
	return text
}

func (p *Printer) line(text, color string) {
	if color != "" && len(p.colors) > 0 {
		text = color + text + plain
	}
	p.shown++
	_, _ = io.WriteString(p.out, text+"\n") // nobody reads it any more: the task goes on
}

// Lines returns a writer for all that a container says. Close shows a last line without an end.
func (p *Printer) Lines(container string) io.WriteCloser {
	return &lines{printer: p, container: container}
}

type lines struct {
	printer   *Printer
	container string
	mutex     sync.Mutex
	rest      []byte // of a line whose end has not come
}

func (l *lines) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, b := range data {
		if b == '\n' {
			l.show()
			continue
		}
		if l.rest = append(l.rest, b); len(l.rest) >= maxLine {
			l.show()
		}
	}
	return len(data), nil
}

func (l *lines) Close() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.rest) > 0 {
		l.show()
	}
	return nil
}

func (l *lines) show() {
	text := printable(strings.TrimSuffix(string(l.rest), "\r"))
	l.rest = l.rest[:0]
	p := l.printer
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.line(p.name(l.container, "|")+" "+text, "")
	if t := p.last[l.container]; t != nil {
		t.lines, t.shown = append(t.lines, text), p.shown
		t.lines = t.lines[max(0, len(t.lines)-kept):]
	}
}

// printable writes out what would move the cursor, change colours or be no text.
func printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case r == '\t' || unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		text = text[size:]
	}
	return b.String()
}
