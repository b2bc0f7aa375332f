package langhost

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// build compiles the program. A home of "" means the user's cache.
func build(ctx context.Context, dir, home string) (string, error) {
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for the compiled program: %w", err)
		}
		home = filepath.Join(cache, "threa-infra")
	}
	binary := BinaryPath(home, dir)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	cmd.Dir, cmd.Env = dir, GoEnv(os.Environ())
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", errors.New("the program does not compile")
		}
		return "", fmt.Errorf("run go build: %w", err)
	}
	return binary, nil
}

// GoEnv is the environment for go build: the same everywhere, so that one build finds the work of another. No commit
// goes into a binary: that would link it anew after each one, and needs a repository that Git trusts.
func GoEnv(environ []string) []string {
	flags := "-buildvcs=false"
	if own := os.Getenv("GOFLAGS"); own != "" {
		flags = own + " " + flags
	}
	return append(slices.Clone(environ), "GOWORK=off", "GOFLAGS="+flags)
}

// BinaryPath is where the program of a folder is compiled to, below a PULUMI_HOME. It is the same path every time: Go
// then skips linking when nothing changed, which takes longer than the program.
func BinaryPath(home, dir string) string {
	name := fmt.Sprintf("%x", sha256.Sum256([]byte(filepath.Clean(dir))))[:16]
	return filepath.Join(home, "programs", name, "program")
}

// programEnv is how a Go program learns about its run.
func programEnv(r *pulumirpc.RunRequest, engine string) ([]string, error) {
	config, err := json.Marshal(orEmpty(r.GetConfig()))
	if err != nil {
		return nil, fmt.Errorf("pass the configuration on: %w", err)
	}
	secretKeys := r.GetConfigSecretKeys()
	if secretKeys == nil {
		secretKeys = []string{}
	}
	secrets, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, fmt.Errorf("pass the configuration on: %w", err)
	}
	var env []string
	for _, v := range []struct{ name, value string }{
		{pulumi.EnvOrganization, r.GetOrganization()},
		{pulumi.EnvProject, r.GetProject()},
		{pulumi.EnvPulumiRootDirectory, r.GetInfo().GetRootDirectory()},
		{pulumi.EnvStack, r.GetStack()},
		{pulumi.EnvConfig, string(config)},
		{pulumi.EnvConfigSecretKeys, string(secrets)},
		{pulumi.EnvDryRun, strconv.FormatBool(r.GetDryRun())},
		{pulumi.EnvParallel, strconv.Itoa(int(r.GetParallel()))},
		{pulumi.EnvMonitor, r.GetMonitorAddress()},
		{pulumi.EnvEngine, engine},
	} {
		if v.value != "" {
			env = append(env, v.name+"="+v.value)
		}
	}
	return env, nil
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// runResponse turns how the program ended into the engine's terms.
func runResponse(err error) *pulumirpc.RunResponse {
	if err == nil {
		return &pulumirpc.RunResponse{}
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("run the program: %v", err)}
	}
	if exit.ExitCode() == constant.ExitStatusLoggedError {
		return &pulumirpc.RunResponse{Bail: true} // the engine has shown the program's error already
	}
	if exit.ExitCode() < 0 {
		return &pulumirpc.RunResponse{Error: "the program was ended: " + exit.String()}
	}
	return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with exit code %d", exit.ExitCode())}
}
