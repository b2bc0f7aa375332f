// Package sandbox runs programs on a root file system of their own, as containers do, without root's rights and without
// a container engine: Linux namespaces, made by bubblewrap, which comes with the root file system.
package sandbox

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Root is a folder into which packages of Debian were unpacked, bubblewrap among them.
type Root string

// Mount shows a folder or a file of the machine in a box.
type Mount struct {
	Source, Target string
	Writable       bool
}

// Box is what one program sees besides the root file system's /usr, which it cannot write to.
type Box struct {
	UID, GID int // inside; outside, it is the user who runs it
	// Layer, when set, is a folder that becomes the box's root directory, in which folders of the root file system and
	// Mounts are shown. Otherwise what the program writes outside of Mounts is kept in memory and gone with the box.
	Layer       string
	ReadOnly    bool // the root directory; not /dev/shm, and Mounts have their own
	Mounts      []Mount
	Directory   string   // working directory
	Environment []string // the whole of it, as NAME=value
	// Init puts a process before the program that reaps orphans, as initProcessEnabled does. Without it the program is
	// process 1, and the kernel ignores signals for which it has no handler.
	Init bool
	// InfoFD, when above 2, is an inherited file descriptor to which the process number of the box's first process is
	// written, as JSON with the key child-pid.
	InfoFD int
}

// Command returns a command that runs program in a box. It shares the network of whoever starts it, and it dies with it.
func (r Root) Command(b Box, program ...string) (*exec.Cmd, error) {
	args := []string{
		"--unshare-user", "--unshare-pid", "--uid", strconv.Itoa(b.UID), "--gid", strconv.Itoa(b.GID), "--die-with-parent",
	}
	if !b.Init {
		args = append(args, "--as-pid-1")
	}
	if b.InfoFD > 2 {
		args = append(args, "--info-fd", strconv.Itoa(b.InfoFD))
	}
	return r.inside(b, args, program)
}

// inside completes the arguments with what a box shows, whether it is new or joined.
func (r Root) inside(b Box, args, program []string) (*exec.Cmd, error) {
	args = append(args, "--unshare-ipc", "--unshare-uts", "--new-session")
	if b.Layer != "" {
		args = append(args, "--bind", b.Layer, "/")
	}
	args = append(args,
		"--ro-bind", filepath.Join(string(r), "usr"), "/usr",
		"--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
		"--proc", "/proc", "--dev", "/dev", "--dir", "/etc", "--dir", "/run", "--dir", "/var",
	)
	if b.Layer == "" {
		args = append(args, "--tmpfs", "/tmp")
	}
	for _, m := range b.Mounts {
		how := "--ro-bind"
		if m.Writable {
			how = "--bind"
		}
		args = append(args, how, m.Source, m.Target)
	}
	if b.ReadOnly {
		args = append(args, "--remount-ro", "/")
	}
	if b.Directory != "" {
		args = append(args, "--chdir", b.Directory)
	}
	cmd, err := r.bubblewrap(append(append(args, "--"), program...))
	if err != nil {
		return nil, err
	}
	cmd.Env = append([]string{}, b.Environment...) // never as arguments, which everybody on the machine can read
	return cmd, nil
}

// Apart returns a command that runs program on the machine's own file system, but in a network of its own, in which
// nothing is reached but its own loopback interface. Boxes that it starts share that network.
func (r Root) Apart(program ...string) (*exec.Cmd, error) {
	args := []string{"--unshare-user", "--unshare-net", "--die-with-parent", "--dev-bind", "/", "/", "--"}
	return r.bubblewrap(append(args, program...))
}

// bubblewrap runs with the libraries that it was unpacked with; the machine's may be older.
func (r Root) bubblewrap(args []string) (*exec.Cmd, error) {
	loaders, err := filepath.Glob(filepath.Join(string(r), "usr/lib/*-linux-gnu*/ld-linux-*.so.*"))
	if err != nil || len(loaders) == 0 {
		return nil, fmt.Errorf("no program can run on the root file system %s: %w", r, errors.Join(err, errors.New("it has no loader")))
	}
	own := []string{"--library-path", filepath.Dir(loaders[0]), filepath.Join(string(r), "usr/bin/bwrap")}
	return exec.Command(loaders[0], append(own, args...)...), nil
}

// Check reports whether this machine lets its users make namespaces.
func (r Root) Check() error {
	cmd, err := r.Apart("true")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("this machine forbids namespaces, which containers are made of (%s): allow them with "+
			"sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0, where it has these: %w",
			strings.TrimSpace(string(out)), err)
	}
	return nil
}
