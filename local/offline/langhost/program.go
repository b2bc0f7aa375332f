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
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"threa-infra/local/internal/gobuild"
)

// Build compiles the program of a folder and returns the binary, which is below home, a PULUMI_HOME. Default of home:
// the user's cache.
func Build(ctx context.Context, dir, home string) (string, error) {
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache folder (set XDG_CACHE_HOME): %w", err)
		}
		home = filepath.Join(cache, "threa-infra")
	}
	folder := filepath.Join(home, "programs", fmt.Sprintf("%x", sha256.Sum256([]byte(filepath.Clean(dir))))[:16])
	mod, err := loadModule(dir)
	if err != nil {
		return "", err
	}
	roots := []string{filepath.Dir(mod.Syntax.Name)}
	for _, replace := range mod.Replace {
		if replace.New.Version == "" {
			roots = append(roots, filepath.Join(roots[0], replace.New.Path))
		}
	}
	build := gobuild.Build{Roots: roots, Dir: dir, Binary: "program", Args: []string{"."}}
	if err := build.Install(ctx, folder); err != nil {
		return "", fmt.Errorf("the program does not compile:\n%w", err)
	}
	return filepath.Join(folder, build.Binary), nil
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
