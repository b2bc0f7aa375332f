//go:build unix

// Command local-aws is an AWS account on this machine: moto, with a front that
// makes the real Terraform AWS provider content with it. Everything in it is
// gone when it ends.
package main

import (
	"context"
	"encoding/json"
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
	"syscall"
	"time"

	"threa-infra/local/shim"
	"threa-infra/local/shim/moto"
)

// infoFile and motoLog are the daemon's files within its folder.
const (
	infoFile = "local-aws.json"
	motoLog  = "moto.log"
)

// lookInterval is how often the daemon makes sure that it is still wanted.
const lookInterval = 3 * time.Second

// info tells other programs how to reach a running daemon.
type info struct {
	PID      int    `json:"pid"`
	MotoPID  int    `json:"motoPid"`
	URL      string `json:"url"`
	Instance string `json:"instance"`
}

func main() {
	dir := flag.String("dir", ".", "folder for the log of moto and for "+infoFile)
	port := flag.Int("port", 0, "port on 127.0.0.1; 0 takes any free one")
	flag.Parse()

	log.SetPrefix("local-aws: ")
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *dir, *port)
	stop()
	// Being told to stop while still starting is not a failure either.
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

// run serves until ctx ends or moto does.
func run(ctx context.Context, dir string, port int) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the folder of -dir: %w", err)
	}
	// The port comes first: when it is busy, nothing needs to be undone.
	listener, err := listen(port)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()

	server, err := moto.Start(ctx, filepath.Join(dir, motoLog))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()

	handler := shim.New(server.URL())
	web := &http.Server{Handler: handler}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	defer func() { _ = web.Close() }()

	path := filepath.Join(dir, infoFile)
	address := "http://" + listener.Addr().String()
	if err := writeInfo(path, info{os.Getpid(), server.PID(), address, handler.Instance()}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove(path)) }()
	log.Printf("serving on %s", address)

	// Without its file nobody could find or stop the daemon again: its folder has been deleted.
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-server.Done():
			return server.Failure()
		case err := <-served:
			return fmt.Errorf("serve: %w", err)
		case <-look.C:
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s is gone, so nothing needs this daemon any more", path)
			}
		}
	}
}

// remove deletes a file that may be gone already.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return nil
}

func listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d on 127.0.0.1 is busy: choose another with -port, or let -port 0 find a free one", port)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return listener, nil
}

// writeInfo puts the whole file in place at once, so that a reader who waits
// for it never sees half of it.
func writeInfo(path string, content info) error {
	data, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("encode %s: %w", infoFile, err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", infoFile, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", infoFile, err)
	}
	return nil
}
