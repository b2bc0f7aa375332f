package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestMain runs the tests, or a program that drains after Ctrl-C if this binary was started as that.
func TestMain(m *testing.M) {
	if os.Getenv("THREA_TEST_DRAINS") == "" {
		os.Exit(m.Run())
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	restore := takeTerminal()
	fmt.Println("ready")
	<-interrupted
	restore()
	fmt.Println("drained")
}

// openTerminal returns both ends of a terminal: the one with the keyboard, and the one for programs.
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = keyboard.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	return keyboard, terminal
}

// TestTakeTerminal_KeepsCtrlCFromCallers has a shell in place of make and go run, which Ctrl-C would end.
func TestTakeTerminal_KeepsCtrlCFromCallers(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	keyboard, terminal := openTerminal(t)
	cmd := exec.Command("/bin/sh", "-c", `"$0"; echo "exit code $?"; read -r line; echo "read $line"`, self)
	cmd.Env = append(os.Environ(), "THREA_TEST_DRAINS=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	require.NoError(t, terminal.Close())
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var out strings.Builder
	for _, key := range []struct{ after, press string }{{"ready", "\x03"}, {"exit code", "hello\n"}} {
		for buffer := make([]byte, 1024); !strings.Contains(out.String(), key.after); {
			n, err := keyboard.Read(buffer)
			require.NoError(t, err, out.String())
			out.Write(buffer[:n])
		}
		_, err := keyboard.WriteString(key.press)
		require.NoError(t, err)
	}
	require.NoError(t, cmd.Wait(), "Ctrl-C did not reach the shell")
	assert.Contains(t, out.String(), "drained")
	assert.Contains(t, out.String(), "exit code 0")
}
