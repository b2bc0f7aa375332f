package toolchain

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"threa-infra/local/internal/gobuild"
	"threa-infra/local/offline/langhost"
)

// tool is a command that is built once for all clones, from a module of its own under tools/.
type tool struct {
	name, folder, module, pkg string
	ldflags                   string // %s is the module's version
	step
}

// buildTool returns the tool's path in the user's cache, after building it where it is not there yet. The folder is
// named by version and content of its go.sum, so a clone with other versions gets its own.
func (t *Toolchain) buildTool(ctx context.Context, x tool) (string, error) {
	source := filepath.Join(t.Work.Root, "tools", x.folder)
	version, err := required(filepath.Join(source, "go.mod"), x.module)
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(source, "go.sum"))
	if err != nil {
		return "", fmt.Errorf("build %s: %w", x.name, err)
	}
	key := fmt.Sprintf("%s-%s-%s-%x", x.folder, version, runtime.GOARCH, sha256.Sum256(sums))
	path := filepath.Join(t.cache, "tools", key[:len(key)-52], x.name)
	err = t.cached(path, x.step, func(work string) error {
		args := []string{"build", "-o", work}
		if x.ldflags != "" {
			args = append(args, "-ldflags", fmt.Sprintf(x.ldflags, version))
		}
		return gobuild.Go(ctx, source, append(args, x.pkg)...)
	})
	if err != nil {
		return "", fmt.Errorf("build %s: %w", x.name, err)
	}
	return path, nil
}

// Commands compiles the commands of this clone, the launcher among them for the shell of go run ./local env.
func (t *Toolchain) Commands(ctx context.Context) error {
	flags := fmt.Sprintf("-s -w -X main.sdkVersion=%s -X main.awsVersion=%s",
		strings.TrimPrefix(t.sdkVersion, "v"), strings.TrimPrefix(t.awsVersion, "v"))
	build := gobuild.Build{
		Roots: []string{t.Work.Root}, Dir: filepath.Join(t.Work.Root, "local"),
		Args: []string{"-ldflags", flags, ".", "./cmd/...", "./offline/cmd/..."},
	}
	err := t.Print.Step("Compiling the local AWS", "about a minute the first time", func() error {
		return build.Install(ctx, t.Work.Bin())
	})
	if err != nil {
		return fmt.Errorf("compile the local AWS:\n%w", err)
	}
	return nil
}

// Program compiles the user's program ahead of the engine, which would be silent for that time, and whose message
// about a compile error says less.
func (t *Toolchain) Program(ctx context.Context) error {
	return t.Print.Step("Compiling the program", "about two minutes the first time", func() error {
		_, err := langhost.Build(ctx, t.Work.Root, t.Work.Home())
		return err
	})
}
