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

	"threa-infra/local/internal/workspace"
)

const (
	reachTimeout    = 3 * time.Second  // whether Pulumi's downloads can be reached at all
	downloadTimeout = 15 * time.Minute // the plugin is large
	retryAfter      = 24 * time.Hour   // before the next try to reach them
)

// officialPlugin returns Pulumi's own AWS plugin: installed, or downloaded now, or "" where neither is possible.
func (t *Toolchain) officialPlugin(ctx context.Context, cli string) (string, error) {
	shared := filepath.Join(t.cache, "pulumi")
	for _, home := range []string{userPulumiHome(), shared} {
		if path, ok := t.installedIn(home); ok {
			return path, nil
		}
	}
	release, err := workspace.WaitLock(filepath.Join(t.cache, "aws-plugin.lock"), nil)
	if err != nil {
		return "", err
	}
	defer release()
	if path, ok := t.installedIn(shared); ok {
		return path, nil
	}
	failed := filepath.Join(t.cache, "aws-plugin-"+t.awsVersion+".unreachable")
	if stat, err := os.Stat(failed); err == nil && time.Since(stat.ModTime()) < retryAfter {
		return "", nil
	}
	if err := t.download(ctx, cli, shared); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", os.WriteFile(failed, []byte(err.Error()+"\n"), 0o644)
	}
	path, _ := t.installedIn(shared)
	return path, nil
}

func (t *Toolchain) download(ctx context.Context, cli, home string) error {
	url := fmt.Sprintf("https://get.pulumi.com/releases/plugins/pulumi-resource-aws-%s-%s-%s.tar.gz",
		t.awsVersion, runtime.GOOS, runtime.GOARCH)
	if err := reachable(ctx, url); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	return t.Print.Step("Downloading Pulumi's AWS plugin", "once, a few minutes", func() error {
		cmd := exec.CommandContext(ctx, cli, "plugin", "install", "resource", "aws", t.awsVersion)
		cmd.Env = append(os.Environ(), "PULUMI_HOME="+home, "PULUMI_SKIP_UPDATE_CHECK=true")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

func reachable(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// installedIn looks for a complete installation below a PULUMI_HOME.
func (t *Toolchain) installedIn(home string) (string, bool) {
	dir := filepath.Join(home, "plugins", "resource-aws-"+t.awsVersion)
	if _, err := os.Stat(dir + ".partial"); err == nil {
		return "", false
	}
	path := filepath.Join(dir, "pulumi-resource-aws")
	_, err := os.Stat(path)
	return path, err == nil
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
