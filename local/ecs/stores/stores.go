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
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/relay"
)

// Spec lists the servers of a deployment.
type Spec struct {
	Databases []Database
	Caches    []Cache
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
	// CacheCA is the PEM certificate that signs the caches' certificates. The app's system must trust it.
	CacheCA string
	// Sockets are the paths of Unix sockets that lead to the servers, by host:port of the endpoint.
	Sockets map[string]string
	// Addresses are the servers' addresses on this machine, by host:port of the endpoint.
	Addresses map[string]string

	mutex     sync.Mutex // guards processes and Addresses while the servers start
	processes []*sandbox.Process
	relays    sync.WaitGroup
	close     context.CancelFunc
}

// Start runs the servers with their files in dir, which it empties, and returns when all of them answer. If it fails or
// ctx ends, it leaves no process. Later, ctx has no effect.
func Start(ctx context.Context, root sandbox.Root, dir string, spec Spec) (_ *Stores, err error) {
	databaseCA, err1 := NewAuthority("Local CA of the databases")
	cacheCA, err2 := NewAuthority("Local CA of the caches")
	if err := errors.Join(err1, err2, os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, fmt.Errorf("prepare the stores: %w", err)
	}
	s := &Stores{
		DatabaseCA: databaseCA.PEM, CacheCA: cacheCA.PEM, Sockets: map[string]string{}, Addresses: map[string]string{},
	}
	serving, closeRelays := context.WithCancel(context.Background())
	s.close = closeRelays
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	group, starting := errgroup.WithContext(ctx)
	for i, d := range spec.Databases {
		group.Go(func() error {
			p := &postgres{host: host{root: root, dir: folder(dir, "postgres", i)}, spec: d, authority: databaseCA}
			if err := s.launch(starting, d.Name, d.Port, p); err != nil || d.Replica == "" {
				return err
			}
			return s.launch(starting, d.Replica, d.Port, &replica{primary: p, postgres: postgres{
				host: host{root: root, dir: folder(dir, "replica", i)}, spec: d, authority: databaseCA,
			}})
		})
	}
	for i, c := range spec.Caches {
		group.Go(func() error {
			v := &valkey{host: host{root: root, dir: folder(dir, "valkey", i)}, spec: c, authority: cacheCA}
			return s.launch(starting, c.Name, c.Port, v)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	for endpoint, address := range s.Addresses {
		socket := filepath.Join(dir, strconv.Itoa(len(s.Sockets)))
		if err := s.relay(serving, socket, address); err != nil {
			return nil, err
		}
		s.Sockets[endpoint] = socket
	}
	return s, nil
}

func folder(dir, kind string, index int) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%d", kind, index+1))
}

// launch starts the server of an endpoint.
func (s *Stores) launch(ctx context.Context, name string, port int, server server) error {
	endpoint := net.JoinHostPort(name, strconv.Itoa(port))
	process, localPort, err := launch(ctx, server)
	if err != nil {
		return fmt.Errorf("start the server for %s: %w", endpoint, err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.processes = append(s.processes, process)
	if s.Addresses[endpoint] != "" {
		return fmt.Errorf("two servers have the endpoint %s", endpoint)
	}
	s.Addresses[endpoint] = address(localPort)
	return nil
}

// relay opens a Unix socket that leads to a server.
func (s *Stores) relay(ctx context.Context, socket, to string) error {
	const maxPath = 107 // bytes, the limit of unix(7)
	if len(socket) > maxPath {
		return fmt.Errorf("the path %s is too long for a Unix socket: set TMPDIR to a folder with a shorter path", socket)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open the socket for %s: %w", to, err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("open the socket for %s: %w", to, err)
	}
	s.relays.Go(func() { relay.Serve(ctx, listener, "tcp", to) })
	return nil
}

// Stop kills all servers: the next start deletes their data anyway. It may be called twice.
func (s *Stores) Stop() {
	s.close()
	s.relays.Wait()
	for _, p := range s.processes {
		p.Kill()
		p.Wait()
	}
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
