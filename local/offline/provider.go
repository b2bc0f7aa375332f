// Package offline and the packages below it replace Pulumi's plugins on machines that cannot download them: a language
// host for Go, and an AWS plugin that runs terraform-provider-aws through Pulumi's bridge. There is no library for
// either. Where the official plugins are installed, nothing of this folder runs.
package offline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	// providerVersion is the release of terraform-provider-aws on which pulumi-aws 6.83 is based.
	providerVersion = "5.100.0"
	// providerVariable is the environment variable with the path of the provider's binary, for unusual places.
	providerVariable = "THREA_TERRAFORM_PROVIDER_AWS"

	initTimeout = 10 * time.Minute
)

// FindProvider returns the path of terraform-provider-aws: from the environment variable
// THREA_TERRAFORM_PROVIDER_AWS, from a folder of local providers, or from an earlier FetchProvider into dir. It returns
// "" if there is none.
func FindProvider(dir string) (string, error) {
	if path := os.Getenv(providerVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("find terraform-provider-aws in %s: %w", providerVariable, err)
		}
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find terraform-provider-aws: %w", err)
	}
	for _, folder := range []string{
		filepath.Join(dir, ".terraform", "providers"),
		// The implied mirrors of Terraform. Source:
		// https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
		filepath.Join(home, ".terraform.d", "plugins"),
		filepath.Join(home, ".local", "share", "terraform", "plugins"),
		"/usr/local/share/terraform/plugins",
		"/usr/share/terraform/plugins",
		"/opt/tf-plugins",
	} {
		binary := filepath.Join(folder, "registry.terraform.io", "hashicorp", "aws", providerVersion,
			runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-aws*")
		if paths, err := filepath.Glob(binary); err == nil && len(paths) > 0 {
			return paths[0], nil
		}
	}
	return "", nil
}

// FetchProvider runs terraform init in dir, which uses the user's mirrors, cache and credentials, and returns the path
// of the provider. It takes one to two minutes.
func FetchProvider(ctx context.Context, dir string) (string, error) {
	path, err := fetchProvider(ctx, dir)
	if err != nil {
		return "", fmt.Errorf("terraform-provider-aws %s, the provider in Pulumi's AWS plugin: install Terraform and run "+
			"this again with internet access, or set %s to the path of the binary (%w)", providerVersion, providerVariable, err)
	}
	return path, nil
}

func fetchProvider(ctx context.Context, dir string) (string, error) {
	settings := fmt.Sprintf("terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n"+
		"      version = %q\n    }\n  }\n}\n", providerVersion)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("create %s: %w", dir, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(settings), 0o644); err != nil {
		return "", fmt.Errorf("write Terraform's settings: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "terraform", "init", "-backend=false", "-input=false", "-no-color")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("terraform init: %w%s", err, headline(string(out)))
	}
	path, err := FindProvider(dir)
	if err == nil && path == "" {
		err = errors.New("terraform init installed no provider")
	}
	return path, err
}

// headline returns the first error that Terraform prints, without its details.
func headline(output string) string {
	for line := range strings.SplitSeq(output, "\n") {
		if _, text, ok := strings.Cut(line, "Error: "); ok {
			return ": " + text
		}
	}
	return ""
}
