package toolchain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// distribution is the release whose packages are used. The machine may run another release: older ones lack pgvector
// or Valkey.
type distribution struct {
	suite, components, keyring string
	packages                   []string
}

// commonPackages include bash although dash is smaller: only bash passes signals on from bun run.
var commonPackages = []string{"valkey-server", "bubblewrap", "base-files", "coreutils", "bash", "dash", "tzdata"}

var (
	trixie = distribution{
		suite: "trixie", components: "main", keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
		packages: append([]string{"postgresql-17", "postgresql-17-pgvector"}, commonPackages...),
	}
	noble = distribution{
		suite: "noble", components: "main universe", keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
		packages: append([]string{"postgresql-16", "postgresql-16-pgvector"}, commonPackages...),
	}
)

// unusedPackages are prefixes of dependencies that are not unpacked: installation scripts and the compiler of
// PostgreSQL's just-in-time compilation. They are half of the size.
var unusedPackages = []string{
	"perl", "libperl", "libllvm", "libz3", "locales", "libc-l10n", "postgresql-common-dev",
}

// Debian returns a root file system with PostgreSQL, pgvector, Valkey, shells and bubblewrap. It unpacks packages of
// Debian or Ubuntu into the user's cache, in about 15 seconds the first time. It needs no root and installs nothing on
// the machine.
func (t *Toolchain) Debian(ctx context.Context) (sandbox.Root, error) {
	release, err := readRelease("/etc/os-release")
	if err != nil {
		return "", fmt.Errorf("get PostgreSQL, pgvector and Valkey from Debian's packages: %w", err)
	}
	d := trixie
	if release["ID"] == "ubuntu" || release["UBUNTU_CODENAME"] != "" {
		d = noble
	}
	key := sha256.Sum256([]byte(strings.Join(slices.Concat([]string{d.components}, d.packages, unusedPackages), " ")))
	dir := filepath.Join(t.cache, fmt.Sprintf("%s-%s-%x", d.suite, runtime.GOARCH, key[:6]))
	title := "Unpacking PostgreSQL, pgvector and Valkey from Debian's packages"
	err = t.cached(dir, title, func(work string, _ reporter) error {
		for _, command := range []string{"apt-get", "dpkg-deb"} {
			if _, err := exec.LookPath(command); err != nil {
				return fmt.Errorf("%s is missing: use Debian or Ubuntu, or a container of either", command)
			}
		}
		mirror, err := release.mirror(ctx)
		if err != nil {
			return err
		}
		apt := work + ".apt"
		defer func() { _ = os.RemoveAll(apt) }()
		return errors.Join(os.RemoveAll(apt), d.unpack(ctx, mirror, apt, work))
	})
	if err != nil {
		return "", fmt.Errorf("get PostgreSQL, pgvector and Valkey from Debian's packages: %w", err)
	}
	return sandbox.Root(dir), nil
}

// osRelease holds /etc/os-release: https://www.freedesktop.org/software/systemd/man/os-release.html.
type osRelease map[string]string

func readRelease(path string) (osRelease, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("use Debian or Ubuntu, or a container of either: %w", err)
	}
	release := osRelease{}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			release[name] = strings.Trim(value, `"'`)
		}
	}
	return release, nil
}

// mirror asks apt for the address from which the machine gets the main packages of its own release.
func (r osRelease) mirror(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
		"Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("list the package sources of apt: %w", err)
	}
	suites := []string{r["VERSION_CODENAME"], r["UBUNTU_CODENAME"], "stable", "testing", "unstable", "sid"}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && slices.Contains(suites, fields[1]) && fields[2] == "main" {
			return fields[0], nil
		}
	}
	return "", fmt.Errorf("apt has no source with the main packages of %s %s: add one, see man sources.list",
		r["ID"], r["VERSION_CODENAME"])
}

// unpack creates the root file system in root. apt is a folder for apt-get's own files.
func (d distribution) unpack(ctx context.Context, mirror, apt, root string) error {
	settings, err := d.settings(mirror, apt)
	if err != nil {
		return err
	}
	if err := run(ctx, exec.CommandContext(ctx, "apt-get", "-q", "-c", settings, "update")); err != nil {
		return fmt.Errorf("read the packages of %s: %w", d.suite, err)
	}
	install := []string{"-q", "-y", "-c", settings, "install", "--download-only", "--no-install-recommends"}
	if err := run(ctx, exec.CommandContext(ctx, "apt-get", append(install, d.packages...)...)); err != nil {
		return fmt.Errorf("download the packages of %s: %w", d.suite, err)
	}
	// Packages may still use /bin instead of /usr/bin.
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		err := errors.Join(os.MkdirAll(filepath.Join(root, "usr", name), 0o755),
			os.Symlink("usr/"+name, filepath.Join(root, name)))
		if err != nil {
			return fmt.Errorf("create the root file system: %w", err)
		}
	}
	archives, err := filepath.Glob(filepath.Join(apt, "cache", "archives", "*.deb"))
	if err != nil || len(archives) == 0 {
		return errors.Join(errors.New("apt-get downloaded nothing"), err)
	}
	for _, archive := range archives {
		name := filepath.Base(archive)
		if slices.ContainsFunc(unusedPackages, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		if err := run(ctx, exec.CommandContext(ctx, "dpkg-deb", "-x", archive, root)); err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
	}
	return nil
}

// settings writes a configuration that keeps apt's files in dir and returns its path. The machine's own configuration
// applies before it, so that its proxies are used.
func (d distribution) settings(mirror, dir string) (string, error) {
	options := ""
	if _, err := os.Stat(d.keyring); err == nil {
		options = "[signed-by=" + d.keyring + "] "
	}
	files := map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb %s%s %s %s\n", options, mirror, d.suite, d.components),
		"apt.conf": fmt.Sprintf(`Dir::State %q;
Dir::State::status %q;
Dir::Cache %q;
Dir::Etc::sourcelist %q;
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
APT::Sandbox::User "";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`, filepath.Join(dir, "state"), filepath.Join(dir, "status"), filepath.Join(dir, "cache"), filepath.Join(dir, "sources.list")),
	}
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return "", fmt.Errorf("create apt's folders: %w", err)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return "", fmt.Errorf("configure apt: %w", err)
		}
	}
	return filepath.Join(dir, "apt.conf"), nil
}
