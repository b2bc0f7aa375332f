package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func printer(name string, colored bool) (*Printer, *bytes.Buffer, *bytes.Buffer) {
	var out, events bytes.Buffer
	task := &Task{Name: name, Containers: []Container{app(), side("migrations")}}
	return NewPrinter(task, &out, &events, colored), &out, &events
}

func say(t *testing.T, p *Printer, container, text string) {
	t.Helper()
	w := p.Lines(container)
	for _, part := range []string{text[:len(text)/2], text[len(text)/2:]} {
		_, err := w.Write([]byte(part))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
}

func TestEveryLineBearsItsContainersName(t *testing.T) {
	p, out, _ := printer("", false)
	p.Report(Event{LastStatus: Pending, HealthStatus: HealthUnknown})
	p.Report(Event{Container: "app", LastStatus: Running, HealthStatus: HealthUnknown})
	say(t, p, "app", "listening on 3000\n\nno end")
	p.Report(Event{Container: "app", LastStatus: Running, HealthStatus: IsHealthy})
	p.Report(Event{LastStatus: Running, HealthStatus: IsHealthy})
	say(t, p, "migrations", "done\r\n")
	three := 3
	p.Report(Event{Container: "migrations", LastStatus: Stopped, HealthStatus: HealthUnknown, ExitCode: &three})
	p.Report(Event{Container: "app", LastStatus: Stopped, HealthStatus: HealthUnknown, Reason: "the task stopped before it could start"})
	p.Conclude(Verdict{Reason: "the task was told to stop"})
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

func TestSeveralTasksAreToldApart(t *testing.T) {
	p, out, _ := printer("task-2", false)
	say(t, p, "app", "hello\n")
	p.Conclude(Verdict{Failed: true, Container: "app", Reason: "app (essential) ended with exit code 1"})
	assert.Equal(t, "task-2/app        | hello\ntask-2 failed: app (essential) ended with exit code 1.\n", out.String())
}

func TestNoByteBreaksALine(t *testing.T) {
	for given, want := range map[string]string{
		"\x1b[2J\x1b[31mred":       `\u001b[2J\u001b[31mred`,
		"a\rb":                     `a\u000db`,
		"\xff\xfe":                 `\xff\xfe`,
		"tab\tand \u00e4\u4e16 ok": "tab\tand \u00e4\u4e16 ok",
		"right\u202eto left":       `right\u202eto left`,
		"\x00":                     `\u0000`,
	} {
		p, out, _ := printer("", false)
		say(t, p, "app", given)
		assert.Equal(t, "app        | "+want+"\n", out.String())
	}
}

func FuzzWhatAContainerSaysStaysInItsLines(f *testing.F) {
	f.Add([]byte("a\nb"))
	f.Add([]byte("\x1b[2J\x00\xff\r\n"))
	f.Add(bytes.Repeat([]byte("x"), 2*maxLine+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, out, _ := printer("", false)
		say(t, p, "app", string(data))
		for line := range strings.Lines(out.String()) {
			text, ok := strings.CutPrefix(line, "app        | ")
			require.True(t, ok, "%q", line)
			require.NotRegexp(t, `[\x00-\x08\x0b-\x1f\x7f]`, strings.TrimSuffix(text, "\n"))
		}
	})
}

func TestALineOfAnyLengthIsShown(t *testing.T) {
	p, out, _ := printer("", false)
	say(t, p, "app", strings.Repeat("x", 3*maxLine+5)+"\nshort\n")
	assert.Equal(t, 3*maxLine+5, strings.Count(out.String(), "x"))
	assert.Equal(t, 5, strings.Count(out.String(), "\n"))
	assert.True(t, strings.HasSuffix(out.String(), "| short\n"))
}

func TestAFailedContainersLastLinesAreShownAgainWhenOthersCameSince(t *testing.T) {
	p, out, _ := printer("", false)
	say(t, p, "migrations", "first\n"+strings.Repeat("more\n", kept-1)+"cannot create the extension\n")
	say(t, p, "app", strings.Repeat("noise\n", scrolled+1))
	out.Reset()
	p.Conclude(Verdict{Failed: true, Container: "migrations", Reason: "migrations (essential) ended with exit code 1"})
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, got, kept+2)
	assert.Equal(t, "The last lines of migrations were:", got[0])
	assert.Equal(t, "migrations | more", got[1])
	assert.Equal(t, "migrations | cannot create the extension", got[kept])
	assert.Equal(t, "The task failed: migrations (essential) ended with exit code 1.", got[kept+1])
}

func TestLinesThatAreStillInSightAreNotRepeated(t *testing.T) {
	p, out, _ := printer("", false)
	say(t, p, "app", "error\n")
	p.Conclude(Verdict{Failed: true, Container: "app", Reason: "app (essential) ended with exit code 1"})
	assert.Equal(t, 1, strings.Count(out.String(), "error"))
}

func TestEventsAreLinesOfJSON(t *testing.T) {
	p, _, events := printer("", false)
	zero := 0
	want := []Event{
		{LastStatus: Pending, HealthStatus: HealthUnknown, PID: 7},
		{Container: "app", LastStatus: Stopped, HealthStatus: IsHealthy, ExitCode: &zero, Reason: "two\nlines"},
		{LastStatus: Stopped, HealthStatus: IsHealthy, Failed: true},
	}
	for _, e := range want {
		p.Report(e)
	}
	var got []Event
	for line := range strings.Lines(events.String()) {
		var e Event
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		got = append(got, e)
	}
	assert.Equal(t, want, got)
	assert.Contains(t, events.String(), `{"container":"app","lastStatus":"STOPPED","healthStatus":"HEALTHY","exitCode":0,"reason":"two\nlines"}`)
}

func TestColoursAreForTerminals(t *testing.T) {
	for _, colored := range []bool{true, false} {
		p, out, _ := printer("", colored)
		say(t, p, "app", "hello\n")
		p.Conclude(Verdict{Failed: true, Reason: "x"})
		assert.Equal(t, colored, strings.Contains(out.String(), "\x1b["), fmt.Sprint(colored))
	}
}
