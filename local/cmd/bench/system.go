package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"threa-infra/local/internal/emulator"
	"threa-infra/local/offline"
	"threa-infra/local/pulumicli"
	"threa-infra/local/shim"
)

// system is a tool with its own local AWS.
type system struct {
	name     string
	folder   string // of the local AWS
	emulator *emulator.Running
	command  []string
	dir      string
	env      []string
	args     func(row) []string  // nil if the system has no such command
	count    func() (int, error) // AWS resources in the state
}

// newPulumi starts a local AWS with the launcher. The stack is prod with its own settings, but without the protection
// that would refuse its destroy.
func newPulumi(ctx context.Context, root, launcher, folder string) (*system, error) {
	s := &system{
		name: "pulumi", folder: folder, command: []string{launcher}, dir: root,
		env:  append(os.Environ(), "THREA_LOCAL_DIR="+folder, "PULUMI_STACK="+pulumicli.DefaultStack),
		args: func(r row) []string { return r.pulumi },
	}
	s.count = func() (int, error) {
		state, err := output(s.start(ctx, "stack", "export"), nil)
		return strings.Count(state, `"type": "aws:`), err
	}
	for _, args := range [][]string{{"config", "set", "deletionProtection", "false"}, {"preview"}} {
		if _, err := output(s.start(ctx, args...), nil); err != nil {
			return nil, err
		}
	}
	return s, s.find(ctx)
}

// newTerraform starts a second local AWS and copies the configuration. It uses the provider that the local AWS uses.
func newTerraform(ctx context.Context, program *system, configuration, folder string) (*system, error) {
	s := &system{name: "terraform", folder: folder, command: []string{"terraform"},
		dir: filepath.Join(folder, "configuration"), args: func(r row) []string { return r.terraform }}
	s.count = func() (int, error) {
		addresses, err := output(s.start(ctx, "state", "list"), nil)
		return strings.Count(addresses, "\n") - strings.Count("\n"+addresses, "\ndata."), err
	}
	if err := os.CopyFS(s.dir, os.DirFS(configuration)); err != nil {
		return nil, fmt.Errorf("copy the Terraform configuration: %w", err)
	}
	running, err := emulator.Start(ctx, folder, filepath.Join(program.folder, "bin", "local-aws"), 0)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the local AWS
	}
	s.emulator = running
	s.env = append(pulumicli.Environ(os.Environ(), pulumicli.Settings{Endpoint: running.URL, Region: "eu-central-1"}),
		"TF_IN_AUTOMATION=true", "TF_INPUT=0", "TF_VAR_db_password=correct-horse-battery", "TF_VAR_environment=bench")
	args := []string{"init", "-input=false"}
	provider, err := filepath.EvalSymlinks(filepath.Join(program.folder, "bin", "terraform-provider-aws"))
	if err != nil { // the local AWS uses Pulumi's plugin
		provider, err = offline.FindProvider("")
	}
	if at := strings.Index(provider, "/registry.terraform.io/"); err == nil && at > 0 {
		args = append(args, "-plugin-dir="+provider[:at])
	}
	_, err = output(s.start(ctx, args...), nil)
	return s, err
}

// start returns a command of the system that is not started yet.
func (s *system) start(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.command[0], append(s.command[1:], args...)...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

func (s *system) find(ctx context.Context) (err error) {
	s.emulator, err = emulator.Find(ctx, s.folder)
	if err == nil && s.emulator == nil {
		err = errors.New("the local AWS does not run")
	}
	return err //nolint:wrapcheck // it names the local AWS
}

func (s *system) stop() {
	if _, err := emulator.Stop(context.Background(), s.folder); err != nil {
		note("%v", err)
	}
}

// delay makes the local AWS answer each call later.
func (s *system) delay(ctx context.Context, by time.Duration) error {
	if by == 0 {
		return nil
	}
	plan, err := json.Marshal(shim.FaultPlan{
		Rate: 1, Kinds: []shim.FaultKind{shim.FaultSlow}, SlowMillis: int(by / time.Millisecond),
	})
	if err != nil {
		return fmt.Errorf("delay the local AWS: %w", err)
	}
	return s.request(ctx, "faults", plan, nil)
}

// calls returns how often each AWS call was made since the local AWS started.
func (s *system) calls(ctx context.Context) (calls map[string]int, err error) {
	return calls, s.request(ctx, "calls", nil, &calls)
}

// request calls the control API of the local AWS: GET, or POST with a body. answer may be nil.
func (s *system) request(ctx context.Context, path string, body []byte, answer any) error {
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, s.emulator.URL+"/_local/"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the local AWS: %w", err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask the local AWS: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("ask the local AWS: %w", err)
	}
	return nil
}

// stopProvider ends the provider process that the local AWS keeps between two commands, so that the next one starts it.
func (s *system) stopProvider() error {
	bridges := filepath.Join(s.folder, "bin", "bridges")
	if _, err := os.Stat(bridges); err != nil {
		return nil //nolint:nilerr // the system starts it each time
	}
	if err := os.RemoveAll(bridges); err != nil {
		return fmt.Errorf("stop the provider: %w", err)
	}
	time.Sleep(2 * time.Second) // the process checks this folder every half second
	return nil
}

// output runs a command and returns its standard output. The error of a failed command has everything that it printed.
// started gets the process id, and may be nil.
func output(cmd *exec.Cmd, started func(pid int)) (string, error) {
	var printed, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &problems
	err := cmd.Start()
	if err == nil {
		if started != nil {
			started(cmd.Process.Pid)
		}
		err = cmd.Wait()
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, printed.String(), problems.String())
	}
	return printed.String(), nil
}
