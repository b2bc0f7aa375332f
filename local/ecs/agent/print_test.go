package agent

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newTestPrinter(name string) (p *Printer, out, events *bytes.Buffer) {
	out, events = &bytes.Buffer{}, &bytes.Buffer{}
	return NewPrinter(&Task{Name: name, Containers: []Container{app(), side("migrations")}}, out, events), out, events
}

func write(t *testing.T, p *Printer, container, text string) {
	t.Helper()
	w := p.lines(container)
	for _, part := range []string{text[:len(text)/2], text[len(text)/2:]} {
		_, err := w.Write([]byte(part))
		require.NoError(t, err)
	}
	w.Close()
}

func TestPrinter_LinesNameTheirContainer(t *testing.T) {
	p, out, events := newTestPrinter("")
	p.Report(Event{LastStatus: Pending, HealthStatus: HealthUnknown})
	p.Report(Event{Container: "app", LastStatus: Running, HealthStatus: HealthUnknown})
	write(t, p, "app", "listening on 3000\n\nno end")
	p.Report(Event{Container: "app", LastStatus: Running, HealthStatus: IsHealthy})
	p.Report(Event{LastStatus: Running, HealthStatus: IsHealthy})
	write(t, p, "migrations", "done\r\n")
	three := 3
	p.Report(Event{Container: "migrations", LastStatus: Stopped, HealthStatus: HealthUnknown, ExitCode: &three})
	p.Report(Event{Container: "app", LastStatus: Stopped, HealthStatus: HealthUnknown, Reason: "the task stopped before it could start"})
	p.PrintResult(Result{Reason: "the task was told to stop"})
	assert.Equal(t, strings.Join([]string{
		"app          RUNNING",
		"app        | listening on 3000",
		"app        | ",
		"app        | no end",
		"app          HEALTHY",
		"The task is HEALTHY.",
		"migrations | done",
		"migrations   STOPPED (exit code 3)",
		"app          STOPPED: the task stopped before it could start",
		"The task ended: the task was told to stop.",
		"",
	}, "\n"), out.String())

	lines := strings.Split(strings.TrimSpace(events.String()), "\n")
	require.Len(t, lines, 6, "one line of JSON for each event")
	assert.Equal(t, `{"container":"migrations","lastStatus":"STOPPED","healthStatus":"UNKNOWN","exitCode":3}`, lines[4])
	var last Event
	require.NoError(t, json.Unmarshal([]byte(lines[5]), &last))
	assert.Equal(t, "the task stopped before it could start", last.Reason)
}

func TestPrinter_TaskNameIsPrefix(t *testing.T) {
	p, out, _ := newTestPrinter("task-2")
	write(t, p, "app", "hello\n")
	p.PrintResult(Result{Failed: true, Container: "app", Reason: "app (essential) ended with exit code 1"})
	assert.Equal(t, "task-2/app        | hello\ntask-2 failed: app (essential) ended with exit code 1.\n", out.String())
}

func TestPrinter_ReplacesControlCharacters(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[2J\x1b[31mred":       "\ufffd[2J\ufffd[31mred",
		"a\rb":                     "a\ufffdb",
		"\xff\xfe":                 "\ufffd\ufffd",
		"tab\tand \u00e4\u4e16 ok": "tab\tand \u00e4\u4e16 ok",
		"right\u202eto left":       "right\ufffdto left",
		"\x00":                     "\ufffd",
	} {
		p, out, _ := newTestPrinter("")
		write(t, p, "app", text)
		assert.Equal(t, "app        | "+want+"\n", out.String())
	}
}

func FuzzPrinter_OutputStaysInItsLines(f *testing.F) {
	f.Add([]byte("a\nb"))
	f.Add([]byte("\x1b[2J\x00\xff\r\n"))
	f.Add(bytes.Repeat([]byte("x"), 2*maxLine+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, out, _ := newTestPrinter("")
		write(t, p, "app", string(data))
		for line := range strings.Lines(out.String()) {
			text, ok := strings.CutPrefix(line, "app        | ")
			require.True(t, ok, "%q", line)
			require.NotRegexp(t, `[\x00-\x08\x0b-\x1f\x7f]`, strings.TrimSuffix(text, "\n"))
		}
	})
}

func TestPrinter_SplitsLongLines(t *testing.T) {
	p, out, _ := newTestPrinter("")
	write(t, p, "app", strings.Repeat("x", 3*maxLine+5)+"\nshort\n")
	assert.Equal(t, 3*maxLine+5, strings.Count(out.String(), "x"))
	assert.Equal(t, 5, strings.Count(out.String(), "\n"))
	assert.True(t, strings.HasSuffix(out.String(), "| short\n"))
}
