package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"threa-infra/cache"
	"threa-infra/internal/rdsca"
	"threa-infra/local/ecs"
	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/ecs/stores"
	"threa-infra/local/internal/control"
	"threa-infra/local/shim"
)

// runTasks runs the deployment's database, cache and tasks, and stops them at the end.
func (l *launcher) runTasks(
	ctx context.Context, flags *taskFlags, deployment *control.Deployment, outputs *stackOutputs,
) (int, error) {
	root, err := l.tools.Debian(ctx)
	if err := errors.Join(err, l.tools.Commands(ctx)); err != nil {
		return 1, err
	}
	if err := root.Check(ctx); err != nil {
		return 1, err
	}
	// The paths of Unix sockets must be short, so this is not in the clone's folder.
	dir, err := os.MkdirTemp("", "threa-task-")
	if err != nil {
		return 1, fmt.Errorf("create a folder for the tasks: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	spec, err := l.storesSpec(ctx, outputs)
	if err != nil {
		return 1, err
	}
	names := "PostgreSQL"
	if spec.Cache != nil {
		names += " and Valkey"
	}
	var running *stores.Stores
	err = l.print.Step("Starting "+names, func(func(string)) error {
		var err error
		running, err = stores.Start(ctx, root, filepath.Join(dir, "stores"), *spec)
		return err
	})
	if err != nil {
		return 1, err
	}
	defer running.Stop()
	image, err := l.image(ctx, flags, dir, running.CacheCA)
	if err != nil {
		return 1, err
	}
	amazon, err := rdsca.Bundle(l.env.Region)
	if err != nil {
		return 1, err
	}
	defer takeTerminal()()
	l.print.Note("Running %s, with %s as its image", *deployment.Task.TaskDefinitionArn, image.Directory)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(ctx, l.release) // a second Ctrl-C ends everything immediately
	service := &ecs.Service{
		Deployment: deployment, Root: root, Image: *image, Directory: dir, Output: os.Stdout,
		Agent: filepath.Join(l.work.Bin(), "ecs-agent"), Connector: filepath.Join(l.work.Bin(), "tunnel-connector"),
		Sockets: running.Sockets, Certificates: map[string]string{amazon: running.DatabaseCA},
		OnHealthy: func(addresses []string) {
			for _, address := range addresses {
				l.print.Note("The app is healthy: http://%s", address)
			}
			if flags.once {
				stop()
			} else {
				l.print.Note("Ctrl-C stops it.")
			}
		},
	}
	err = service.Run(ctx)
	if errors.Is(err, ecs.ErrFailed) {
		return 1, nil // the agent has printed the reason
	}
	return 0, err
}

// storesSpec returns the stack's database and cache with the credentials that the local AWS received.
func (l *launcher) storesSpec(ctx context.Context, outputs *stackOutputs) (*stores.Spec, error) {
	stored, err := credentials(ctx, l.env.Endpoint)
	if err != nil {
		return nil, err
	}
	host, text, err := net.SplitHostPort(outputs.Database)
	port, atoiErr := strconv.Atoi(text)
	if err := errors.Join(err, atoiErr); err != nil {
		return nil, fmt.Errorf("read the stack's output rdsEndpoint: %w", err)
	}
	replica, _, _ := strings.Cut(outputs.Replica, ":")
	spec := &stores.Spec{}
	for _, d := range stored.Databases {
		if d.Region == l.env.Region && strings.HasPrefix(host, d.Identifier+".") {
			spec.Database = &stores.Database{
				Name: host, Port: port, User: d.Username, Password: d.Password, Database: d.DBName, Replica: replica,
			}
		}
	}
	for _, c := range stored.Caches {
		if c.Region == l.env.Region && strings.Contains(outputs.Cache, "."+c.ID+".") {
			spec.Cache = &stores.Cache{Name: outputs.Cache, Port: cache.Port, Token: c.AuthToken, TLS: c.TLS}
		}
	}
	if spec.Database == nil || spec.Cache == nil && outputs.Cache != "" {
		return nil, fmt.Errorf("the local AWS does not have the stack's database and cache: %s %s",
			outputs.Database, outputs.Cache)
	}
	return spec, nil
}

func credentials(ctx context.Context, endpoint string) (*shim.Credentials, error) {
	var stored shim.Credentials
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_local/credentials", nil)
	if err != nil {
		return nil, fmt.Errorf("read the credentials of database and cache: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		err = errors.Join(json.NewDecoder(response.Body).Decode(&stored), response.Body.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("read the credentials of database and cache: %w", err)
	}
	return &stored, nil
}

// image returns the image of the tasks: Bun on a slim Debian, as in oven/bun:1-slim, and the app's folder.
func (l *launcher) image(ctx context.Context, flags *taskFlags, dir, cacheCA string) (*agent.Image, error) {
	bun, err := l.tools.Bun(ctx)
	if err != nil {
		return nil, err
	}
	// The system's CA store, in which the local CA of the caches replaces Amazon's.
	store := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(store, []byte(cacheCA), 0o644); err != nil {
		return nil, fmt.Errorf("write the image's certificates: %w", err)
	}
	image := &agent.Image{
		Directory: flags.folder, WorkDir: "/app",
		Command:     []string{"bun", "run", "start"},
		Environment: []string{"PATH=/opt/bun:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp"},
		UID:         1000, GID: 1000, // the user bun in oven/bun
		Mounts: []sandbox.Mount{{Source: bun, Target: "/opt/bun"}, {Source: store, Target: "/etc/ssl/cert.pem"}},
	}
	if flags.folder != "" {
		return image, nil
	}
	image.Directory = filepath.Join(l.work.Root, "local", "app")
	modules, err := l.tools.AppDependencies(ctx)
	if err != nil {
		return nil, err
	}
	image.Mounts = append(image.Mounts, sandbox.Mount{Source: modules, Target: "/node_modules"})
	return image, nil
}
