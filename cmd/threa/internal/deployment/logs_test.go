package deployment

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

// start is when the log of the tests begins.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// said is a line of the log.
func said(id int, container string, after time.Duration, text string) ecstest.Object {
	return ecstest.Object{
		"eventId": fmt.Sprint(id), "timestamp": start.Add(after).UnixMilli(), "message": text,
		"logStreamName": stream(container, "task/threa/0b7e0b7e0b7e"),
	}
}

// logbook answers FilterLogEvents with the lines from the time that is asked for, two to a page; each question finds one
// more of those that come later.
type logbook struct {
	lines, later []ecstest.Object
	done         func() // when there are no more to come
}

func (l *logbook) answer(in ecstest.Object) (any, error) {
	found := []ecstest.Object{}
	prefix, _ := in["logStreamNamePrefix"].(string)
	for _, line := range l.lines {
		if float64(line["timestamp"].(int64)) >= in["startTime"].(float64) && strings.HasPrefix(line["logStreamName"].(string), prefix) {
			found = append(found, line)
		}
	}
	from := 0
	if token, ok := in["nextToken"].(string); ok {
		_, _ = fmt.Sscan(token, &from)
	}
	out := ecstest.Object{"events": found[from:min(len(found), from+2)]}
	if from+2 < len(found) {
		out["nextToken"] = fmt.Sprint(from + 2)
		return out, nil
	}
	if len(l.later) == 0 {
		l.done()
		return out, nil
	}
	l.lines, l.later = append(l.lines, l.later[0]), l.later[1:]
	return out, nil
}

func TestTheLogIsReadOldestFirstWithTimeAndTask(t *testing.T) {
	app, c := play(t, "running")
	book := &logbook{lines: []ecstest.Object{
		said(1, "threa", -time.Hour, "long ago"), said(2, "threa", 0, "one"), said(3, "migrate", 0, "migrated"),
		said(4, "threa", time.Second, "two\x1b[2J"), said(5, "threa", time.Minute, "three"),
	}, done: func() {}}
	c.Answers["FilterLogEvents"] = book.answer
	var out bytes.Buffer
	require.NoError(t, app.Read(t.Context(), "/ecs/threa", Reading{Container: "threa", Since: start}, &out))
	assert.Equal(t, "2026-11-23 12:00:00 0b7e0b7e one\n2026-11-23 12:00:01 0b7e0b7e two[2J\n2026-11-23 12:01:00 0b7e0b7e three\n", out.String())

	out.Reset()
	require.NoError(t, app.Read(t.Context(), "/ecs/threa", Reading{Since: start}, &out))
	assert.Contains(t, out.String(), "12:00:00 0b7e0b7e migrate migrated\n", "of several containers each line says which")
}

func TestFollowingShowsEachLineOnceThoughOldOnesComeLate(t *testing.T) {
	app, c := play(t, "running")
	ctx, cancel := context.WithCancel(t.Context())
	book := &logbook{
		lines: []ecstest.Object{said(1, "threa", 0, "one")},
		later: []ecstest.Object{
			said(2, "threa", time.Minute, "two"), said(3, "threa", 50*time.Second, "late"), said(4, "threa", time.Hour, "three"), said(5, "threa", time.Hour, "four"),
		},
		done: cancel,
	}
	c.Answers["FilterLogEvents"] = book.answer
	var out bytes.Buffer
	require.NoError(t, app.Read(ctx, "/ecs/threa", Reading{Container: "threa", Since: start, Follow: true, Pause: time.Millisecond}, &out))
	for _, line := range []string{"one", "two", "late", "three"} {
		assert.Equal(t, 1, strings.Count(out.String(), " "+line+"\n"), line)
	}
}
