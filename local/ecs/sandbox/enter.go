//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Enter returns a command that runs program among the processes of a box, as its user. The box's own program must run
// already. What is shown is made anew from b, which should be what the box was made from: only
// /dev/shm and what is kept in memory are not the same. The command's ExtraFiles are to be closed after its start.
func (r Root) Enter(first *Process, b Box, program ...string) (_ *exec.Cmd, err error) {
	var files []*os.File
	defer func() {
		if err != nil {
			for _, f := range files {
				_ = f.Close()
			}
		}
	}()
	for _, name := range []string{"pid", "user", "mnt"} {
		f, err := os.Open(filepath.Join(first.folder(), "ns", name))
		if err != nil {
			return nil, fmt.Errorf("enter a box: %w", err)
		}
		files = append(files, f)
	}
	// A box has one or two namespaces of users, one in the other: what is mounted belongs to the outer, the program to
	// the inner.
	descriptor, err := unix.IoctlRetInt(int(files[2].Fd()), unix.NS_GET_USERNS)
	if err != nil {
		return nil, fmt.Errorf("enter a box: %w", err)
	}
	outer := os.NewFile(uintptr(descriptor), "user")
	files = append(files, outer)
	same, err := sameFile(files[1], outer)
	if err != nil {
		return nil, fmt.Errorf("enter a box: %w", err)
	}
	// ExtraFiles begin at descriptor 3. The program is not told to die with its parent: that is a helper of bubblewrap,
	// which ends a moment after it has started the program. It ends with the box.
	args := []string{"--pidns", strconv.Itoa(3), "--userns", strconv.Itoa(6)}
	if !same {
		args = append(args, "--userns2", strconv.Itoa(4))
	}
	cmd, err := r.inside(b, args, program)
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = files
	return cmd, nil
}

func sameFile(a, b *os.File) (bool, error) {
	one, err := a.Stat()
	other, otherErr := b.Stat()
	if err := errors.Join(err, otherErr); err != nil {
		return false, err
	}
	return os.SameFile(one, other), nil
}
