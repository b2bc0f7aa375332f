package toolchain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Bun returns the folder that holds the command bun, installed from npm into the user's cache in the version of
// tools/bun. The first call takes about 10 seconds and the network; later ones take neither.
func (t *Toolchain) Bun(ctx context.Context) (string, error) {
	modules, err := t.npmModules(ctx, "bun", filepath.Join("tools", "bun"), "Installing Bun from npm")
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(modules, "@oven", "*", "bin", "bun"))
	if err != nil || len(found) != 1 {
		// Packages for machines of another kind are optional to npm, so it says nothing when it leaves out all of them,
		// or could not fetch one. The next call tries again.
		return "", errors.Join(fmt.Errorf("install Bun: npm found none for %s on %s: run this again with the network there, "+
			"or add a package to tools/bun/package.json", runtime.GOOS, runtime.GOARCH), err,
			os.RemoveAll(filepath.Dir(modules)))
	}
	return filepath.Dir(found[0]), nil
}

// AppDependencies returns the folder node_modules with what local/app depends on, installed into the user's cache from
// its package-lock.json. Where a container shows it as /node_modules, programs below / find it.
func (t *Toolchain) AppDependencies(ctx context.Context) (string, error) {
	return t.npmModules(ctx, "app", filepath.Join("local", "app"), "Installing the clients of local/app from npm")
}

// npmModules installs what the lock file in a folder of the clone names, and returns its node_modules. Its place in
// the cache is named by the lock's content, so that clones with the same versions share it.
func (t *Toolchain) npmModules(ctx context.Context, name, folder, title string) (string, error) {
	files := map[string][]byte{"package.json": nil, "package-lock.json": nil}
	for file := range files {
		data, err := os.ReadFile(filepath.Join(t.Work.Root, folder, file))
		if err != nil {
			return "", fmt.Errorf("install the packages of %s: %w", folder, err)
		}
		files[file] = data
	}
	sum := sha256.Sum256(bytes.Join([][]byte{files["package.json"], files["package-lock.json"]}, nil))
	dir := filepath.Join(t.cache, fmt.Sprintf("npm-%s-%s-%x", name, runtime.GOARCH, sum[:6]))
	err := t.cached(dir, title, func(work string, _ reporter) error { return npmCI(ctx, work, files) })
	if err != nil {
		return "", fmt.Errorf("install the packages of %s: %w", folder, err)
	}
	return filepath.Join(dir, "node_modules"), nil
}

// npmCI installs into dir with the user's own settings of npm, which know the registry, and runs no package's scripts.
func npmCI(ctx context.Context, dir string, files map[string][]byte) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is missing; it comes with Node.js: https://nodejs.org")
	}
	if err := os.MkdirAll(filepath.Join(dir, "node_modules"), 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
	cmd.Dir = dir
	return run(ctx, cmd)
}
