package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"
	"golang.org/x/sync/errgroup"

	"threa-infra/local/internal/progress"
	"threa-infra/local/workspace"
)

const (
	sdkModule    = "github.com/pulumi/pulumi/sdk/v3"
	awsModule    = "github.com/pulumi/pulumi-aws/sdk/v6"
	cliModule    = "github.com/pulumi/pulumi/pkg/v3"
	bridgeModule = "github.com/pulumi/pulumi-terraform-bridge/v3"
)

// Toolchain knows where things are for one clone.
type Toolchain struct {
	Work  *workspace.Workspace
	Print *progress.Printer

	cache      string // the user's, shared by all clones
	releases   string // where Pulumi publishes its CLI and plugins
	reached    sync.Once
	canReach   bool   // Pulumi's releases can be downloaded
	sdkVersion string // "v3.259.0"
	awsVersion string // "v6.83.2"

	// What Require found: one of the first two, or the way to get the first.
	official     string // Pulumi's own AWS plugin
	provider     string // terraform-provider-aws
	downloadable bool
}

// New reads the versions that the clone's go.mod asks for.
func New(w *workspace.Workspace, p *progress.Printer) (*Toolchain, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find the cache folder (set XDG_CACHE_HOME): %w", err)
	}
	t := &Toolchain{Work: w, Print: p, cache: filepath.Join(dir, "threa-infra"), releases: releases}
	if t.sdkVersion, err = required(filepath.Join(w.Root, "go.mod"), sdkModule); err != nil {
		return nil, err
	}
	if t.awsVersion, err = required(filepath.Join(w.Root, "go.mod"), awsModule); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(t.cache, 0o755); err != nil {
		return nil, fmt.Errorf("make the cache folder: %w", err)
	}
	return t, nil
}

// CLI returns the pulumi command: the one on PATH, or else one that is downloaded or built from Go modules.
func (t *Toolchain) CLI(ctx context.Context) (string, error) {
	if path := installedCLI(os.Getenv("PATH")); path != "" {
		return path, nil
	}
	folder := filepath.Join(t.cache, "tools", "pulumi-"+t.sdkVersion+"-official")
	path := filepath.Join(folder, "pulumi", "pulumi")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if !t.isBuilt(cliTool) && t.reach(ctx) {
		err := t.cached(folder, "Downloading the Pulumi CLI", func(work string, report reporter) error {
			return t.fetch(ctx, t.cliRelease(), work, report)
		})
		if err == nil || ctx.Err() != nil {
			return path, err
		}
		t.Print.Note("The Pulumi CLI is built from source: %v", err)
	}
	return t.buildTool(ctx, cliTool)
}

// WrapperMark is in the pulumi command of go run ./local env, which comes back here and is no CLI.
const WrapperMark = "threa-infra-local-wrapper"

// installedCLI finds the pulumi command that the user has installed, or "".
func installedCLI(path string) string {
	for _, dir := range filepath.SplitList(path) {
		candidate, err := exec.LookPath(filepath.Join(dir, "pulumi"))
		if err != nil {
			continue
		}
		if stat, err := os.Stat(candidate); err == nil && stat.Size() < 4096 {
			if data, err := os.ReadFile(candidate); err == nil && strings.Contains(string(data), WrapperMark) {
				continue
			}
		}
		return candidate
	}
	return ""
}

// Purpose is what the tools are for.
type Purpose int

// Each purpose needs the tools of those before it.
const (
	Deployments Purpose = iota // on the local AWS
	Tests                      // of make test
	LongTests                  // of make long
)

// Require looks for the tools that cannot be built here, and reports all missing ones in one error.
func (t *Toolchain) Require(ctx context.Context, purpose Purpose) error {
	missing := []error{t.requirePython(ctx), t.findProvider(ctx)}
	if purpose >= Tests {
		missing = append(missing, requireNode(ctx))
	}
	if purpose >= LongTests {
		missing = append(missing, requireTerraform())
	}
	if ctx.Err() != nil {
		return fmt.Errorf("look for the tools: %w", ctx.Err())
	}
	return reportMissing(missing)
}

