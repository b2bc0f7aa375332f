package logs

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func event(id int, container string, after time.Duration, text string) ecstest.Object {
	return ecstest.Object{
		"eventId": fmt.Sprint(id), "timestamp": start.Add(after).UnixMilli(), "message": text,
		"logStreamName": StreamName(container, "0b7e0b7e0b7e"),
	}
}

// events answers FilterLogEvents with two events on a page. Each request finds one more of the later events.
type events struct {
	known, later []ecstest.Object
	done         func() // called when all later events were found
}

func (e *events) answer(in ecstest.Object) (any, error) {
	selected := []ecstest.Object{}
	prefix, _ := in["logStreamNamePrefix"].(string)
	for _, event := range e.known {
		recent := float64(event["timestamp"].(int64)) >= in["startTime"].(float64)
		if recent && strings.HasPrefix(event["logStreamName"].(string), prefix) {
			selected = append(selected, event)
		}
	}
	from := 0
	if token, ok := in["nextToken"].(string); ok {
		_, _ = fmt.Sscan(token, &from)
	}
	out := ecstest.Object{"events": selected[from:min(len(selected), from+2)]}
	switch {
	case from+2 < len(selected):
		out["nextToken"] = fmt.Sprint(from + 2)
	case len(e.later) > 0:
		e.known, e.later = append(e.known, e.later[0]), e.later[1:]
	case e.done != nil:
		e.done()
	}
	return out, nil
}

func newReader(t *testing.T, stream string, e *events) *Reader {
	t.Helper()
	c := ecstest.Play(t, "running")
	c.Answers["FilterLogEvents"] = e.answer
	return &Reader{Client: cloudwatchlogs.NewFromConfig(c.Config()), Group: "/ecs/threa", Stream: stream, Since: start}
}

func TestReader_WritesOldestFirst(t *testing.T) {
	known := []ecstest.Object{
		event(1, "threa", -time.Hour, "too old"), event(2, "threa", 0, "one"), event(3, "migrate", 0, "migrated"),
		event(4, "threa", time.Second, "two\x1b[2J"), event(5, "threa", time.Minute, "three"),
	}
	var out bytes.Buffer
	written, err := newReader(t, StreamName("threa", ""), &events{known: known}).WriteNew(t.Context(), &out)
	require.NoError(t, err)
	assert.True(t, written)
	assert.Equal(t, "2026-11-23 12:00:00 0b7e0b7e one\n2026-11-23 12:00:01 0b7e0b7e two[2J\n"+
		"2026-11-23 12:01:00 0b7e0b7e three\n", out.String())

	out.Reset()
	_, err = newReader(t, "", &events{known: known}).WriteNew(t.Context(), &out)
	require.NoError(t, err)
	assert.Contains(t, out.String(), "12:00:00 0b7e0b7e migrate migrated\n", "with the container's name")
}

func TestReader_FollowWritesLateLinesOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reader := newReader(t, StreamName("threa", ""), &events{
		known: []ecstest.Object{event(1, "threa", 0, "one")},
		later: []ecstest.Object{
			event(2, "threa", time.Minute, "two"), event(3, "threa", 50*time.Second, "late"),
			event(4, "threa", time.Hour, "three"), event(5, "threa", time.Hour, "four"),
		},
		done: cancel,
	})
	var out bytes.Buffer
	require.NoError(t, reader.Follow(ctx, time.Millisecond, &out))
	for _, line := range []string{"one", "two", "late", "three"} {
		assert.Equal(t, 1, strings.Count(out.String(), " "+line+"\n"), line)
	}
}
