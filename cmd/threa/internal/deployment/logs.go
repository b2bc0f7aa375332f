package deployment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// stream is where the awslogs driver writes what a container says. The prefix is the program's. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func stream(container, task string) string { return "ecs/" + container + "/" + last(task) }

// lastLines are the end of what a container said; none when it said nothing.
func (a *App) lastLines(ctx context.Context, group, stream string, limit int) ([]string, error) {
	answer, err := a.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, Limit: aws.Int32(int32(limit)), StartFromHead: aws.Bool(false),
	})
	if absentStream(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the log stream %s: %w", stream, err)
	}
	var lines []string
	for _, event := range answer.Events {
		lines = append(lines, Printable(aws.ToString(event.Message)))
	}
	return lines, nil
}

// absentStream tells whether a container has not said anything: its stream begins with its first line.
func absentStream(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

// Printable takes out of a line what would move the cursor or change colours.
func Printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, line)
}

// Reading says which lines are read.
type Reading struct {
	Container string // "" for all
	Since     time.Time
	Follow    bool
	Pause     time.Duration // between two looks at what is new
}

// lag is how late CloudWatch may show a line behind a later one.
const lag = 15 * time.Second

// Read writes the app's lines as they come, the oldest first, until there are no more, or until ctx ends when it follows.
func (a *App) Read(ctx context.Context, group string, r Reading, out io.Writer) error {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, StartTime: aws.Int64(r.Since.UnixMilli())}
	if r.Container != "" {
		in.LogStreamNamePrefix = aws.String(stream(r.Container, ""))
	}
	seen := map[string]int64{}
	for {
		newest, err := a.readOnce(ctx, in, r.Container == "", seen, out)
		if err != nil || !r.Follow {
			return err
		}
		if from := newest - lag.Milliseconds(); from > *in.StartTime {
			in.StartTime = &from
		}
		for id, at := range seen {
			if at < *in.StartTime {
				delete(seen, id)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(r.Pause):
		}
	}
}

// readOnce writes the lines that have not been seen, and returns the time of the newest in milliseconds.
func (a *App) readOnce(ctx context.Context, in *cloudwatchlogs.FilterLogEventsInput, named bool, seen map[string]int64, out io.Writer) (int64, error) {
	newest := int64(0)
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(a.Logs, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil && ctx.Err() != nil {
			return newest, nil //nolint:nilerr // somebody has seen enough
		}
		if err != nil {
			return newest, fmt.Errorf("read the log group %s: %w", *in.LogGroupName, err)
		}
		for _, event := range page.Events {
			at := aws.ToInt64(event.Timestamp)
			newest = max(newest, at)
			_, known := seen[aws.ToString(event.EventId)]
			// The local AWS takes no notice of the prefix.
			if known || !strings.HasPrefix(aws.ToString(event.LogStreamName), aws.ToString(in.LogStreamNamePrefix)) {
				continue
			}
			seen[aws.ToString(event.EventId)] = at
			if _, err := io.WriteString(out, logLine(event, named)); err != nil {
				return newest, fmt.Errorf("write a line: %w", err)
			}
		}
	}
	return newest, nil
}

// logLine is a line of the log with its time, the beginning of its task's id and, where several containers are read,
// which one said it.
func logLine(event types.FilteredLogEvent, named bool) string {
	const short = 8
	parts := strings.Split(aws.ToString(event.LogStreamName), "/") // ecs/CONTAINER/TASK
	who := parts[len(parts)-1]
	who = who[:min(short, len(who))]
	if named && len(parts) > 1 {
		who += " " + parts[len(parts)-2]
	}
	at := time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC().Format(time.DateTime)
	return fmt.Sprintf("%s %s %s\n", at, who, Printable(aws.ToString(event.Message)))
}
