package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/pulumicli"
)

// recover repairs the stack after a run that was killed while it changed something, as "threa recover" does on AWS. It
// needs the clone's lock.
func (l *launcher) recover(ctx context.Context, running *emulator.Running) error {
	l.print.Note("The last run was killed while it changed something. Recovering:")
	l.use(running)
	stack, err := recovery.OpenStack(ctx, l.command.Stack, auto.Pulumi(cli{l}))
	if err != nil {
		return fmt.Errorf("recover stack %s: %w", l.command.Stack, err)
	}
	r := &recovery.Recovery{
		Stack: stack, ConfigFile: l.work.Effective(l.command.Stack),
		API: recovery.NewAPI(aws.Config{
			Region: l.env.Region, BaseEndpoint: &running.URL,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
			}),
		}),
		Print:   l.print.Note,
		Approve: func(string) bool { return true }, // this local AWS is only used by this clone
	}
	if err := r.Run(ctx); err != nil {
		return fmt.Errorf("recover stack %s: %w\n(To start with an empty AWS, run: go run ./local stop)", l.command.Stack,
			err)
	}
	return nil
}

// cli is the pulumi command for the Automation API. Unlike the API's own, it sees nothing of the user's environment
// that could lead to a real account or to another backend.
type cli struct{ *launcher }

// Version is at least as new as every command that recovery runs.
func (cli) Version() semver.Version { return semver.Version{Major: 3, Minor: 208} }

// Run runs pulumi and returns its standard output, its standard error and its exit code.
func (c cli) Run(
	ctx context.Context, dir string, stdin io.Reader, _, _ []io.Writer, environ []string, args ...string,
) (string, string, int, error) {
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, c.cli, append(args, "--non-interactive")...)
	cmd.Dir, cmd.Env = dir, append(pulumicli.Environ(os.Environ(), c.env), environ...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &errOut
	err := cmd.Run()
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode(), err
}
