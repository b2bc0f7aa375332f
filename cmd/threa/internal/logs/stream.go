// Package logs reads what the app's containers write to CloudWatch Logs.
package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Stream is the log stream of one container of one task.
type Stream struct {
	Client *cloudwatchlogs.Client
	Group  string
	Name   string

	nextToken *string // where Next continues
}

// StreamName returns the name that the awslogs driver gives a container's stream. The prefix is set by the program. See
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func StreamName(container, taskID string) string { return "ecs/" + container + "/" + taskID }

// LastLines returns at most limit lines from the end of the stream.
func (s *Stream) LastLines(ctx context.Context, limit int) ([]string, error) {
	page, err := s.Client.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &s.Group, LogStreamName: &s.Name, Limit: aws.Int32(int32(limit)), StartFromHead: aws.Bool(false),
	})
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read log stream %s: %w", s.Name, err)
	}
	var lines []string
	for _, event := range page.Events {
		lines = append(lines, Printable(aws.ToString(event.Message)))
	}
	return lines, nil
}

// Next writes the lines that were added since the last call, and reports whether there were any.
func (s *Stream) Next(ctx context.Context, out io.Writer) (bool, error) {
	written := false
	for {
		page, err := s.Client.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: &s.Group, LogStreamName: &s.Name, StartFromHead: aws.Bool(true), NextToken: s.nextToken,
		})
		if isMissing(err) {
			return written, nil
		}
		if err != nil {
			return written, fmt.Errorf("read log stream %s: %w", s.Name, err)
		}
		for _, event := range page.Events {
			written = true
			if _, err := fmt.Fprintln(out, Printable(aws.ToString(event.Message))); err != nil {
				return written, fmt.Errorf("write log line: %w", err)
			}
		}
		// The last page returns the token that it was asked with.
		if page.NextForwardToken == nil || aws.ToString(page.NextForwardToken) == aws.ToString(s.nextToken) {
			return written, nil
		}
		s.nextToken = page.NextForwardToken
	}
}

// isMissing reports whether the stream does not exist yet. A container creates it with its first line.
func isMissing(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
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
