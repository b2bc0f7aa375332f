//go:build linux

package stores

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"threa-infra/local/ecs/sandbox"
)

// askTimeout is for one connection and what it asks.
const askTimeout = 5 * time.Second

// valkey stands in for an ElastiCache replication group.
type valkey struct {
	box
	spec      Cache
	authority *Authority
}

func (v *valkey) prepare(context.Context) error {
	if err := os.MkdirAll(v.dir, 0o700); err != nil {
		return err
	}
	return v.certify(v.authority, v.spec.Name)
}

// start keeps nothing on disk, as a cache without snapshots does. ElastiCache's AUTH is the password of the user
// "default", and with TLS it has no port without.
func (v *valkey) start(port int) (*process, error) {
	settings := []string{"bind 127.0.0.1", `save ""`, "appendonly no", "dir " + home}
	if v.spec.TLS {
		settings = append(settings, "port 0", fmt.Sprintf("tls-port %d", port), "tls-auth-clients no",
			"tls-cert-file "+home+"/server.crt", "tls-key-file "+home+"/server.key")
	} else {
		settings = append(settings, fmt.Sprintf("port %d", port))
	}
	if v.spec.Token != "" {
		settings = append(settings, "requirepass "+quoted(v.spec.Token))
	}
	if err := v.file("valkey.conf", strings.Join(settings, "\n")+"\n"); err != nil {
		return nil, err
	}
	cmd, err := v.command([]sandbox.Mount{}, "/usr/bin/valkey-server", home+"/valkey.conf")
	if err != nil {
		return nil, err
	}
	return v.spawn(cmd)
}

// quoted writes every byte as the format of valkey.conf has it between double quotes.
func quoted(text string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&out, `\x%02x`, c)
	}
	return `"` + out.String() + `"`
}

// ready verifies the server, gives the token and asks for an answer.
func (v *valkey) ready(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := v.dial(ctx, address(port))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	answers := bufio.NewReader(conn)
	ask := func(want string, words ...string) error {
		if _, err := conn.Write([]byte(request(words...))); err != nil {
			return err
		}
		answer, err := answers.ReadString('\n')
		if err == nil && strings.TrimSpace(answer) != want {
			err = errors.New(strings.TrimSpace(answer))
		}
		return err
	}
	if v.spec.Token != "" {
		if err := ask("+OK", "AUTH", v.spec.Token); err != nil {
			return err
		}
	}
	return ask("+PONG", "PING")
}

func (v *valkey) fill(context.Context, int) error { return nil }

func (v *valkey) dial(ctx context.Context, address string) (net.Conn, error) {
	if !v.spec.TLS {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(v.authority.PEM))
	return (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: v.spec.Name}}).DialContext(ctx, "tcp", address)
}

// request is a command in the protocol of Redis: https://valkey.io/topics/protocol/.
func request(words ...string) string {
	text := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		text += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	return text
}
