package toolchain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"threa-infra/local/internal/gobuild"
	"threa-infra/local/offline/langhost"
)

// tool is a command that is built once for all clones, from a module of its own under tools/.
type tool struct{ name, folder, module, pkg, title string }

var (
	cliTool = tool{
		name: "pulumi", folder: "pulumi", module: cliModule, pkg: cliModule + "/cmd/pulumi",
		title: "Building the Pulumi CLI (once, about 2 minutes)",
	}
	bridgeTool = tool{
		name: "pulumi-resource-terraform-provider", folder: "bridge", module: bridgeModule, pkg: bridgeModule + "/dynamic",
		title: "Building Pulumi's bridge to the Terraform AWS provider (once, about a minute)",
	}
)

// toolPath returns the tool's path in the user's cache and its version. The version and the content of its folder name
// the path, so a clone with other versions gets its own.
func (t *Toolchain) toolPath(x tool) (path, version string, err error) {
	source := filepath.Join(t.Work.Root, "tools", x.folder)
	if version, err = required(filepath.Join(source, "go.mod"), x.module); err != nil {
		return "", "", err
	}
	key, err := gobuild.Hash(source)
	if err != nil {
		return "", "", fmt.Errorf("build %s: %w", x.name, err)
	}
	folder := fmt.Sprintf("%s-%s-%s-%.12s", x.folder, version, runtime.GOARCH, key)
	return filepath.Join(t.cache, "tools", folder, x.name), version, nil
}

func (t *Toolchain) isBuilt(x tool) bool {
	path, _, err := t.toolPath(x)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// buildTool returns the tool's path in the user's cache, after building it if necessary.
func (t *Toolchain) buildTool(ctx context.Context, x tool) (string, error) {
	path, version, err := t.toolPath(x)
	if err != nil {
		return "", err
	}
	err = t.cached(path, x.title, func(work string, report reporter) error {
		source := filepath.Join(t.Work.Root, "tools", x.folder)
		sources := path + ".src"
		defer func() { _ = os.RemoveAll(sources) }()
		without, err := leaveOut(ctx, source, sources)
		if err != nil {
			return err
		}
		stamp := "-s -w -X " + sdkModule + "/go/common/version.Version=" + version
		args := slices.Concat([]string{"build", "-o", work}, without, []string{"-ldflags", stamp, x.pkg})
		return gobuild.Go(ctx, source, report, args...)
	})
	if err != nil {
		return "", fmt.Errorf("build %s: %w", x.name, err)
	}
	return path, nil
}

// leaveOut returns flags with which go build takes stubs instead of large packages that the local AWS does not need.
// The folder _without in source has a stub.go for each. Without them, both tools need half the time.
//
// An overlay exchanges the files. Go accepts none for its module cache, so links in the folder work lead there.
func leaveOut(ctx context.Context, source, work string) ([]string, error) {
	stubs := filepath.Join(source, "_without")
	var packages []string
	err := fs.WalkDir(os.DirFS(stubs), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			packages = append(packages, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what to leave out: %w", err)
	}
	format := "{{.ImportPath}} {{.Dir}} {{.Module.Path}} {{.Module.Dir}}"
	list := exec.CommandContext(ctx, "go", append([]string{"list", "-f", format}, packages...)...)
	list.Dir, list.Env = source, append(os.Environ(), "GOWORK=off")
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("find what to leave out: %w", err)
	}
	mod, err1 := os.ReadFile(filepath.Join(source, "go.mod"))
	sum, err2 := os.ReadFile(filepath.Join(source, "go.sum"))
	if err := errors.Join(err1, err2, os.RemoveAll(work), os.MkdirAll(work, 0o755)); err != nil {
		return nil, fmt.Errorf("read the module: %w", err)
	}
	links, replaced := map[string]string{}, map[string]string{}
	for line := range strings.Lines(string(listed)) {
		fields := strings.Fields(line)
		path, dir, module, moduleDir := fields[0], fields[1], fields[2], fields[3]
		if links[module] == "" {
			links[module] = filepath.Join(work, fmt.Sprint(len(links)))
			mod = fmt.Appendf(mod, "\nreplace %s => %s\n", module, links[module])
			err = errors.Join(err, os.Symlink(moduleDir, links[module]))
		}
		linked := filepath.Join(links[module], strings.TrimPrefix(dir, moduleDir))
		files, globErr := filepath.Glob(filepath.Join(dir, "*.go"))
		err = errors.Join(err, globErr)
		for _, file := range files {
			replaced[filepath.Join(linked, filepath.Base(file))] = "" // left out
		}
		replaced[filepath.Join(linked, "stub.go")] = filepath.Join(stubs, path, "stub.go")
	}
	overlay, encodeErr := json.Marshal(map[string]any{"Replace": replaced})
	err = errors.Join(err, encodeErr,
		os.WriteFile(filepath.Join(work, "go.mod"), mod, 0o600), os.WriteFile(filepath.Join(work, "go.sum"), sum, 0o600),
		os.WriteFile(filepath.Join(work, "overlay.json"), overlay, 0o600))
	if err != nil {
		return nil, fmt.Errorf("leave out packages: %w", err)
	}
	return []string{"-modfile", filepath.Join(work, "go.mod"), "-overlay", filepath.Join(work, "overlay.json")}, nil
}

// Commands compiles the commands of this clone, the launcher among them for the shell of go run ./local env.
func (t *Toolchain) Commands(ctx context.Context) error {
	flags := fmt.Sprintf("-s -w -X main.sdkVersion=%s -X main.awsVersion=%s",
		strings.TrimPrefix(t.sdkVersion, "v"), strings.TrimPrefix(t.awsVersion, "v"))
	build := gobuild.Build{
		Roots: []string{t.Work.Root}, Dir: filepath.Join(t.Work.Root, "local"),
		Args: []string{"-ldflags", flags, ".", "./cmd/...", "./offline/cmd/..."},
	}
	err := t.Print.Step("Compiling the local AWS", func(report reporter) error {
		return build.Install(ctx, t.Work.Bin(), report)
	})
	if err != nil {
		return fmt.Errorf("compile the local AWS:\n%w", err)
	}
	return nil
}

// Program compiles the user's program ahead of the engine, which would be silent for that time, and whose message
// about a compile error says less.
func (t *Toolchain) Program(ctx context.Context) error {
	return t.Print.Step("Compiling the program", func(report reporter) error {
		_, err := langhost.Build(ctx, t.Work.Root, t.Work.Home(), report)
		return err
	})
}
