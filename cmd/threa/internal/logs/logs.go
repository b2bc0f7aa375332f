// Package logs reads what the app's containers write to CloudWatch Logs.
package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"threa-infra/cmd/threa/internal/poll"
	"threa-infra/internal/naming"
)

// StreamName returns the name that the awslogs driver gives a container's stream. The prefix is set by the program. See
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func StreamName(container, taskID string) string {
	return naming.LogStreamPrefix + "/" + container + "/" + taskID
}

// LastLines returns at most limit lines from the end of a stream.
func LastLines(
	ctx context.Context, client *cloudwatchlogs.Client, group, stream string, limit int32,
) ([]string, error) {
	page, err := client.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, Limit: &limit, StartFromHead: aws.Bool(false),
	})
	var missing *types.ResourceNotFoundException // a container creates the stream with its first line
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read log stream %s: %w", stream, err)
	}
	var lines []string
	for _, event := range page.Events {
		lines = append(lines, Printable(aws.ToString(event.Message)))
	}
	return lines, nil
}

// Reader writes lines of a log group, oldest first and each one once.
type Reader struct {
	Client *cloudwatchlogs.Client
	Group  string
	Stream string // beginning of the names of the log streams; empty selects every container
	Since  time.Time
	Plain  bool // whether a line is the message alone, without its time and source

	seen map[string]int64 // time in milliseconds by event ID
}

// Follow writes the lines, and new ones after every interval, until ctx ends.
func (r *Reader) Follow(ctx context.Context, interval time.Duration, out io.Writer) error {
	err := poll.Until(ctx, interval, func() (bool, error) {
		_, err := r.WriteNew(ctx, out)
		return false, err
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // Ctrl-C ends following
	}
	return err
}

// lag is the longest time by which CloudWatch shows a line after a later one.
const lag = 15 * time.Second

// WriteNew writes the lines that were not written before, and reports whether there were any.
func (r *Reader) WriteNew(ctx context.Context, out io.Writer) (written bool, err error) {
	start, newest := r.Since.UnixMilli(), int64(0)
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &r.Group, StartTime: &start}
	if r.Stream != "" {
		in.LogStreamNamePrefix = &r.Stream
	}
	if r.seen == nil {
		r.seen = map[string]int64{}
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(r.Client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var missing *types.ResourceNotFoundException
		if r.Plain && errors.As(err, &missing) {
			return written, nil // the reason why the task stopped says that the log group is missing
		}
		if err != nil {
			return written, fmt.Errorf("read log group %s: %w", r.Group, err)
		}
		for _, event := range page.Events {
			id, timestamp := aws.ToString(event.EventId), aws.ToInt64(event.Timestamp)
			newest = max(newest, timestamp)
			// The local AWS ignores the prefix.
			if _, seen := r.seen[id]; seen || !strings.HasPrefix(aws.ToString(event.LogStreamName), r.Stream) {
				continue
			}
			r.seen[id], written = timestamp, true
			if _, err := io.WriteString(out, r.format(event)); err != nil {
				return written, fmt.Errorf("write log line: %w", err)
			}
		}
	}
	start = max(start, newest-lag.Milliseconds())
	r.Since = time.UnixMilli(start)
	maps.DeleteFunc(r.seen, func(_ string, timestamp int64) bool { return timestamp < start })
	return written, nil
}

// format returns a line with its time, the beginning of its task's ID and, if several containers are selected, the
// name of its container.
func (r *Reader) format(event types.FilteredLogEvent) string {
	message := Printable(aws.ToString(event.Message)) + "\n"
	if r.Plain {
		return message
	}
	const shortID = 8
	parts := strings.Split(aws.ToString(event.LogStreamName), "/") // ecs/CONTAINER/TASK
	source := parts[len(parts)-1]
	source = source[:min(shortID, len(source))]
	if r.Stream == "" && len(parts) > 1 {
		source += " " + parts[len(parts)-2]
	}
	return time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC().Format(time.DateTime) + " " + source + " " + message
}

// Printable removes the control characters from a line that would move the cursor or change colors.
func Printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, line)
}
