//go:build linux

package stores

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// administrator is the superuser, which on RDS only AWS can be.
const administrator = "rdsadmin"

// allowedExtensions are extensions that the master user may create although PostgreSQL would require a superuser. RDS
// allows about 80 (rds.allowed_extensions); these are the ones that the app uses and the parameter group loads.
var allowedExtensions = []string{"vector", "pg_stat_statements"}

// access is pg_hba.conf. As with rds.force_ssl on RDS, clients of the network need TLS and a password. The Unix socket
// is in a folder that only the current user can read.
const access = `local   all all          trust
local   replication all  trust
hostssl all rdsadmin all reject
hostssl all all      all scram-sha-256
`

// primaryHome shows a replica the folder of its primary, which has the primary's socket.
const primaryHome = "/primary"

// noSync are settings that make writes faster: the data need not survive.
var noSync = []string{"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"}

// newPostgres prepares PostgreSQL in place of an RDS instance.
func newPostgres(ctx context.Context, root sandbox.Root, dir string, d *Database, a *Authority) (*server, error) {
	s, err := newServer(root, dir, d.Name, a)
	if err != nil {
		return nil, err
	}
	programs, err := s.find("usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	users := fmt.Sprintf("postgres:x:%d:%d::%s:/bin/sh\n", uid, uid, home)
	if err := errors.Join(s.write("passwd", users), s.allowExtensions()); err != nil {
		return nil, err
	}
	s.mounts = append(s.mounts, sandbox.Mount{Source: filepath.Join(s.dir, "passwd"), Target: "/etc/passwd"})
	if err := s.run(ctx, "", programs+"/initdb", "--pgdata", home+"/data", "--username", administrator,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"); err != nil {
		return nil, err
	}
	if err := s.fill(ctx, programs, d); err != nil {
		return nil, fmt.Errorf("create the master user and the database: %w", err)
	}
	s.servePostgres(programs)
	return s, s.write("data/pg_hba.conf", access)
}

// newReplica prepares a PostgreSQL server that follows another one, in place of a read replica. It copies the running
// primary with its users, passwords and access rules.
func newReplica(ctx context.Context, primary *server, dir, name string, a *Authority) (*server, error) {
	s, err := newServer(primary.root, dir, name, a)
	if err != nil {
		return nil, err
	}
	s.mounts = append(slices.Clone(primary.mounts),
		sandbox.Mount{Source: primary.dir, Target: primaryHome, Writable: true})
	programs := filepath.Dir(primary.program[0])
	s.servePostgres(programs)
	return s, s.run(ctx, "", programs+"/pg_basebackup", "--pgdata", home+"/data", "--host", primaryHome,
		"--port", primary.port, "--username", administrator, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
}

// servePostgres sets the program and its check.
func (s *server) servePostgres(programs string) {
	s.program = append([]string{programs + "/postgres", "-D", home + "/data"}, noSync...)
	for _, setting := range []string{
		"listen_addresses=" + s.ip, "port=" + s.port, "unix_socket_directories=" + home,
		"ssl=on", "ssl_cert_file=" + home + "/server.crt", "ssl_key_file=" + home + "/server.key",
		"password_encryption=scram-sha-256", "shared_preload_libraries=pg_stat_statements",
		"jit=off", // its compiler is not in the root file system
	} {
		s.program = append(s.program, "-c", setting)
	}
	s.check = func(ctx context.Context) error {
		return s.run(ctx, "", programs+"/pg_isready", "--host", home, "--port", s.port)
	}
}

// find returns the path in the sandbox of the only file of the root file system that matches a pattern.
func (s *server) find(pattern string) (string, error) {
	matches, err := filepath.Glob(filepath.Join(string(s.root), pattern))
	if err != nil || len(matches) != 1 {
		err = errors.Join(err, fmt.Errorf("the root file system %s has %d files %s instead of one", s.root, len(matches),
			pattern))
		return "", err
	}
	return strings.TrimPrefix(matches[0], string(s.root)), nil
}

// allowExtensions marks extensions as trusted: https://www.postgresql.org/docs/current/extend-extensions.html.
func (s *server) allowExtensions() error {
	for _, name := range allowedExtensions {
		path, err := s.find("usr/share/postgresql/*/extension/" + name + ".control")
		if err != nil {
			return err
		}
		control, err := os.ReadFile(filepath.Join(string(s.root), path))
		if err != nil {
			return fmt.Errorf("read extension %s: %w", name, err)
		}
		if err := s.write(name+".control", string(control)+"\ntrusted = true\n"); err != nil {
			return err
		}
		s.mounts = append(s.mounts, sandbox.Mount{Source: filepath.Join(s.dir, name+".control"), Target: path})
	}
	return nil
}

// fill creates the master user, which owns the database and, as on RDS, is not a superuser. PostgreSQL reads the
// statements, one a line, from its standard input in single-user mode: every user of the machine can read arguments.
func (s *server) fill(ctx context.Context, programs string, d *Database) error {
	user := identifier(d.User)
	statements := []string{
		"CREATE ROLE rds_superuser NOLOGIN",
		"GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION",
		"CREATE ROLE " + user + " LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser PASSWORD " + literal(d.Password),
		"ALTER DATABASE postgres OWNER TO " + user,
	}
	if d.Database != "" && d.Database != "postgres" {
		statements = append(statements, "CREATE DATABASE "+identifier(d.Database)+" OWNER "+user)
	}
	program := append([]string{programs + "/postgres", "--single", "-D", home + "/data"}, noSync...)
	program = append(program, "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "postgres")
	return s.run(ctx, strings.Join(statements, "\n")+"\n", program...)
}

// identifier and literal quote as https://www.postgresql.org/docs/current/sql-syntax-lexical.html says.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
