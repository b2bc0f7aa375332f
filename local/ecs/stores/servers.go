//go:build linux

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

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/relay"
)

// Spec is what the deployment has.
type Spec struct {
	Databases []Database
	Caches    []Cache
}

// Database is an RDS instance with PostgreSQL.
type Database struct {
	Name           string // of the endpoint; clients verify the certificate against it
	Port           int    // of the endpoint; the server's own is another
	User, Password string // of the master user
	Database       string // the first one, beside postgres; may be empty
	Replica        string // name of the endpoint of its read replica, on the same port; "" for none
}

// Cache is an ElastiCache replication group.
type Cache struct {
	Name  string // of the primary endpoint
	Port  int
	Token string // "" for none
	TLS   bool
}

// Servers are running servers.
type Servers struct {
	// DatabaseCA is the PEM certificate of who signs the databases; it takes the place of the RDS bundle.
	DatabaseCA string
	// CacheCA is the PEM certificate of who signs the caches; systems that run the app have to trust it.
	CacheCA string
	// Sockets are paths of Unix sockets that lead to the servers, by the endpoint as host:port.
	Sockets map[string]string
	// Addresses are those of the servers on this machine, such as 127.0.0.1:40000, by the endpoint as host:port.
	Addresses map[string]string

	running []*process
	relays  sync.WaitGroup
	close   context.CancelFunc
}

// server is a program that can be started on a port, and be asked whether it serves.
type server interface {
	// prepare makes what the server needs in its folder, once.
	prepare(ctx context.Context) error
	// start runs the server on a port of 127.0.0.1.
	start(port int) (*process, error)
	// ready connects once.
	ready(ctx context.Context, port int) error
	// fill gives a server that is ready what belongs into it.
	fill(ctx context.Context, port int) error
}

// Start runs the servers with their files in dir, which is emptied, and returns when all of them serve. Nothing is
// left running when it fails, nor when ctx ends before; after that, ctx has no say.
func Start(ctx context.Context, root sandbox.Root, dir string, spec Spec) (_ *Servers, err error) {
	databases, err := NewAuthority("Stand-in for the authority of Amazon RDS")
	if err != nil {
		return nil, err
	}
	caches, err := NewAuthority("Stand-in for Amazon's root authority")
	if err != nil {
		return nil, err
	}
	s := &Servers{DatabaseCA: databases.PEM, CacheCA: caches.PEM, Sockets: map[string]string{}, Addresses: map[string]string{}}
	serving, closeRelays := context.WithCancel(context.Background())
	s.close = closeRelays
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, fmt.Errorf("make the folder of the servers: %w", err)
	}
	all := map[string]server{}
	want := len(spec.Databases) + len(spec.Caches)
	for n, d := range spec.Databases {
		primary := &postgres{box: box{root, filepath.Join(dir, fmt.Sprintf("postgres-%d", n+1))}, spec: d, authority: databases}
		all[net.JoinHostPort(d.Name, strconv.Itoa(d.Port))] = primary
		if d.Replica != "" {
			want++
			primary.serves = make(chan int, 1)
			all[net.JoinHostPort(d.Replica, strconv.Itoa(d.Port))] = &standby{follows: primary, postgres: postgres{
				box: box{root, filepath.Join(dir, fmt.Sprintf("replica-%d", n+1))}, spec: d, authority: databases,
			}}
		}
	}
	for n, c := range spec.Caches {
		all[net.JoinHostPort(c.Name, strconv.Itoa(c.Port))] = &valkey{
			box: box{root, filepath.Join(dir, fmt.Sprintf("valkey-%d", n+1))}, spec: c, authority: caches,
		}
	}
	if len(all) != want {
		return nil, fmt.Errorf("%d servers have %d endpoints: no two can have the same name and port", want, len(all))
	}
	if err := s.startAll(ctx, all); err != nil {
		return nil, err
	}
	n := 0
	for endpoint, address := range s.Addresses {
		n++
		if s.Sockets[endpoint], err = s.relay(serving, filepath.Join(dir, strconv.Itoa(n)), address); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// startAll starts them side by side, and ends the rest when one fails.
func (s *Servers) startAll(ctx context.Context, all map[string]server) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		mu       sync.Mutex
		starting sync.WaitGroup
		failure  error
	)
	for endpoint, one := range all {
		starting.Go(func() {
			running, port, err := launch(ctx, one)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if failure == nil { // of the others it is only told that they were ended
					failure = fmt.Errorf("start the server for %s: %w", endpoint, err)
				}
				cancel()
				return
			}
			s.running = append(s.running, running)
			s.Addresses[endpoint] = address(port)
		})
	}
	starting.Wait()
	return failure
}

// relay makes a Unix socket that leads to a server.
func (s *Servers) relay(ctx context.Context, socket, to string) (string, error) {
	const longest = 107 // bytes, the limit of unix(7)
	if len(socket) > longest {
		return "", fmt.Errorf("the path %s is too long for a Unix socket: name a shorter folder in THREA_LOCAL_DIR", socket)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("make the socket for %s: %w", to, err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return "", fmt.Errorf("make the socket for %s: %w", to, err)
	}
	s.relays.Go(func() { relay.Serve(ctx, listener, "tcp", to) })
	return socket, nil
}

// Stop ends everything at once; the data is thrown away with the next start. It returns when nothing runs any more, and
// may be called again.
func (s *Servers) Stop() {
	s.close()
	s.relays.Wait()
	for _, p := range s.running {
		p.kill()
	}
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
