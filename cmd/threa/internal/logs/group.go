package logs

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"threa-infra/cmd/threa/internal/poll"
)

// Group is the app's log group.
type Group struct {
	Client *cloudwatchlogs.Client
	Name   string
}

// Query selects lines of a log group.
type Query struct {
	Container string // empty selects every container
	Since     time.Time
	Follow    bool
	Interval  time.Duration // between two requests for new lines
}

// lag is the longest time by which CloudWatch shows a line after a later one.
const lag = 15 * time.Second

// Write writes the selected lines, oldest first. With Follow it continues with new lines until ctx ends.
func (g *Group) Write(ctx context.Context, q Query, out io.Writer) error {
	r := &reader{group: g, showContainer: q.Container == "", seen: map[string]int64{}, out: out}
	r.request = &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.Name, StartTime: aws.Int64(q.Since.UnixMilli())}
	if q.Container != "" {
		r.request.LogStreamNamePrefix = aws.String(StreamName(q.Container, ""))
	}
	err := poll.Until(ctx, q.Interval, func() (bool, error) {
		err := r.writeNew(ctx)
		return !q.Follow, err
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // Ctrl-C ends following
	}
	return err
}

// reader remembers which lines of a log group were written.
type reader struct {
	group         *Group
	request       *cloudwatchlogs.FilterLogEventsInput
	showContainer bool
	seen          map[string]int64 // time in milliseconds by event ID
	out           io.Writer
}

// writeNew writes the lines that were not written before, and moves the start of the next request forward.
func (r *reader) writeNew(ctx context.Context) error {
	newest := int64(0)
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(r.group.Client, r.request)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read log group %s: %w", r.group.Name, err)
		}
		for _, event := range page.Events {
			newest = max(newest, aws.ToInt64(event.Timestamp))
			if err := r.write(event); err != nil {
				return err
			}
		}
	}
	if start := newest - lag.Milliseconds(); start > *r.request.StartTime {
		r.request.StartTime = &start
	}
	for id, timestamp := range r.seen {
		if timestamp < *r.request.StartTime {
			delete(r.seen, id)
		}
	}
	return nil
}

func (r *reader) write(event types.FilteredLogEvent) error {
	id := aws.ToString(event.EventId)
	_, seen := r.seen[id]
	// The local AWS ignores the prefix.
	if seen || !strings.HasPrefix(aws.ToString(event.LogStreamName), aws.ToString(r.request.LogStreamNamePrefix)) {
		return nil
	}
	r.seen[id] = aws.ToInt64(event.Timestamp)
	if _, err := io.WriteString(r.out, r.format(event)); err != nil {
		return fmt.Errorf("write log line: %w", err)
	}
	return nil
}

// format returns a line with its time, the beginning of its task's ID and, if several containers are selected, the
// name of its container.
func (r *reader) format(event types.FilteredLogEvent) string {
	const shortID = 8
	parts := strings.Split(aws.ToString(event.LogStreamName), "/") // ecs/CONTAINER/TASK
	source := parts[len(parts)-1]
	source = source[:min(shortID, len(source))]
	if r.showContainer && len(parts) > 1 {
		source += " " + parts[len(parts)-2]
	}
	timestamp := time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC().Format(time.DateTime)
	return fmt.Sprintf("%s %s %s\n", timestamp, source, Printable(aws.ToString(event.Message)))
}
