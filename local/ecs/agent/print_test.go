package agent

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newTestPrinter(name string) (p *Printer, out *bytes.Buffer) {
	out = &bytes.Buffer{}
	containers := []types.ContainerDefinition{app(), side("migrations")}
	return NewPrinter(&Task{Name: name, Containers: containers}, out), out
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
	p, out := newTestPrinter("")
	p.Report(Event{LastStatus: Pending, HealthStatus: types.HealthStatusUnknown})
	p.Report(Event{Container: "app", LastStatus: Running, HealthStatus: types.HealthStatusUnknown})
	write(t, p, "app", "listening on 3000\n\nno end")
	p.Report(Event{Container: "app", LastStatus: Running, HealthStatus: types.HealthStatusHealthy})
	p.Report(Event{LastStatus: Running, HealthStatus: types.HealthStatusHealthy})
	write(t, p, "migrations", "done\r\n")
	three := 3
	p.Report(Event{Container: "migrations", LastStatus: Stopped, HealthStatus: types.HealthStatusUnknown,
		ExitCode: &three})
	p.Report(Event{Container: "app", LastStatus: Stopped, HealthStatus: types.HealthStatusUnknown,
		Reason: "the task stopped before it could start"})
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
}

func TestPrinter_TaskNameIsPrefix(t *testing.T) {
	p, out := newTestPrinter("task-2")
	write(t, p, "app", "hello\n")
	p.PrintResult(Result{Failed: true, Reason: "app (essential) ended with exit code 1"})
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
		p, out := newTestPrinter("")
		write(t, p, "app", text)
		assert.Equal(t, "app        | "+want+"\n", out.String())
	}
}

func FuzzPrinter_OutputStaysInItsLines(f *testing.F) {
	f.Add([]byte("a\nb"))
	f.Add([]byte("\x1b[2J\x00\xff\r\n"))
	f.Add(bytes.Repeat([]byte("x"), 2*maxLine+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, out := newTestPrinter("")
		write(t, p, "app", string(data))
		for line := range strings.Lines(out.String()) {
			text, ok := strings.CutPrefix(line, "app        | ")
			require.True(t, ok, "%q", line)
			require.NotRegexp(t, `[\x00-\x08\x0b-\x1f\x7f]`, strings.TrimSuffix(text, "\n"))
		}
	})
}

func TestPrinter_SplitsLongLines(t *testing.T) {
	p, out := newTestPrinter("")
	write(t, p, "app", strings.Repeat("x", 3*maxLine+5)+"\nshort\n")
	assert.Equal(t, 3*maxLine+5, strings.Count(out.String(), "x"))
	assert.Equal(t, 5, strings.Count(out.String(), "\n"))
	assert.True(t, strings.HasSuffix(out.String(), "| short\n"))
}
