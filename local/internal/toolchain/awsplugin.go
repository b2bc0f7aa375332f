package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"threa-infra/local/offline"
)

// awsPlugin is the name of the AWS provider's binary.
const awsPlugin = "pulumi-resource-aws"

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
		t.downloadable = t.official == "" && !t.isBuilt(bridgeTool) && t.reach(ctx)
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

// download installs the plugin for all clones. If that fails, the Terraform provider replaces the plugin.
func (t *Toolchain) download(ctx context.Context) error {
	folder := filepath.Join(t.pluginHome(), "plugins", "resource-aws-"+t.awsVersion)
	err := t.cached(folder, "Downloading Pulumi's AWS plugin", func(work string, report reporter) error {
		return t.fetch(ctx, t.pluginRelease(), work, report)
	})
	if ctx.Err() != nil {
		return fmt.Errorf("download the AWS plugin: %w", ctx.Err())
	}
	t.official = t.installed()
	if t.official == "" {
		t.Print.Note("Pulumi's AWS plugin is replaced by its Terraform bridge: %v", err)
		t.provider, err = t.terraformProvider(ctx)
		return reportMissing([]error{err})
	}
	return nil
}

// pluginHome is the PULUMI_HOME for plugins that all clones share.
func (t *Toolchain) pluginHome() string { return filepath.Join(t.cache, "pulumi") }

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
	err := t.once(dir+".lock", "Fetching terraform-provider-aws with terraform init", exists, func(reporter) (err error) {
		path, err = offline.FetchProvider(ctx, dir)
		return err
	})
	return path, errors.Join(found, err)
}
