package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/aws"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/pulumicli"
)

// recover repairs the stack after a run that was killed while it changed something, as "threa recover" does on AWS. It
// needs the clone's lock.
func (l *launcher) recover(ctx context.Context, running *emulator.Running) error {
	l.print.Note("The last run was killed while it changed something. Recovering:")
	l.use(running)
	r := &recovery.Recovery{
		Pulumi: l.quietly,
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
		return fmt.Errorf("recover stack %s: %w\n(To start with an empty AWS, run: go run ./local stop)", l.command.Stack, err)
	}
	return nil
}

// quietly runs a pulumi command and returns its output instead of printing it.
func (l *launcher) quietly(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	parsed, err := pulumicli.Parse(args, l.command.Stack)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, l.cli, parsed.Args(l.work.Effective(l.command.Stack), l.work.Overrides(l.command.Stack))...)
	cmd.Env = pulumicli.Environ(os.Environ(), l.env)
	return recovery.Output(cmd, input)
}