// Prepare provides all tools and compiles the program, after Require. It returns the pulumi command.
func (t *Toolchain) Prepare(ctx context.Context, compiles bool) (cli string, err error) {
	group, ctx := errgroup.WithContext(ctx)
	// These have few packages in common with the tools, except for those that go run ./local has just compiled.
	var programs string
	group.Go(func() (err error) {
		programs, err = t.Python(ctx)
		return err
	})
	group.Go(func() error {
		if err := t.Commands(ctx); err != nil || !compiles {
			return err
		}
		return t.Program(ctx)
	})
	var bridge string
	group.Go(func() (err error) {
		if cli, err = t.CLI(ctx); err != nil {
			return err
		}
		if t.downloadable {
			err = t.download(ctx)
		}
		if err == nil && t.official == "" {
			bridge, err = t.buildTool(ctx, bridgeTool)
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return "", err
	}
	err = errors.Join(t.languageHost(cli), t.linkProvider(bridge), Link(cli, filepath.Join(t.Work.Bin(), "pulumi")))
	for name := range pythonPrograms {
		err = errors.Join(err, Link(filepath.Join(programs, name), filepath.Join(t.Work.Bin(), name)))
	}
	return cli, err
}

// linkProvider makes the official plugin, or the bridge at a path, the AWS plugin of this clone.
func (t *Toolchain) linkProvider(bridge string) error {
	plugin := filepath.Join(t.pluginDir("resource-aws-"+t.awsVersion), awsPlugin)
	if t.official != "" {
		return errors.Join(Link(t.official, plugin), t.Work.SetProvider(officialProvider))
	}
	bin := t.Work.Bin()
	return errors.Join(
		Link(bridge, filepath.Join(bin, bridgeTool.name)),
		Link(t.provider, filepath.Join(bin, "terraform-provider-aws")),
		Link(filepath.Join(bin, awsPlugin), plugin),
		t.Work.SetProvider(bridgedProvider),
	)
}

// Daemon returns the path of the local AWS binary, which Prepare builds.
func (t *Toolchain) Daemon() string { return filepath.Join(t.Work.Bin(), "local-aws") }

// languageHost installs ours unless the CLI has the official one beside it.
func (t *Toolchain) languageHost(cli string) error {
	const name = "pulumi-language-go"
	if binary, err := filepath.EvalSymlinks(cli); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(binary), name)); err == nil {
			return nil
		}
	}
	return Link(filepath.Join(t.Work.Bin(), name), filepath.Join(t.pluginDir("language-go-"+t.sdkVersion), name))
}

func (t *Toolchain) pluginDir(name string) string {
	return filepath.Join(t.Work.Home(), "plugins", name)
}

// reportMissing turns missing parts into one message.
func reportMissing(missing []error) error {
	var lines []string
	for _, err := range missing {
		if err != nil {
			lines = append(lines, "  - "+err.Error())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("the local AWS needs tools that are missing on this machine:\n%s", strings.Join(lines, "\n"))
}

// required reads a module's version from a go.mod file.
func required(path, module string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the versions: %w", err)
	}
	mod, err := modfile.ParseLax(path, data, nil)
	if err != nil {
		return "", fmt.Errorf("read the versions: %w", err)
	}
	for _, r := range mod.Require {
		if r.Mod.Path == module {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", path, module)
}

// Link makes name a symbolic link to target, unless it is one already.
func Link(target, name string) error {
	if at, err := os.Readlink(name); err == nil && at == target {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("install %s: %w", filepath.Base(name), err)
	}
	tmp := fmt.Sprintf("%s.%d", name, os.Getpid())
	if err := errors.Join(os.Symlink(target, tmp), os.Rename(tmp, name)); err != nil {
		return fmt.Errorf("install %s: %w", filepath.Base(name), err)
	}
	return nil
}
