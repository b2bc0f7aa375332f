// Package commandline adds the stack to the commands in messages, because another stack may be selected in Pulumi, and
// the project's namespace to the keys.
package commandline

import (
	"regexp"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// ofStack matches the beginning of a command that works on a stack, up to where its flags can begin. Words such as
// "pulumi up" count as a command only in an indented line, in backticks, after a colon or after another command.
var ofStack = regexp.MustCompile("(?m)(?:(?:^ +|: +|`|&& |; )pulumi (?:up|preview|destroy|refresh|import|cancel|" +
	`config(?: (?:set|get|rm))?|stack (?:output|export|rm))|` +
	`go run \./cmd/threa (?:secrets (?:set|restart|rotate-cache-token)|[a-z-]+))\b`)

// otherProject matches the beginning of a line whose commands work on the stacks of another project. noStack matches
// commands of threa that take the stack as an argument.
var (
	otherProject = regexp.MustCompile(`\bcd [^\n]*$`)
	noStack      = regexp.MustCompile(`threa cost$`)
)

// WithStack adds the flag --stack to each command in a text that lacks it. If stack is empty, it returns the text
// unchanged: the commands then apply to the selected stack.
func WithStack(text, stack string) string {
	if stack == "" {
		return text
	}
	var out strings.Builder
	end := 0
	for _, at := range ofStack.FindAllStringIndex(text, -1) {
		out.WriteString(text[end:at[1]])
		end = at[1]
		named := strings.HasPrefix(text[end:], " --stack") || noStack.MatchString(text[:end])
		message := strings.HasPrefix(text[end:], ":") // an error, such as "pulumi up: exit status 1"
		if !named && !message && !otherProject.MatchString(text[:at[0]]) {
			out.WriteString(" --stack " + shellescape.Quote(stack))
		}
	}
	return out.String() + text[end:]
}

// key matches a key in the messages of the components, which do not know the name of the user's project.
var key = regexp.MustCompile(`\bthrea:([a-z][A-Za-z]{2,}\b)`)

// Adapt adapts a message to the user's project and stack: each command gets the flag --stack, and each key the
// project's namespace. It removes gRPC's words.
func Adapt(text, project, stack string) string {
	text = strings.ReplaceAll(text, "rpc error: code = Unknown desc = ", "")
	return WithStack(key.ReplaceAllString(text, project+":$1"), stack)
}

// stackError is an error whose text names the stack in its commands and the project in its keys.
type stackError struct {
	error
	project, stack string
}

func (e *stackError) Error() string { return Adapt(e.error.Error(), e.project, e.stack) }

func (e *stackError) Unwrap() error { return e.error }

// Error returns an error with its message adapted, or nil for nil.
func Error(err error, project, stack string) error {
	if err == nil {
		return nil
	}
	return &stackError{err, project, stack}
}
