//go:build unix

// Command local-aws is an emulated AWS account on this machine: moto, whose command is in the same folder, with the AWS
// API shim in front of it. The account is gone when the command ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"threa-infra/local/internal/emulator"
	"threa-infra/local/shim"
	"threa-infra/local/shim/moto"
)

// checkInterval is how often the daemon checks that its file still exists.
const checkInterval = 3 * time.Second

func main() {
	dir := flag.String("dir", ".", "directory of the daemon's files")
	port := flag.Int("port", 0, "port on 127.0.0.1; 0 means the last one of this directory, or any free port")
	flag.Parse()

	log.SetPrefix("local-aws: ")
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *dir, *port)
	stop()
	// To be stopped while it still starts is not a failure.
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

// listen opens a port. For port 0, it reuses the last port of the directory if that is free, so that prepared shells
// still work.
func listen(dir string, port int) (net.Listener, error) {
	file := filepath.Join(dir, "port")
	open := func(port string) (net.Listener, error) { return net.Listen("tcp", net.JoinHostPort("127.0.0.1", port)) }
	var listener net.Listener
	err := fs.ErrNotExist
	if last, readErr := os.ReadFile(file); port == 0 && readErr == nil {
		listener, err = open(string(last))
	}
	if err != nil {
		if listener, err = open(strconv.Itoa(port)); err != nil {
			return nil, err //nolint:wrapcheck // the caller says which port
		}
	}
	_, opened, err := net.SplitHostPort(listener.Addr().String())
	if err == nil {
		err = os.WriteFile(file, []byte(opened), 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store the port: %w", err), listener.Close())
	}
	return listener, nil
}

// run serves until ctx or moto ends.
func run(ctx context.Context, dir string, port int) (err error) {
	listener, err := listen(dir, port)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d on 127.0.0.1 is busy: set THREA_LOCAL_PORT to another, or unset it to use any free port",
			port)
	}
	if err != nil {
		return fmt.Errorf("listen on port %d: %w", port, err)
	}
	defer func() { _ = listener.Close() }()

	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find moto: %w", err)
	}
	server, err := moto.Start(ctx, filepath.Join(filepath.Dir(self), moto.Command), filepath.Join(dir, "moto.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()

	handler := shim.New(server.URL())
	web := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	defer func() { _ = web.Close() }()

	address := "http://" + listener.Addr().String()
	running := emulator.Running{PID: os.Getpid(), MotoPID: server.PID(), URL: address, Instance: handler.Instance()}
	if err := running.Write(dir); err != nil {
		return err
	}
	path := emulator.InfoFile(dir)
	defer func() { _ = os.Remove(path) }()
	log.Printf("serving on %s", address)

	check := time.NewTicker(checkInterval)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-server.Done():
			return server.Failure()
		case err := <-served:
			return fmt.Errorf("serve: %w", err)
		case <-check.C:
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s was deleted: without it, nothing can find or stop the daemon", path)
			}
		}
	}
}
