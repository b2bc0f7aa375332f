//go:build linux

package stores

import (
	"context"
	"net"
	"strconv"
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// newValkey prepares Valkey in place of an ElastiCache replication group, without persistence, as a cache without
// snapshots. The AUTH token of ElastiCache is the password of the user "default". With TLS there is no port without.
func newValkey(root sandbox.Root, dir string, cache *Cache, a *Authority) (*server, error) {
	s, err := newServer(root, dir, cache.Name, a)
	if err != nil {
		return nil, err
	}
	settings := []string{"bind " + s.ip, `save ""`, "appendonly no", "dir " + home}
	if cache.TLS {
		settings = append(settings, "port 0", "tls-port "+s.port, "tls-auth-clients no",
			"tls-cert-file "+home+"/server.crt", "tls-key-file "+home+"/server.key")
	} else {
		settings = append(settings, "port "+s.port)
	}
	if cache.Token != "" {
		settings = append(settings, "requirepass "+strconv.Quote(cache.Token))
	}
	s.program = []string{"/usr/bin/valkey-server", home + "/valkey.conf"}
	s.check = func(ctx context.Context) error {
		var dialer net.Dialer
		connection, err := dialer.DialContext(ctx, "tcp", s.address())
		if err != nil {
			return err
		}
		return connection.Close()
	}
	return s, s.write("valkey.conf", strings.Join(settings, "\n")+"\n")
}
