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

	"threa-infra/local/offline"
	"threa-infra/local/workspace"
)

// awsPlugin is the name of the AWS provider's binary.
const awsPlugin = "pulumi-resource-aws"

const (
	reachTimeout    = 3 * time.Second  // limit of canDownload
	downloadTimeout = 15 * time.Minute // the plugin is large
	retryAfter      = 24 * time.Hour   // time between a failed download and the next attempt
)

// installed returns the path of Pulumi's AWS plugin, or "". In a shell of "go run ./local env", PULUMI_HOME has a link
// to it, or to this clone's replacement.
func (t *Toolchain) installed() string {
	replacement, _ := filepath.EvalSymlinks(filepath.Join(t.Work.Bin(), awsPlugin)) // "" before it is built
	for _, home := range []string{userPulumiHome(), t.pluginHome()} {
		path, err := filepath.EvalSymlinks(filepath.Join(home, "plugins", "resource-aws-"+t.awsVersion, awsPlugin))
		if err != nil || path == replacement {
			continue
		}
		_, partial := os.Stat(filepath.Dir(path) + ".partial")
		if stat, err := os.Stat(path); err == nil && stat.Mode().IsRegular() && partial != nil {
			return path
		}
	}
	return ""
}

// The kinds of AWS provider. Neither can use a state that the other has written.
const (
	officialProvider = "Pulumi's AWS plugin"
	bridgedProvider  = "Pulumi's bridge to the Terraform AWS provider"
)

// findProvider finds one of the providers, or finds out that the official one can be downloaded. If the state has
// resources, it must be the kind that created them.
func (t *Toolchain) findProvider(ctx context.Context) error {
	pinned, err := t.Work.Provider()
	if err != nil {
		return err
	}
	if pinned != bridgedProvider {
		t.official = t.installed()
		if t.official == "" {
			t.downloadable = t.canDownload(ctx)
		}
	}
	if t.official != "" || t.downloadable {
		return nil
	}
	if pinned == officialProvider {
		return fmt.Errorf("%s, which created the resources of the local AWS and is not installed any more. "+
			"To start with an empty AWS, run: go run ./local stop", officialProvider)
	}
	t.provider, err = t.terraformProvider(ctx)
	return err
}

// canDownload reports whether Pulumi's downloads can be reached. It asks again one day after a failure.
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

// download installs the plugin for all clones. If that fails, the Terraform provider replaces the plugin.
func (t *Toolchain) download(ctx context.Context, cli string) error {
	exists := func() bool {
		t.official = t.installed()
		return t.official != ""
	}
	s := step{"Downloading Pulumi's AWS plugin", "once, a few minutes"}
	err := t.once(filepath.Join(t.cache, "aws-plugin.lock"), s, exists, func() error {
		limited, cancel := context.WithTimeout(ctx, downloadTimeout)
		defer cancel()
		cmd := exec.CommandContext(limited, cli, "plugin", "install", "resource", "aws", t.awsVersion)
		cmd.Env = append(os.Environ(), "PULUMI_HOME="+t.pluginHome(), "PULUMI_SKIP_UPDATE_CHECK=true")
		return run(limited, cmd)
	})
	if ctx.Err() != nil {
		return fmt.Errorf("download the AWS plugin: %w", ctx.Err())
	}
	if err == nil && t.installed() == "" {
		err = errors.New("pulumi plugin install succeeded, but the plugin is not there")
	}
	if err != nil {
		t.remember(err)
		t.provider, err = t.terraformProvider(ctx)
		return report([]error{err})
	}
	t.official = t.installed()
	return nil
}

// pluginHome is the PULUMI_HOME for plugins that all clones share.
func (t *Toolchain) pluginHome() string { return filepath.Join(t.cache, "pulumi") }

// unreachable is the file that records a failed download.
func (t *Toolchain) unreachable() string {
	return filepath.Join(t.cache, "aws-plugin-"+t.awsVersion+".unreachable")
}

// remember records a failed download, so that the next commands do not wait for the same failure.
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

// terraformProvider finds or fetches the provider that replaces the plugin.
func (t *Toolchain) terraformProvider(ctx context.Context) (string, error) {
	dir := filepath.Join(t.cache, "terraform")
	var path string
	var found error // of FindProvider, if its setting is wrong
	exists := func() bool {
		path, found = offline.FindProvider(dir)
		return path != "" || found != nil
	}
	s := step{"Fetching terraform-provider-aws with terraform init", "once, a minute or two"}
	err := t.once(dir+".lock", s, exists, func() (err error) {
		path, err = offline.FetchProvider(ctx, dir)
		return err
	})
	return path, errors.Join(found, err)
}
