// Package sandbox runs programs on a root file system of their own, without root's rights and without a container
// engine. It calls bubblewrap, which is part of that root file system, to create Linux namespaces.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Root is the path of a folder into which Debian packages were unpacked, bubblewrap among them.
type Root string

// Mount shows a folder or a file of the machine in a box.
type Mount struct {
	Source, Target string
	Writable       bool
}

// Box configures what a program sees besides the root file system's /usr, which is read-only.
type Box struct {
	// UID and GID are the program's user and group inside. Outside, it runs as the current user.
	UID, GID int
	// Layer is a folder that becomes the root directory. Default: a file system in memory that ends with the box.
	Layer string
	// ReadOnly makes the root directory read-only, except for /dev/shm and writable mounts.
	ReadOnly bool
	Mounts   []Mount
	// Directory is the working directory.
	Directory string
	// Environment is the whole environment, as NAME=value.
	Environment []string
	// Init starts an init process that reaps orphans, as initProcessEnabled does on ECS. Without it, the program is
	// process 1, and the kernel ignores signals for which it has no handler.
	Init bool
	// Stdin is the program's standard input. Default: empty.
	Stdin io.Reader
	// Output receives standard output and standard error. Default: discarded.
	Output io.Writer
}

// infoFD is the file descriptor to which bubblewrap writes the id of a box's first process: the first of ExtraFiles.
const infoFD = 3

// command returns the command that runs a program in a box. It shares the network of the current process.
func (r Root) command(b Box, program []string) (*exec.Cmd, error) {
	args := []string{
		"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--new-session", "--die-with-parent",
		"--uid", strconv.Itoa(b.UID), "--gid", strconv.Itoa(b.GID), "--info-fd", strconv.Itoa(infoFD),
	}
	if !b.Init {
		args = append(args, "--as-pid-1")
	}
	if b.Layer != "" {
		args = append(args, "--bind", b.Layer, "/")
	}
	args = append(args,
		"--ro-bind", filepath.Join(string(r), "usr"), "/usr", "--symlink", "usr/bin", "/bin",
		"--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
		"--proc", "/proc", "--dev", "/dev", "--dir", "/etc", "--dir", "/run", "--dir", "/var",
	)
	if b.Layer == "" {
		args = append(args, "--tmpfs", "/tmp")
	}
	for _, m := range b.Mounts {
		option := "--ro-bind"
		if m.Writable {
			option = "--bind"
		}
		args = append(args, option, m.Source, m.Target)
	}
	if b.ReadOnly {
		args = append(args, "--remount-ro", "/")
	}
	if b.Directory != "" {
		args = append(args, "--chdir", b.Directory)
	}
	cmd, err := r.bubblewrap(append(append(args, "--"), program...)...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append([]string{}, b.Environment...) // never as arguments, which every user of the machine can read
	return cmd, nil
}

// bubblewrap returns a command that runs bubblewrap with the libraries that were unpacked with it: the machine's may be
// older.
func (r Root) bubblewrap(args ...string) (*exec.Cmd, error) {
	loaders, err := filepath.Glob(filepath.Join(string(r), "usr/lib/*-linux-gnu*/ld-linux-*.so.*"))
	if err != nil || len(loaders) == 0 {
		err = errors.Join(err, errors.New("no dynamic loader"))
		return nil, fmt.Errorf("cannot run programs on the root file system %s: %w", r, err)
	}
	own := []string{"--library-path", filepath.Dir(loaders[0]), filepath.Join(string(r), "usr/bin/bwrap")}
	return exec.Command(loaders[0], append(own, args...)...), nil
}
