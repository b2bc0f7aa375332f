// Package program connects the program to Pulumi's engine. It reads the configuration that the engine passes. It
// reports warnings and errors in the program's own words, with the user's stack in commands and project in keys.
package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/commandline"
)

// rejected is an error of a program that has not begun to create resources.
type rejected struct{ error }

func (r rejected) Unwrap() error { return r.error }

// Rejected marks an error that a program returns before it registers the resources that it creates. Run then exits
// immediately, so that the stack keeps its outputs.
func Rejected(err error) error { return rejected{err} }

// Run is pulumi.Run with the messages of RunErr. pulumi.Run would put "an unhandled error occurred: program failed: 1
// error occurred" before them.
func Run(program pulumi.RunFunc) {
	var info pulumi.RunInfo
	err := RunErr(func(ctx *pulumi.Context) error {
		err := program(ctx)
		if errors.As(err, &rejected{}) {
			exit(ctx, commandline.Error(err, ctx.Project(), ctx.Stack()))
		}
		return err
	}, func(set *pulumi.RunInfo) { info = *set })
	if err == nil {
		return
	}
	ctx, _ := pulumi.NewContext(context.Background(), info) // RunErr has closed the program's
	exit(ctx, err)
}

// exit reports an error to Pulumi and ends the program. ctx is nil if Pulumi is gone.
func exit(ctx *pulumi.Context, err error) {
	if ctx == nil || ctx.Log.Error(err.Error(), nil) != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(constant.ExitStatusLoggedError)
}

// RunErr is pulumi.RunErr with errors for the user. They begin with the program's own words, even if an output returned
// them. Their commands have the flag --stack, and their keys the namespace of the project.
func RunErr(program pulumi.RunFunc, options ...pulumi.RunOption) error {
	var info pulumi.RunInfo
	options = append(options, withKeys, func(set *pulumi.RunInfo) { info = *set })
	return commandline.Error(unwrap(pulumi.RunErr(program, options...)), info.Project, info.Stack)
}

// wrapping matches what the SDK puts before an error that an output returned.
var wrapping = regexp.MustCompile(`^(waiting for RPCs|marshaling properties|awaiting input property "[^"]*"): `)

// unwrap returns the program's errors without what the SDK puts around them.
func unwrap(err error) error {
	if several, ok := err.(interface{ WrappedErrors() []error }); ok { //nolint:errorlint // the SDK's list, at the top
		return errors.Join(several.WrappedErrors()...)
	}
	for err != nil && wrapping.MatchString(err.Error()) && errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err //nolint:wrapcheck // without what wrapped it
}

// Warn writes warnings to the log, adapted to the program's stack and project.
func Warn(ctx *pulumi.Context, texts ...string) error { return write(ctx, ctx.Log.Warn, nil, texts) }

// WarnAbout is Warn for a warning about a resource.
func WarnAbout(ctx *pulumi.Context, resource pulumi.Resource, text string) error {
	return write(ctx, ctx.Log.Warn, &pulumi.LogArgs{Resource: resource}, []string{text})
}

// Note writes information to the log, adapted to the program's stack and project.
func Note(ctx *pulumi.Context, texts ...string) error { return write(ctx, ctx.Log.Info, nil, texts) }

func write(
	ctx *pulumi.Context, log func(string, *pulumi.LogArgs) error, args *pulumi.LogArgs, texts []string,
) error {
	for _, text := range texts {
		if err := log(Adapt(ctx, text), args); err != nil {
			return fmt.Errorf("write to the log: %w", err)
		}
	}
	return nil
}

// Adapt adapts a message to the program's stack and project.
func Adapt(ctx *pulumi.Context, text string) string {
	return commandline.Adapt(text, ctx.Project(), ctx.Stack())
}
