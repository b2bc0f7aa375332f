package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"threa-infra/local/internal/command"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/internal/stackfile"
)

// printEnv prints shell commands that make a shell use the local AWS.
func (l *launcher) printEnv(ctx context.Context, args []string) error {
	parsed, err := command.Parse(args, os.Getenv("PULUMI_STACK"))
	if err != nil {
		return err
	}
	if len(parsed.Words) > 1 {
		return fmt.Errorf("env takes no arguments but --stack, got %q", parsed.Words[1:])
	}
	running, err := emulator.Find(ctx, l.work.Dir)
	if err != nil {
		return err
	}
	if running == nil {
		return errors.New("the local AWS is not running; start it with: go run ./local preview")
	}
	project, err := stackfile.LoadProject(filepath.Join(l.work.Root, "Pulumi.yaml"))
	if err != nil {
		return err
	}
	written, err := stackfile.Write(l.work, project, parsed.Stack)
	if err != nil {
		return err
	}
	settings := command.Settings{
		Endpoint: running.URL, Region: written.Region, Stack: parsed.Stack,
		Home: l.work.Home(), Backend: l.work.Backend(), Passphrase: l.work.Passphrase(),
	}
	fmt.Printf("# The local AWS at %s. Use it in this shell with: eval \"$(go run ./local env)\"\n", running.URL)
	fmt.Printf("# pulumi preview, up and config then take: --config-file %s\n", l.work.Effective(parsed.Stack))
	fmt.Printf("unset %s\n", strings.Join(command.Unset(os.Environ()), " "))
	for _, v := range command.Variables(settings) {
		name, value, _ := strings.Cut(v, "=")
		fmt.Printf("export %s=%s\n", name, quote(value))
	}
	ours := filepath.Join(l.work.Dir, "cli")
	if _, err := os.Stat(filepath.Join(ours, "pulumi")); err == nil {
		if found, _ := exec.LookPath("pulumi"); found == "" || filepath.Dir(found) == ours {
			fmt.Printf("export PATH=%s:\"$PATH\"\n", quote(ours))
		}
	}
	return nil
}

// quote makes a value safe for any shell.
func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }
