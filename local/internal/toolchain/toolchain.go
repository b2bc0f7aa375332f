package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"threa-infra/local/internal/progress"
	"threa-infra/local/shim/moto"
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
	t := &Toolchain{Work: w, Print: p, cache: filepath.Join(dir, "threa-infra")}
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

// CLI returns the pulumi command: the one on PATH, or else one built from Go modules.
func (t *Toolchain) CLI(ctx context.Context) (string, error) {
	if path := installedCLI(os.Getenv("PATH")); path != "" {
		return path, nil
	}
	if err := t.requireGo(); err != nil {
		return "", err
	}
	return t.buildTool(ctx, tool{
		name: "pulumi", folder: "pulumi", module: cliModule, pkg: cliModule + "/cmd/pulumi",
		ldflags: "-X " + sdkModule + "/go/common/version.Version=%s",
		step:    step{"Building the Pulumi CLI from its source, as none is installed", "once, about 4 minutes"},
	})
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

// Require looks for the tools that cannot be built here, and reports all missing ones in one error.
func (t *Toolchain) Require(ctx context.Context) error {
	missing := []error{t.requireGo()}
	if _, err := exec.LookPath("moto_server"); err != nil {
		missing = append(missing, fmt.Errorf("moto_server, the AWS simulator: %s", moto.Install))
	}
	missing = append(missing, t.findProvider(ctx))
	if ctx.Err() != nil {
		return fmt.Errorf("look for the tools: %w", ctx.Err())
	}
	return report(missing)
}

// Plugins installs what the engine loads: the Go language host and the AWS provider. It comes after Require, and
// takes what CLI returned.
func (t *Toolchain) Plugins(ctx context.Context, cli string) error {
	if t.downloadable {
		if err := t.download(ctx, cli); err != nil {
			return err
		}
	}
	if err := t.Commands(ctx); err != nil {
		return err
	}
	plugin := filepath.Join(t.pluginDir("resource-aws-"+t.awsVersion), awsPlugin)
	if t.official != "" {
		return errors.Join(t.languageHost(cli), link(t.official, plugin), t.Work.SetProvider(officialProvider))
	}
	bridge, err := t.buildTool(ctx, tool{
		name: "pulumi-resource-terraform-provider", folder: "bridge", module: bridgeModule,
		pkg: bridgeModule + "/dynamic",
		step: step{
			"Building Pulumi's bridge to the Terraform AWS provider, as Pulumi's AWS plugin cannot be downloaded",
			"once, about 2 minutes",
		},
	})
	if err != nil {
		return err
	}
	bin := t.Work.Bin()
	return errors.Join(
		t.languageHost(cli),
		link(bridge, filepath.Join(bin, "pulumi-resource-terraform-provider")),
		link(t.provider, filepath.Join(bin, "terraform-provider-aws")),
		link(filepath.Join(bin, awsPlugin), plugin),
		t.Work.SetProvider(bridgedProvider),
	)
}

// Daemon returns the path of the local AWS binary, which Plugins builds.
func (t *Toolchain) Daemon() string { return filepath.Join(t.Work.Bin(), "local-aws") }

// languageHost installs ours unless the CLI has the official one beside it.
func (t *Toolchain) languageHost(cli string) error {
	const name = "pulumi-language-go"
	if binary, err := filepath.EvalSymlinks(cli); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(binary), name)); err == nil {
			return nil
		}
	}
	return link(filepath.Join(t.Work.Bin(), name), filepath.Join(t.pluginDir("language-go-"+t.sdkVersion), name))
}

func (t *Toolchain) pluginDir(name string) string {
	return filepath.Join(t.Work.Home(), "plugins", name)
}

func (t *Toolchain) requireGo() error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("the Go toolchain: https://go.dev/dl")
	}
	return nil
}

// report turns missing parts into one message.
func report(missing []error) error {
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

// link makes name a symbolic link to target, unless it is one already.
func link(target, name string) error {
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
