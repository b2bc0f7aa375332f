package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/pulumicli"
	"threa-infra/local/stackfile"
	"threa-infra/local/workspace"
)

// launcher prepares and runs a pulumi command.
type launcher struct {
	work  *workspace.Workspace
	print *progress.Printer
	tools *toolchain.Toolchain
	// release stops handling signals, because from then on the engine handles them.
	release func()

	command *pulumicli.Command
	project *stackconfig.Project
	lock    *os.File // held while the command changes things
	cli     string
	env     pulumicli.Settings
}

// pulumi runs one pulumi command on the local AWS and returns its exit code.
func (l *launcher) pulumi(ctx context.Context, args []string) (int, error) {
	var err error
	if l.command, err = pulumicli.Parse(args, os.Getenv("PULUMI_STACK")); err != nil {
		return 1, err
	}
	return l.execute(ctx, args)
}

// execute runs the parsed command.
func (l *launcher) execute(ctx context.Context, args []string) (int, error) {
	var err error
	if l.project, err = stackconfig.LoadProject(l.work.Root); err != nil {
		return 1, err
	}
	if l.command.Changes {
		if l.lock, err = l.work.TryLock(args); err != nil {
			return 1, err
		}
		defer func() { _ = l.lock.Close() }()
	}
	if err := l.prepare(ctx); err != nil {
		return 1, err
	}
	if l.command.Is("stack new") {
		l.print.Note("Created stack %s. Deploy it: go run ./local up --stack %[1]s", l.command.Stack)
		return 0, nil
	}
	exit, err := l.runEngine(args)
	if l.command.Compiles && !l.inPreparedShell() {
		l.print.Note("To run the commands of its messages on the local AWS, first prepare this shell: %s", prepareShell)
	}
	return exit, err
}

// prepareShell makes a shell use the local AWS.
const prepareShell = `eval "$(go run ./local env)"`

// inPreparedShell tells whether this shell uses the local AWS of this clone.
func (l *launcher) inPreparedShell() bool {
	backend := "PULUMI_BACKEND_URL=" + os.Getenv("PULUMI_BACKEND_URL")
	return slices.Contains(pulumicli.Variables(l.env), backend)
}

// prepare provides everything that the command needs. Only one command prepares at a time.
func (l *launcher) prepare(ctx context.Context) error {
	done, err := l.work.Prepare(func() { l.print.Note("Waiting for another command to prepare …") })
	if err != nil {
		return err
	}
	defer done()
	l.env = pulumicli.Settings{
		Region: "eu-central-1", Stack: l.command.Stack,
		Home: l.work.Home(), Backend: l.work.Backend(), Passphrase: l.work.Passphrase(),
	}
	if l.command.OfStack && !l.work.HasStack(l.project.Name, l.command.Stack) && !l.mayCreate(false) {
		return noStack(l.command.Stack) // before anything is started or written
	}
	if l.command.Operates {
		if err := l.tools.Require(ctx, toolchain.Deployments); err != nil {
			return err
		}
	}
	if l.command.OfStack {
		if err := l.configure(); err != nil {
			return err
		}
	}
	if l.command.OfStack && l.command.Operates {
		l.cli, err = l.tools.Prepare(ctx, l.command.Compiles)
	} else {
		l.cli, err = l.tools.CLI(ctx)
	}
	if err != nil {
		return err
	}
	if l.command.Is("stack ls") {
		return l.settleState(ctx)
	}
	if !l.command.OfStack {
		return nil
	}
	if err := l.settleState(ctx); err != nil {
		return err
	}
	return l.createStack(ctx)
}

// prepareTools provides everything that make test needs on this machine, or also what make long needs.
func (l *launcher) prepareTools(ctx context.Context, args []string) (int, error) {
	purpose := toolchain.Tests
	if slices.Equal(args[1:], []string{"long"}) {
		purpose = toolchain.LongTests
	} else if len(args) > 1 {
		return 1, fmt.Errorf("unknown argument %s: go run ./local tools, or go run ./local tools long", args[1])
	}
	done, err := l.work.Prepare(func() { l.print.Note("Waiting for another command to prepare …") })
	if err != nil {
		return 1, err
	}
	defer done()
	if err := l.tools.Require(ctx, purpose); err != nil {
		return 1, err
	}
	_, err = l.tools.Prepare(ctx, true)
	return code(err)
}

// configure writes the stack's effective configuration.
func (l *launcher) configure() error {
	stack := l.command.Stack
	written, err := stackfile.Write(l.work, l.project, stack)
	if err != nil {
		return err
	}
	l.env.Region = written.Region
	if len(written.Generated) > 0 {
		l.print.Note("Encrypted values of Pulumi.%s.yaml cannot be read here. Generated ones replace: %s",
			stack, strings.Join(written.Generated, ", "))
	}
	if len(written.Dropped) > 0 && l.command.Operates {
		l.print.Note("Left out on the local AWS: %s", strings.Join(written.Dropped, ", "))
	}
	if !l.command.Is("config rm") || len(l.command.Words) < 3 {
		return nil
	}
	key := l.command.Words[2]
	own, err := stackfile.IsSet(l.work.Overrides(stack), l.project.Name, key)
	if err != nil || own {
		return err
	}
	if base, err := stackfile.IsSet(l.work.BaseConfig(stack), l.project.Name, key); err != nil || !base {
		return err
	}
	return fmt.Errorf("%s is set in Pulumi.%s.yaml. Change it there, or override it with: "+
		"go run ./local config set %s VALUE",
		key, stack, key)
}

// start starts the local AWS.
func (l *launcher) start(ctx context.Context) (*emulator.Running, error) {
	port := 0
	if text := os.Getenv("THREA_LOCAL_PORT"); text != "" {
		var err error
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("THREA_LOCAL_PORT=%s is not a port: use a number from 1 to 65535", text)
		}
	}
	var running *emulator.Running
	err := l.print.Step("Starting the local AWS", func(func(string)) error {
		var err error
		running, err = emulator.Start(ctx, l.work.Dir, l.tools.Daemon(), port)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.print.Note("The local AWS runs at %s until: go run ./local stop", running.URL)
	return running, l.work.SetInstance(running.Instance)
}
