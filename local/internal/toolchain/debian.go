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
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// Debian returns a root file system with PostgreSQL, pgvector, Valkey, shells and bubblewrap, unpacked from the
// packages of Debian or Ubuntu into the user's cache. Nothing is installed on the machine and no right is needed: apt
// works in folders of its own, and of the machine it uses the mirror, its keys and the way there. The first call takes
// about 10 seconds and the network; later ones take neither.
func (t *Toolchain) Debian(ctx context.Context) (sandbox.Root, error) {
	root, err := t.unpackedDebian(ctx)
	if err != nil {
		return "", fmt.Errorf("PostgreSQL, pgvector and Valkey from Debian's packages: %w", err)
	}
	return root, nil
}

func (t *Toolchain) unpackedDebian(ctx context.Context) (sandbox.Root, error) {
	release, err := readRelease("/etc/os-release")
	if err != nil {
		return "", err
	}
	wanted, err := release.distribution()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(t.cache, fmt.Sprintf("%s-%s-%s", wanted.suite, runtime.GOARCH, wanted.key()))
	err = t.cached(dir, "Unpacking PostgreSQL, pgvector and Valkey from Debian's packages", func(work string) error {
		for _, command := range []string{"apt-get", "dpkg-deb"} {
			if _, err := exec.LookPath(command); err != nil {
				return fmt.Errorf("this machine has no %s, which downloads and unpacks them: "+
					"install it, or run this in a container of Debian or Ubuntu", command)
			}
		}
		mirror, err := release.mirror("/etc/apt")
		if err != nil {
			return err
		}
		apt := work + ".apt"
		defer func() { _ = os.RemoveAll(apt) }()
		return errors.Join(os.RemoveAll(apt), wanted.unpack(ctx, mirror, apt, work))
	})
	return sandbox.Root(dir), err
}

// distribution is the release of which the packages are taken, whatever release the machine itself has: the one
// before has no pgvector or no Valkey.
type distribution struct {
	suite, components string
	packages          []string
}

// common has bash although dash would do: slim images of Debian have it, and bun run passes signals on through bash alone.
var (
	common = []string{"valkey-server", "bubblewrap", "base-files", "coreutils", "bash", "dash", "tzdata"}
	trixie = distribution{"trixie", "main", append([]string{"postgresql-17", "postgresql-17-pgvector"}, common...)}
	noble  = distribution{"noble", "main universe", append([]string{"postgresql-16", "postgresql-16-pgvector"}, common...)}
)

// unneeded begin the names of packages that others depend on and that nothing here runs: scripts that install, and the
// compiler behind jit. They are half of the size.
var unneeded = []string{"perl", "libperl", "libllvm", "libz3", "locales", "libc-l10n", "postgresql-common-dev"}

func (d distribution) key() string {
	sum := sha256.Sum256([]byte(strings.Join(append(append([]string{d.components}, d.packages...), unneeded...), " ")))
	return fmt.Sprintf("%x", sum[:6])
}

// unpack makes the root file system in root. apt is a folder for what apt-get needs meanwhile.
func (d distribution) unpack(ctx context.Context, mirror mirror, apt, root string) error {
	settings, err := d.settings(mirror, apt)
	if err != nil {
		return err
	}
	if err := run(ctx, "apt-get", "-q", "-c", settings, "update"); err != nil {
		return fmt.Errorf("read the packages of %s: %w", d.suite, err)
	}
	if err := run(ctx, "apt-get", append([]string{
		"-q", "-y", "-c", settings, "install", "--download-only", "--no-install-recommends",
	}, d.packages...)...); err != nil {
		return fmt.Errorf("download the packages of %s: %w", d.suite, err)
	}
	// Packages from before the merge of /bin with /usr/bin follow the links, too.
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(root, "usr", name), 0o755), os.Symlink("usr/"+name, filepath.Join(root, name))); err != nil {
			return fmt.Errorf("make the root file system: %w", err)
		}
	}
	archives, err := filepath.Glob(filepath.Join(apt, "cache", "archives", "*.deb"))
	if err != nil || len(archives) == 0 {
		return errors.Join(errors.New("apt-get downloaded nothing"), err)
	}
	for _, archive := range archives {
		if isUnneeded(filepath.Base(archive)) {
			continue
		}
		if err := run(ctx, "dpkg-deb", "-x", archive, root); err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(archive), err)
		}
	}
	return nil
}

func isUnneeded(archive string) bool {
	for _, prefix := range unneeded {
		if strings.HasPrefix(archive, prefix) {
			return true
		}
	}
	return false
}

// settings writes a configuration that keeps apt in dir. It comes after the machine's own, of which it keeps the ways
// through proxies and drops what would run on every update, and the preferences.
func (d distribution) settings(mirror mirror, dir string) (string, error) {
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return "", fmt.Errorf("make apt's folders: %w", err)
		}
	}
	var text strings.Builder
	for _, setting := range [][2]string{
		{"Dir::State", "state"}, {"Dir::State::status", "status"}, {"Dir::Cache", "cache"},
		{"Dir::Etc::sourcelist", mirror.file},
	} {
		fmt.Fprintf(&text, "%s %q;\n", setting[0], filepath.Join(dir, setting[1]))
	}
	text.WriteString(`Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
APT::Sandbox::User "";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`)
	path := filepath.Join(dir, "apt.conf")
	for name, content := range map[string]string{"apt.conf": text.String(), "status": "", mirror.file: mirror.entry(d)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return "", fmt.Errorf("set apt up: %w", err)
		}
	}
	return path, nil
}

// run returns what a command complained about: the lines that apt and dpkg mark as errors, or else its last one.
func run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, ctx.Err())
	}
	if err == nil {
		return nil
	}
	var marked []string
	last := ""
	for line := range strings.Lines(out.String()) {
		last = strings.TrimSpace(line)
		if _, text, ok := strings.Cut(line, "E: "); ok {
			marked = append(marked, strings.TrimSpace(text))
		}
	}
	if len(marked) == 0 {
		marked = []string{last}
	}
	return fmt.Errorf("%s: %w: %s", name, err, strings.Join(marked, "; "))
}
