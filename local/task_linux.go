package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/ecs"
	"threa-infra/local/internal/control"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/pulumicli"
	"threa-infra/local/stackfile"
)

const taskUsage = `Runs the containers of the service's task definition, as the AWS API returns it, with a real Bun, PostgreSQL and
Valkey. The app reaches database and cache at the names of their endpoints.

  go run ./local task               runs the image in local/app
  go run ./local task FOLDER        runs your app: a folder with package.json, its node_modules and a script "start"
  go run ./local task --once        stops when the tasks are healthy

`

// taskFlags are the arguments of the command "task".
type taskFlags struct {
	stack  string
	once   bool
	folder string // of the app; "" for local/app
}

func parseTask(args []string) (*taskFlags, error) {
	f := &taskFlags{}
	flags := flag.NewFlagSet("task", flag.ContinueOnError)
	flags.Usage = func() {
		_, _ = fmt.Fprint(flags.Output(), taskUsage)
		flags.PrintDefaults()
	}
	flags.Func("stack", "the stack (default: PULUMI_STACK, or prod)", func(name string) error {
		if f.stack = name; name == "" {
			return errors.New("it is empty")
		}
		return nil
	})
	flags.BoolVar(&f.once, "once", false, "stop when the tasks are healthy; the exit code is 0 if they were")
	if err := flags.Parse(args); err != nil {
		return nil, err //nolint:wrapcheck // flag has printed it
	}
	if flags.NArg() > 1 {
		return nil, fmt.Errorf("task takes one folder, got %q", flags.Args())
	}
	if flags.NArg() == 0 {
		return f, nil
	}
	var err error
	if f.folder, err = filepath.Abs(flags.Arg(0)); err != nil {
		return nil, fmt.Errorf("find the app: %w", err)
	}
	if _, err := os.Stat(filepath.Join(f.folder, "package.json")); err != nil {
		return nil, fmt.Errorf("%s has no package.json. Name the folder of your app: make task IMAGE_DIR=../threa", f.folder)
	}
	return f, nil
}

// task runs the tasks of the stack's service until it is told to stop. It returns 1 if one failed.
func (l *launcher) task(ctx context.Context, args []string) (int, error) {
	flags, err := parseTask(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0, nil
	}
	if err != nil {
		return 2, err
	}
	running, err := emulator.Find(ctx, l.work.Dir)
	if err != nil {
		return 1, err
	}
	if running == nil {
		return 1, errNotRunning
	}
	if l.command, err = pulumicli.Parse(withStack(flags, "stack", "output", "--json"),
		os.Getenv("PULUMI_STACK")); err != nil {
		return 1, err
	}
	if l.project, err = stackconfig.LoadProject(l.work.Root); err != nil {
		return 1, err
	}
	if err := l.refuseUnknown(l.command.Stack); err != nil {
		return 1, err
	}
	if err := l.deployImage(ctx, flags); err != nil {
		return 1, err
	}
	outputs, err := l.outputs(ctx)
	if err != nil {
		return 1, err
	}
	aws := control.New(running.URL, l.env.Region)
	deployment, err := aws.Read(ctx, outputs.Cluster, outputs.Service)
	if err != nil {
		return 1, fmt.Errorf("ECS would not start the task:\n%w", err)
	}
	if deployment.Service.DesiredCount == 0 {
		return 1, errors.New("the service's desired count is 0. Run: go run ./local config set desiredCount 1, " +
			"then go run ./local up")
	}
	ingress, err := aws.ReadIngress(ctx, deployment)
	if err != nil {
		return 1, err
	}
	for _, line := range ecs.Wiring(deployment, ingress) {
		l.print.Note("%s", line)
	}
	return l.runTasks(ctx, flags, deployment, outputs)
}

// deployImage deploys the local image to a stack that has no image yet.
func (l *launcher) deployImage(ctx context.Context, flags *taskFlags) error {
	lock, err := l.work.TryLock([]string{"task"})
	if err != nil {
		return err
	}
	set, err := stackfile.ProvideImage(l.work, l.project, l.command.Stack)
	if err := errors.Join(err, lock.Close()); err != nil || len(set) == 0 {
		return err
	}
	l.print.Note("No image is deployed yet. Deploying the image %s with generated values of: %s", stackfile.LocalImage,
		strings.Join(set, ", "))
	up := &launcher{work: l.work, print: l.print, tools: l.tools, release: func() {}}
	code, err := up.pulumi(ctx, withStack(flags, "up"))
	if err == nil && code != 0 {
		err = errors.New("the image was not deployed")
	}
	return err
}

// stackOutputs are the stack outputs that the tasks need.
type stackOutputs struct {
	Cluster  string `json:"ecsClusterName"`
	Service  string `json:"ecsServiceName"`
	Database string `json:"rdsEndpoint"`        // host:port
	Replica  string `json:"rdsReplicaEndpoint"` // host:port; "" without a read replica
	Cache    string `json:"redisEndpoint"`      // host; "" without a cache
}

func (l *launcher) outputs(ctx context.Context) (*stackOutputs, error) {
	if err := l.prepare(ctx); err != nil {
		return nil, err
	}
	text, errText, _, err := cli{l}.Run(ctx, ".", nil, nil, nil, nil, "stack", "output", "--json")
	if err != nil {
		return nil, fmt.Errorf("read the stack's outputs: %w: %s", err, errText)
	}
	var outputs stackOutputs
	if err := json.Unmarshal([]byte(text), &outputs); err != nil {
		return nil, fmt.Errorf("read the stack's outputs: %w", err)
	}
	if outputs.Service == "" {
		return nil, fmt.Errorf("stack %s is not deployed: go run ./local up", l.command.Stack)
	}
	return &outputs, nil
}

func withStack(flags *taskFlags, words ...string) []string {
	if flags.stack != "" {
		words = append(words, "--stack", flags.stack)
	}
	return words
}
