package commandline

import (
	"errors"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// rejected is an error of a program that has not begun to create resources.
type rejected struct{ error }

func (r rejected) Unwrap() error { return r.error }

// Rejected marks an error that a program returns before it registers the resources that it creates.
func Rejected(err error) error { return rejected{err} }

// Reporting returns a program that prints an error marked by Rejected and exits. pulumi.Run would put "an unhandled
// error occurred: program failed: 1 error occurred" before it. It returns other errors to pulumi.Run, which first waits
// for the resources that are being created.
func Reporting(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		err := program(ctx)
		if message, ok := rejection(err); ok && ctx.Log.Error(message, nil) == nil {
			os.Exit(constant.ExitStatusLoggedError)
		}
		return err
	}
}

// rejection returns the message of an error that Rejected has marked.
func rejection(err error) (message string, ok bool) {
	if !errors.As(err, &rejected{}) {
		return "", false
	}
	return err.Error(), true
}
