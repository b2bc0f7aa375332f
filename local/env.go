package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/pulumicli"
	"threa-infra/local/stackfile"
	"threa-infra/local/workspace"
)

// printEnv prints shell commands with which a shell uses the local AWS.
func (l *launcher) printEnv(ctx context.Context, args []string) error {
	stack, err := pulumicli.ParseStack(args, os.Getenv("PULUMI_STACK"))
	if err != nil {
		return err
	}
	if l.project, err = stackconfig.LoadProject(l.work.Root); err != nil {
		return err
	}
	if err := l.refuseUnknown(stack); err != nil {
		return err
	}
	running, err := emulator.Find(ctx, l.work.Dir)
	if err != nil {
		return err
	}
	if running == nil {
		return errors.New("the local AWS is not running. Start it with: go run ./local preview")
	}
	written, err := stackfile.Write(l.work, l.project, stack)
	if err != nil {
		return err
	}
	settings := pulumicli.Settings{
		Endpoint: running.URL, Region: written.Region, Stack: stack,
		Home: l.work.Home(), Backend: l.work.Backend(), Passphrase: l.work.Passphrase(),
	}
	shell, err := l.writeWrapper()
	if err != nil {
		return err
	}
	fmt.Printf("# The local AWS at %s. Use it in this shell with: %s\n", running.URL, prepareShell)
	fmt.Printf("unset %s\n", strings.Join(pulumicli.Unset(os.Environ()), " "))
	for _, v := range pulumicli.Variables(settings) {
		name, value, _ := strings.Cut(v, "=")
		fmt.Printf("export %s=%s\n", name, shellescape.Quote(value))
	}
	if !slices.Contains(filepath.SplitList(os.Getenv("PATH")), shell) {
		fmt.Printf("export PATH=%s:\"$PATH\"\n", shellescape.Quote(shell))
	}
	return nil
}

// writeWrapper creates a pulumi command that calls this command, and returns its folder. Pulumi itself would read
// Pulumi.<stack>.yaml, which does not have the local secrets, and write to it. It runs in the folder of its caller, so
// that this command refuses the folders of other projects, such as bootstrap/. If the machine has no aws command, the
// folder has one, too.
func (l *launcher) writeWrapper() (string, error) {
	dir := filepath.Join(l.work.Dir, "shell")
	script := fmt.Sprintf("#!/bin/sh\n# %s: pulumi on the local AWS of this clone.\nexec %s \"$@\"\n",
		toolchain.WrapperMark, shellescape.Quote(filepath.Join(l.work.Bin(), "local")))
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = workspace.WriteFile(filepath.Join(dir, "pulumi"), []byte(script), 0o755)
	}
	if installed, lookErr := exec.LookPath("aws"); err == nil && (lookErr != nil || filepath.Dir(installed) == dir) {
		err = toolchain.Link(filepath.Join(l.work.Bin(), "aws"), filepath.Join(dir, "aws"))
	}
	if err != nil {
		return "", fmt.Errorf("create the pulumi command of this shell: %w", err)
	}
	return dir, nil
}
