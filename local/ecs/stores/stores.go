//go:build linux

// Package stores runs real PostgreSQL and Valkey servers in place of Amazon RDS and Amazon ElastiCache, with the names,
// users, passwords and TLS that the deployment has.
//
// Each server runs in a sandbox, listens on a free port of 127.0.0.1, keeps its data in a folder that every start
// empties, and ends with the process that started it. The machine's own databases are not used.
//
// Clients trust RDS through a CA file that the deployment provides, and ElastiCache through the system's CA store. So
// there are two certificate authorities, and each is valid for one kind of server only.
package stores

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/relay"
)

// Spec has the servers of a deployment.
type Spec struct {
	Database *Database // nil for none
	Cache    *Cache    // nil for none
}

// Database is an RDS instance with PostgreSQL.
type Database struct {
	Name           string // host of the endpoint, which is in the certificate
	Port           int    // of the endpoint; the local server has another
	User, Password string // of the master user
	Database       string // created besides postgres; "" for none
	Replica        string // host of the read replica's endpoint, which has the same port; "" for none
}

// Cache is an ElastiCache replication group.
type Cache struct {
	Name  string // host of the primary endpoint
	Port  int
	Token string // "" for none
	TLS   bool
}

// Stores are running servers.
type Stores struct {
	// DatabaseCA is the PEM certificate that signs the databases' certificates, in place of the RDS bundle.
	DatabaseCA string
	// CacheCA is the PEM certificate that signs the cache's certificate. The app's system must trust it.
	CacheCA string
	// Sockets are the paths of Unix sockets that lead to the servers, by host:port of the endpoint.
	Sockets map[string]string
	// Addresses are the servers' addresses on this machine, by host:port of the endpoint.
	Addresses map[string]string

	dir    string
	mutex  sync.Mutex // guards the fields below and both maps while the servers start
	relays relay.Group
	stops  []func()
}

// Start runs the servers with their files in dir, which it empties, and returns when all of them answer. If it fails or
// ctx ends, it leaves no process. Later, ctx has no effect.
func Start(ctx context.Context, root sandbox.Root, dir string, spec Spec) (_ *Stores, err error) {
	databaseCA, err1 := NewAuthority("Local CA of the databases")
	cacheCA, err2 := NewAuthority("Local CA of the cache")
	if err := errors.Join(err1, err2, os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, fmt.Errorf("prepare the stores: %w", err)
	}
	s := &Stores{
		DatabaseCA: databaseCA.PEM, CacheCA: cacheCA.PEM, dir: dir,
		Sockets: map[string]string{}, Addresses: map[string]string{},
	}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	group, starting := errgroup.WithContext(ctx)
	if d := spec.Database; d != nil {
		group.Go(func() error {
			primary, err := newPostgres(starting, root, filepath.Join(dir, "postgres"), d, databaseCA)
			if err := s.start(starting, primary, err, d.Name, d.Port); err != nil || d.Replica == "" {
				return err
			}
			replica, err := newReplica(starting, primary, filepath.Join(dir, "replica"), d.Replica, databaseCA)
			return s.start(starting, replica, err, d.Replica, d.Port)
		})
	}
	if c := spec.Cache; c != nil {
		group.Go(func() error {
			valkey, err := newValkey(root, filepath.Join(dir, "valkey"), c, cacheCA)
			return s.start(starting, valkey, err, c.Name, c.Port)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	return s, nil
}

// start starts the server of an endpoint, unless its preparation has failed, and opens a Unix socket that leads to it.
func (s *Stores) start(ctx context.Context, server *server, err error, name string, port int) error {
	endpoint := net.JoinHostPort(name, strconv.Itoa(port))
	if err == nil {
		err = server.start(ctx)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if server != nil && server.process != nil {
		s.stops = append(s.stops, func() { server.process.Kill(); server.process.Wait() })
	}
	if err == nil {
		s.Addresses[endpoint], s.Sockets[endpoint] = server.address(), filepath.Join(s.dir, strconv.Itoa(len(s.Sockets)))
		err = s.relays.Listen("unix", s.Sockets[endpoint], "tcp", server.address())
	}
	if err != nil {
		return fmt.Errorf("start the server for %s: %w", endpoint, err)
	}
	return nil
}

// Stop kills all servers: the next start deletes their data anyway. It may be called twice.
func (s *Stores) Stop() {
	s.relays.Close()
	for _, stop := range s.stops {
		stop()
	}
}
