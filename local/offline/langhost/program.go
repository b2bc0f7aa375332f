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
	"golang.org/x/mod/modfile"

	"threa-infra/local/internal/gobuild"
)

// Build compiles the program of a folder and returns the binary, which is below home, a PULUMI_HOME. Default of home:
// the user's cache.
func Build(ctx context.Context, dir, home string, report func(status string)) (string, error) {
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
	build := gobuild.Build{Roots: roots, Dir: dir, Binary: "program", Args: []string{"-ldflags", "-s -w", "."}}
	if err := build.Install(ctx, folder, report); err != nil {
		return "", fmt.Errorf("the program does not compile:\n%w", err)
	}
	return filepath.Join(folder, build.Binary), nil
}

// loadModule parses the go.mod of the program's folder or the nearest one above.
func loadModule(dir string) (*modfile.File, error) {
	for at := dir; ; at = filepath.Dir(at) {
		path := filepath.Join(at, "go.mod")
		data, err := os.ReadFile(path)
		switch {
		case err == nil:
			mod, err := modfile.Parse(path, data, nil)
			if err != nil {
				return nil, fmt.Errorf("parse the program's modules: %w", err)
			}
			return mod, nil
		case !os.IsNotExist(err):
			return nil, fmt.Errorf("read the program's modules: %w", err)
		case at == filepath.Dir(at):
			return nil, fmt.Errorf("no go.mod in %s or above", dir)
		}
	}
}

// programEnv returns the environment variables that describe a run to a Go program.
func programEnv(r *pulumirpc.RunRequest, engine string) ([]string, error) {
	config, secretKeys := r.GetConfig(), r.GetConfigSecretKeys()
	if config == nil {
		config = map[string]string{}
	}
	if secretKeys == nil {
		secretKeys = []string{}
	}
	var encoded [2]string
	for i, value := range []any{config, secretKeys} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("encode the configuration: %w", err)
		}
		encoded[i] = string(text)
	}
	var env []string
	for name, value := range map[string]string{
		pulumi.EnvOrganization:        r.GetOrganization(),
		pulumi.EnvProject:             r.GetProject(),
		pulumi.EnvPulumiRootDirectory: r.GetInfo().GetRootDirectory(),
		pulumi.EnvStack:               r.GetStack(),
		pulumi.EnvConfig:              encoded[0],
		pulumi.EnvConfigSecretKeys:    encoded[1],
		pulumi.EnvDryRun:              strconv.FormatBool(r.GetDryRun()),
		pulumi.EnvParallel:            strconv.Itoa(int(r.GetParallel())),
		pulumi.EnvMonitor:             r.GetMonitorAddress(),
		pulumi.EnvEngine:              engine,
	} {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env, nil
}

// runResponse returns the answer to the engine for the end of the program.
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
