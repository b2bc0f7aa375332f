package toolchain

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"threa-infra/local/workspace"
)

const (
	// terraformVersion is the release of the provider that pulumi-aws 6.83 is made from.
	terraformVersion = "5.100.0"
	// providerVariable names the provider's binary where it is in no usual place.
	providerVariable = "THREA_TERRAFORM_PROVIDER_AWS"

	initTimeout = 10 * time.Minute
)

// terraformProvider finds terraform-provider-aws, or gets it with the terraform command.
func (t *Toolchain) terraformProvider(ctx context.Context) (string, error) {
	if path := os.Getenv(providerVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("terraform-provider-aws: %s says %w", providerVariable, err)
		}
		return path, nil
	}
	own := filepath.Join(t.cache, "terraform")
	folders := append(terraformFolders(os.Getenv, t.Work.Root), own, filepath.Join(own, ".terraform", "providers"))
	if path := t.findProvider(folders); path != "" {
		return path, nil
	}
	missing := fmt.Errorf("terraform-provider-aws %s, the provider behind Pulumi's AWS plugin: "+
		"install Terraform and run this again with internet access, or name the binary in %s",
		terraformVersion, providerVariable)
	command, err := exec.LookPath("terraform")
	if err != nil {
		return "", missing
	}
	if err := t.terraformInit(ctx, command, own); err != nil {
		return "", fmt.Errorf("%w (terraform init failed: %w)", missing, err)
	}
	if path := t.findProvider(folders); path != "" {
		return path, nil
	}
	return "", missing
}

// findProvider looks for the unpacked layout of a Terraform mirror first, then for the packed one.
func (t *Toolchain) findProvider(folders []string) string {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, folder := range folders {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			base := filepath.Join(folder, host, "hashicorp", "aws")
			pattern := filepath.Join(base, terraformVersion, platform, "terraform-provider-aws*")
			if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
				return found[0]
			}
			packed := filepath.Join(base, fmt.Sprintf("terraform-provider-aws_%s_%s.zip", terraformVersion, platform))
			if path, err := t.unpack(packed); err == nil {
				return path
			}
		}
	}
	return ""
}

// terraformFolders lists where Terraform and its users keep providers.
func terraformFolders(getenv func(string) string, root string) []string {
	home := getenv("HOME")
	folders := []string{getenv("TF_PLUGIN_CACHE_DIR")}
	for _, file := range []string{getenv("TF_CLI_CONFIG_FILE"), join(home, ".terraformrc"), join(home, ".tofurc")} {
		folders = append(folders, foldersOf(file)...)
	}
	data := getenv("XDG_DATA_HOME")
	if data == "" {
		data = join(home, ".local/share")
	}
	folders = append(folders,
		filepath.Join(root, ".terraform", "providers"),
		join(home, ".terraform.d/plugins"), join(home, ".terraform.d/plugin-cache"),
		join(home, "Library/Application Support/io.terraform/plugins"),
		join(data, "terraform/plugins"))
	for _, dir := range filepath.SplitList(getenv("XDG_DATA_DIRS")) {
		folders = append(folders, join(dir, "terraform/plugins"))
	}
	folders = append(folders, "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins", "/opt/tf-plugins")
	var named []string
	for _, folder := range folders {
		if folder != "" {
			named = append(named, folder)
		}
	}
	return named
}

// folderSetting finds the cache and the mirrors that Terraform's own settings name.
var folderSetting = regexp.MustCompile(`(?m)^\s*(?:plugin_cache_dir|path)\s*=\s*"([^"]+)"`)

func foldersOf(settings string) []string {
	if settings == "" {
		return nil
	}
	data, err := os.ReadFile(settings)
	if err != nil {
		return nil
	}
	var folders []string
	for _, match := range folderSetting.FindAllStringSubmatch(string(data), -1) {
		folders = append(folders, os.ExpandEnv(match[1]))
	}
	return folders
}

// join is filepath.Join that keeps nothing below an unknown folder.
func join(dir, rest string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, rest)
}

// terraformInit lets Terraform fetch the provider its own way, with the user's mirrors and credentials.
func (t *Toolchain) terraformInit(ctx context.Context, command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	release, err := workspace.WaitLock(filepath.Join(dir, "lock"), nil)
	if err != nil {
		return err
	}
	defer release()
	settings := fmt.Sprintf("terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n"+
		"      version = %q\n    }\n  }\n}\n", terraformVersion)
	if err := workspace.WriteFile(filepath.Join(dir, "main.tf"), []byte(settings), 0o644); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	return t.Print.Step("Fetching terraform-provider-aws with terraform init", "once, a minute or two", func() error {
		cmd := exec.CommandContext(ctx, command, "init", "-backend=false", "-input=false", "-no-color")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err == nil {
			return nil
		}
		return errors.New(firstError(string(out), err))
	})
}

// firstError is the headline of what Terraform complains about.
func firstError(output string, err error) string {
	for line := range strings.SplitSeq(output, "\n") {
		if _, text, ok := strings.Cut(line, "Error: "); ok {
			return text
		}
	}
	return err.Error()
}

// unpack puts a packed provider into the cache.
func (t *Toolchain) unpack(archive string) (string, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", archive, err)
	}
	defer func() { _ = z.Close() }()
	for _, entry := range z.File {
		if !strings.HasPrefix(entry.Name, "terraform-provider-aws") {
			continue
		}
		path := filepath.Join(t.cache, "terraform-provider-aws-"+terraformVersion, filepath.Base(entry.Name))
		if stat, err := os.Stat(path); err == nil && uint64(stat.Size()) == entry.UncompressedSize64 {
			return path, nil
		}
		return path, extract(entry, path)
	}
	return "", fmt.Errorf("%s holds no provider", archive)
}

func extract(entry *zip.File, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("unpack the provider: %w", err)
	}
	in, err := entry.Open()
	if err != nil {
		return fmt.Errorf("unpack the provider: %w", err)
	}
	defer func() { _ = in.Close() }()
	tmp := fmt.Sprintf("%s.%d", path, os.Getpid())
	out, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return fmt.Errorf("unpack the provider: %w", err)
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), os.Rename(tmp, path))
}
