// Package plugin is what the two plugins of the local AWS share: how the Pulumi engine starts a plugin, and how a
// plugin ends with its engine.
package plugin

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// EngineAddress reads the command line that the engine gives every plugin. It is "" without an error where the
// engine tells its address later.
func EngineAddress(args []string) (string, error) {
	flags := flag.NewFlagSet("plugin", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Bool("logtostderr", false, "")
	flags.Bool("logflow", false, "")
	flags.Int("v", 0, "")
	for _, name := range []string{"tracing", "binary", "buildTarget", "root"} {
		flags.String(name, "", "")
	}
	if err := flags.Parse(args); err != nil {
		return "", errors.Join(errors.New("this is a plugin that the pulumi command starts"), err)
	}
	return flags.Arg(0), nil
}

// ErrEngineDied is the cause of a Context that ended because the engine was killed.
var ErrEngineDied = errors.New("the engine has died")

// Context ends on SIGINT and SIGTERM and soon after the engine's death, of which no signal tells.
func Context() (context.Context, context.CancelFunc) {
	notified, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(notified)
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		cancel(ErrEngineDied)
	}()
	return ctx, func() { cancel(nil); stop() }
}
