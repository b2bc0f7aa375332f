// Package gobuild runs go build only for sources that it has not built before. Go itself takes a second on two cores to
// find that nothing has changed, and links again for each target folder. No setting of Go avoids either.
package gobuild

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"threa-infra/local/workspace"
)

// kept is how many builds stay in the cache.
const kept = 8

// Build is a go build whose results are cached by the content of the sources.
type Build struct {
	// Roots are the folders whose files decide whether to build again. Required.
	Roots []string
	// Dir is the folder in which go build runs. Required.
	Dir string
	// Binary is the name of the binary. Default: one binary per package, with the package's name.
	Binary string
	// Args are the arguments of go build: flags and packages. Required.
	Args []string
}

// Install builds if necessary and puts the binaries into a folder. It reports its status. The error of a failed
// build is what go printed.
func (b Build) Install(ctx context.Context, folder string, report func(status string)) error {
	key, err := b.key()
	if err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("find the cache folder (set XDG_CACHE_HOME): %w", err)
	}
	builds := filepath.Join(cache, "threa-infra", "builds")
	if err := errors.Join(os.MkdirAll(builds, 0o755), os.MkdirAll(folder, 0o755)); err != nil {
		return fmt.Errorf("create a folder for binaries: %w", err)
	}
	built := filepath.Join(builds, key)
	unlock, err := workspace.WaitLock(built+".lock", nil)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.Chtimes(built, time.Time{}, time.Now()); errors.Is(err, fs.ErrNotExist) {
		if err := b.run(ctx, built, report); err != nil {
			return err
		}
		prune(builds)
	}
	return link(built, folder)
}

// key identifies the sources, the arguments and the toolchain.
func (b Build) key() (string, error) {
	sum := sha256.New()
	compiler, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("find the Go toolchain: %w", err)
	}
	info, err := os.Stat(compiler)
	if err != nil {
		return "", fmt.Errorf("find the Go toolchain: %w", err)
	}
	module, err := filepath.Rel(b.Roots[0], b.Dir)
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	_, _ = fmt.Fprintln(sum, compiler, info.ModTime(), module, b.Binary, b.Args)
	for _, variable := range environment() {
		if strings.HasPrefix(variable, "GO") || strings.HasPrefix(variable, "CGO") {
			_, _ = fmt.Fprintln(sum, variable)
		}
	}
	for _, root := range b.Roots {
		if err := addSources(sum, root); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:16]), nil
}

// Hash returns a hash of the sources in a folder, in hexadecimal digits.
func Hash(root string) (string, error) {
	sum := sha256.New()
	err := addSources(sum, root)
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}

func addSources(sum hash.Hash, root string) error {
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules") {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".md") {
			return nil
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		_, _ = fmt.Fprintln(sum, strings.TrimPrefix(path, root))
		size, err := io.Copy(sum, file)
		_, _ = fmt.Fprintln(sum, size)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the sources: %w", err)
	}
	return nil
}

func (b Build) run(ctx context.Context, built string, report func(status string)) error {
	unfinished := built + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove an unfinished build: %w", err)
	}
	args := append([]string{"build", "-o", unfinished + "/" + b.Binary}, b.Args...)
	if err := Go(ctx, b.Dir, report, args...); err != nil {
		return err
	}
	if err := os.Rename(unfinished, built); err != nil {
		return fmt.Errorf("keep the build: %w", err)
	}
	return nil
}

// Go runs go build in a folder. It reports its status. Its error is what the command printed.
func Go(ctx context.Context, dir string, report func(status string), args ...string) error {
	cmd := exec.CommandContext(ctx, "go", slices.Insert(args, 1, "-v")...)
	cmd.Dir, cmd.Env = dir, environment()
	output := &output{report: report}
	cmd.Stdout, cmd.Stderr = output, output
	err := cmd.Run()
	switch text := strings.TrimSpace(output.text); {
	case ctx.Err() != nil:
		return fmt.Errorf("go %s: %w", args[0], ctx.Err())
	case err != nil && text != "":
		return errors.New(text)
	case err != nil:
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}

// environment returns the environment for go build. It is the same for each build, so that one uses the work of
// another. No commit goes into a binary: that needs a repository that Git trusts.
func environment() []string {
	flags := "-buildvcs=false"
	if own := os.Getenv("GOFLAGS"); own != "" {
		flags = own + " " + flags
	}
	return append(os.Environ(), "GOWORK=off", "GOFLAGS="+flags)
}

// link puts the binaries into a folder. They are hard links, because the commands look for others beside themselves.
func link(built, folder string) error {
	binaries, err := os.ReadDir(built)
	if err != nil {
		return fmt.Errorf("install binaries: %w", err)
	}
	for _, binary := range binaries {
		source, target := filepath.Join(built, binary.Name()), filepath.Join(folder, binary.Name())
		if same(source, target) {
			continue
		}
		unfinished := fmt.Sprintf("%s.%d", target, os.Getpid())
		if os.Link(source, unfinished) != nil { // another file system
			err = copyFile(source, unfinished)
		}
		if err := errors.Join(err, os.Rename(unfinished, target)); err != nil {
			return fmt.Errorf("install %s: %w", binary.Name(), err)
		}
	}
	return nil
}

func copyFile(source, target string) error {
	data, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return os.WriteFile(target, data, 0o755)
}

func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// prune deletes the builds that were used the longest time ago. Installed binaries stay: they are links.
func prune(builds string) {
	entries, _ := os.ReadDir(builds)
	used := map[string]time.Time{}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && entry.IsDir() {
			used[entry.Name()] = info.ModTime()
		}
	}
	newestFirst := slices.SortedFunc(maps.Keys(used), func(a, b string) int { return used[b].Compare(used[a]) })
	for _, name := range newestFirst[min(kept, len(newestFirst)):] {
		_ = os.RemoveAll(filepath.Join(builds, name))
	}
}
