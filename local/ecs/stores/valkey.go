//go:build linux

package stores

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// valkey runs Valkey in place of an ElastiCache replication group.
type valkey struct {
	host
	spec      Cache
	authority *Authority
}

func (v *valkey) prepare(context.Context) error { return v.create(v.authority, v.spec.Name) }

// start runs the server without persistence, as a cache without snapshots. The AUTH token of ElastiCache is the
// password of the user "default". With TLS there is no port without.
func (v *valkey) start(port int) (*sandbox.Process, error) {
	settings := []string{"bind 127.0.0.1", `save ""`, "appendonly no", "dir " + home}
	if v.spec.TLS {
		settings = append(settings, "port 0", fmt.Sprintf("tls-port %d", port), "tls-auth-clients no",
			"tls-cert-file "+home+"/server.crt", "tls-key-file "+home+"/server.key")
	} else {
		settings = append(settings, fmt.Sprintf("port %d", port))
	}
	if v.spec.Token != "" {
		settings = append(settings, "requirepass "+strconv.Quote(v.spec.Token))
	}
	if err := v.write("valkey.conf", strings.Join(settings, "\n")+"\n"); err != nil {
		return nil, err
	}
	return v.serve("/usr/bin/valkey-server", home+"/valkey.conf")
}

func (v *valkey) check(ctx context.Context, port int) error {
	box, args := v.box(), []string{"/usr/bin/valkey-cli", "-e", "--no-auth-warning", "-p", strconv.Itoa(port)}
	if v.spec.Token != "" {
		box = v.box("REDISCLI_AUTH=" + v.spec.Token)
	}
	if v.spec.TLS {
		args = append(args, "--tls", "--cacert", home+"/ca.crt", "--sni", v.spec.Name)
	}
	output, err := v.run(ctx, box, append(args, "PING")...)
	if err == nil && strings.TrimSpace(output) != "PONG" {
		err = fmt.Errorf("PING: %s", strings.TrimSpace(output))
	}
	return err
}

// fill does nothing: a cache starts empty.
func (v *valkey) fill(context.Context, int) error { return nil }
