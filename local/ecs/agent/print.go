package agent

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// maxLine is the longest line in bytes. Docker splits lines at the same length.
const maxLine = 16 << 10

// Printer prints the output of containers and the events of a task. Each line begins with the container's name.
type Printer struct {
	mutex  sync.Mutex
	out    io.Writer
	task   string // the beginning of a sentence
	prefix string // of container names
	width  int
}

// NewPrinter returns a printer for the task's containers.
func NewPrinter(task *Task, out io.Writer) *Printer {
	p := &Printer{out: out, task: "The task"}
	if task.Name != "" {
		p.task, p.prefix = task.Name, task.Name+"/"
	}
	for _, c := range task.Containers {
		p.width = max(p.width, len(p.prefix+aws.ToString(c.Name)))
	}
	return p
}

// Report prints an event.
func (p *Printer) Report(e Event) {
	text := string(e.LastStatus)
	switch {
	case e.LastStatus == Running && e.HealthStatus != types.HealthStatusUnknown:
		text = string(e.HealthStatus)
	case e.LastStatus == Stopped && e.ExitCode != nil:
		text = fmt.Sprintf("%s (exit code %d)", e.LastStatus, *e.ExitCode)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	switch {
	case e.Container != "":
		p.print(e.Container, " ", text)
	case e.LastStatus == Running: // other changes show in the containers' events and in the result
		p.println(p.task + " is " + text + ".")
	}
}

// PrintResult prints how the task ended.
func (p *Printer) PrintResult(r Result) {
	verb := "ended"
	if r.Failed {
		verb = "failed"
	}
	p.println(p.task + " " + verb + ": " + printable(r.Reason) + ".")
}

// print prints a line of a container.
func (p *Printer) print(container, separator, text string) {
	p.println(fmt.Sprintf("%-*s %s %s", p.width, p.prefix+container, separator, printable(text)))
}

func (p *Printer) println(line string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_, _ = io.WriteString(p.out, line+"\n") // the task runs on if the reader has ended
}

// lines returns a writer for the output of a container.
func (p *Printer) lines(container string) *lineWriter {
	return &lineWriter{printer: p, container: container}
}

// lineWriter prints complete lines.
type lineWriter struct {
	printer   *Printer
	container string
	rest      []byte // the beginning of an incomplete line
}

// Write implements io.Writer.
func (w *lineWriter) Write(data []byte) (int, error) {
	for _, b := range data {
		if b != '\n' {
			w.rest = append(w.rest, b)
		}
		if b == '\n' || len(w.rest) >= maxLine {
			w.printRest()
		}
	}
	return len(data), nil
}

// Close prints the last line if it has no line break.
func (w *lineWriter) Close() {
	if len(w.rest) > 0 {
		w.printRest()
	}
}

func (w *lineWriter) printRest() {
	w.printer.print(w.container, "|", strings.TrimSuffix(string(w.rest), "\r"))
	w.rest = w.rest[:0]
}

// printable replaces everything that would move the cursor, change colors or is not text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
