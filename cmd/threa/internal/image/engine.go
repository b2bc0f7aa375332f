// Package image builds the app's image with the container engine of this machine and pushes it to the stack's ECR
// repository. The tag is the app's commit.
package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"threa-infra/internal/naming"
)

// engines are the container engines with the command line of Docker, in the order in which they are tried.
var engines = []string{"docker", "podman", "nerdctl", "finch"}

// Engine is a container engine of this machine.
type Engine struct {
	Name     string    // of its command
	Out, Err io.Writer // where the command's output goes
}

// FindEngine returns the first engine on PATH whose daemon answers.
func FindEngine(ctx context.Context, out, errOut io.Writer) (*Engine, error) {
	var silent []string
	for _, name := range engines {
		if _, err := exec.LookPath(name); err != nil {
			continue
		}
		if exec.CommandContext(ctx, name, "info").Run() == nil { // fails if the engine's daemon is not running
			return &Engine{Name: name, Out: out, Err: errOut}, nil
		}
		silent = append(silent, name)
	}
	if len(silent) > 0 {
		return nil, fmt.Errorf("no container engine answers (%s). Start it, and check with: %s info",
			strings.Join(silent, ", "), silent[0])
	}
	return nil, errors.New("no container engine is on PATH. Install Docker, Podman, nerdctl or Finch, such as " +
		"https://docs.docker.com/get-started/get-docker/. To deploy an image that is in the repository already: " +
		"go run ./cmd/threa deploy --tag TAG")
}

// Login logs the engine in to a registry. It passes the password through standard input.
func (e *Engine) Login(ctx context.Context, registry, user, password string) error {
	return e.run(ctx, password, "login", "--username", user, "--password-stdin", registry)
}

// Build builds an image for an architecture, x86_64 or arm64, and gives it a name.
func (e *Engine) Build(ctx context.Context, source Source, architecture, reference string) error {
	err := e.run(ctx, "", "build", "--platform", naming.Platform(architecture), "--tag", reference,
		"--file", source.dockerfile(), source.Folder)
	if err != nil && naming.GoArchitecture(architecture) != runtime.GOARCH {
		return fmt.Errorf("%w. This machine emulates %s only after: %s run --privileged --rm tonistiigi/binfmt --install all",
			err, architecture, e.Name)
	}
	return err
}

// Push pushes an image to its registry. Without --platform, nerdctl, which Finch wraps, pushes only this machine's
// platform: https://github.com/containerd/nerdctl/blob/main/docs/command-reference.md#whale-nerdctl-push
func (e *Engine) Push(ctx context.Context, architecture, reference string) error {
	args := []string{"push", reference}
	if slices.Contains([]string{"nerdctl", "finch"}, e.Name) {
		args = slices.Insert(args, 1, "--platform", naming.Platform(architecture))
	}
	return e.run(ctx, "", args...)
}

// run runs a command of the engine. It turns attestations off: they would be further manifests, and the repository
// keeps only ten. Source: https://docs.docker.com/build/building/variables/#buildx_no_default_attestations
func (e *Engine) run(ctx context.Context, input string, args ...string) error {
	cmd := exec.CommandContext(ctx, e.Name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), e.Out, e.Err
	cmd.Env = append(os.Environ(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", e.Name, args[0], err)
	}
	return nil
}
