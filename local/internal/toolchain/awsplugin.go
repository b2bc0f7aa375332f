package toolchain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"threa-infra/local/workspace"
)

const (
	reachTimeout    = 3 * time.Second  // whether Pulumi's downloads can be reached at all
	downloadTimeout = 15 * time.Minute // the plugin is large
	retryAfter      = 24 * time.Hour   // before the next try to reach them
)

// installed returns Pulumi's own AWS plugin, or "".
func (t *Toolchain) installed() string {
	for _, home := range []string{userPulumiHome(), t.pluginHome()} {
		dir := filepath.Join(home, "plugins", "resource-aws-"+t.awsVersion)
		path := filepath.Join(dir, "pulumi-resource-aws")
		_, partial := os.Stat(dir + ".partial")
		// A link is what this package installs, in the PULUMI_HOME of go run ./local env.
		if stat, err := os.Lstat(path); err == nil && stat.Mode().IsRegular() && partial != nil {
			return path
		}
	}
	return ""
}

// canDownload tells whether Pulumi's downloads can be reached. A no is believed for a day.
func (t *Toolchain) canDownload(ctx context.Context) bool {
	if stat, err := os.Stat(t.unreachable()); err == nil && time.Since(stat.ModTime()) < retryAfter {
		return false
	}
	url := fmt.Sprintf("https://get.pulumi.com/releases/plugins/pulumi-resource-aws-%s-%s-%s.tar.gz",
		t.awsVersion, runtime.GOOS, runtime.GOARCH)
	err := reachable(ctx, url)
	if err != nil && ctx.Err() == nil {
		t.remember(err)
	}
	return err == nil
}

// download installs the plugin for all clones. Where that fails after all, the Terraform provider takes its place.
func (t *Toolchain) download(ctx context.Context, cli string) error {
	release, err := workspace.WaitLock(filepath.Join(t.cache, "aws-plugin.lock"), func() {
		t.Print.Note("Waiting for another clone that downloads Pulumi's AWS plugin …")
	})
	if err != nil {
		return err
	}
	defer release()
	if t.official = t.installed(); t.official != "" {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	err = t.Print.Step("Downloading Pulumi's AWS plugin", "once, a few minutes", func() error {
		cmd := exec.CommandContext(limited, cli, "plugin", "install", "resource", "aws", t.awsVersion)
		cmd.Env = append(os.Environ(), "PULUMI_HOME="+t.pluginHome(), "PULUMI_SKIP_UPDATE_CHECK=true")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
	if ctx.Err() != nil {
		return fmt.Errorf("download the AWS plugin: %w", ctx.Err())
	}
	if err != nil {
		t.remember(err)
		t.provider, err = t.terraformProvider(ctx)
		return report([]error{err})
	}
	t.official = t.installed()
	return nil
}

// pluginHome is a PULUMI_HOME for what is downloaded for all clones.
func (t *Toolchain) pluginHome() string { return filepath.Join(t.cache, "pulumi") }

func (t *Toolchain) unreachable() string {
	return filepath.Join(t.cache, "aws-plugin-"+t.awsVersion+".unreachable")
}

// remember keeps the next commands from waiting for the same failure; if that fails, they wait.
func (t *Toolchain) remember(err error) {
	_ = workspace.WriteFile(t.unreachable(), []byte(err.Error()+"\n"), 0o644)
}

func reachable(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return fmt.Errorf("reach %s: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reach %s: %w", url, err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

func userPulumiHome() string {
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".pulumi")
}
