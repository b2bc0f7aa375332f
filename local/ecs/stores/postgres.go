//go:build linux

package stores

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// postgres runs PostgreSQL in place of an RDS instance.
type postgres struct {
	host
	spec      Database
	authority *Authority

	programs string // folder of PostgreSQL's programs in the root file system
	port     int    // 0 until the server is filled
}

func (p *postgres) prepare(ctx context.Context) error {
	if err := p.create(p.authority, p.spec.Name); err != nil {
		return err
	}
	programs, err := p.find("usr/lib/postgresql/*/bin")
	if err != nil {
		return err
	}
	p.programs = programs
	users := fmt.Sprintf("postgres:x:%d:%d::%s:/bin/sh\n", uid, uid, home)
	if err := errors.Join(p.write("passwd", users), p.allowExtensions()); err != nil {
		return err
	}
	p.mounts = append(p.mounts, sandbox.Mount{Source: filepath.Join(p.dir, "passwd"), Target: "/etc/passwd"})
	if _, err := p.run(ctx, p.box(), p.programs+"/initdb", "--pgdata", home+"/data", "--username", administrator,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"); err != nil {
		return err
	}
	return p.write("data/pg_hba.conf", access)
}

// find returns the path in the sandbox of the only file of the root file system that matches a pattern.
func (p *postgres) find(pattern string) (string, error) {
	matches, err := filepath.Glob(filepath.Join(string(p.root), pattern))
	if err != nil || len(matches) != 1 {
		err = errors.Join(err, fmt.Errorf("the root file system %s has %d files %s instead of one", p.root, len(matches), pattern))
		return "", err
	}
	return strings.TrimPrefix(matches[0], string(p.root)), nil
}

// allowExtensions marks extensions as trusted: https://www.postgresql.org/docs/current/extend-extensions.html.
func (p *postgres) allowExtensions() error {
	for _, name := range allowedExtensions {
		path, err := p.find("usr/share/postgresql/*/extension/" + name + ".control")
		if err != nil {
			return err
		}
		control, err := os.ReadFile(filepath.Join(string(p.root), path))
		if err != nil {
			return fmt.Errorf("read extension %s: %w", name, err)
		}
		if err := p.write(name+".control", string(control)+"\ntrusted = true\n"); err != nil {
			return err
		}
		p.mounts = append(p.mounts, sandbox.Mount{Source: filepath.Join(p.dir, name+".control"), Target: path})
	}
	return nil
}

func (p *postgres) start(port int) (*sandbox.Process, error) {
	args := []string{p.programs + "/postgres", "-D", home + "/data"}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(port), "unix_socket_directories=" + home,
		"ssl=on", "ssl_cert_file=" + home + "/server.crt", "ssl_key_file=" + home + "/server.key",
		"password_encryption=scram-sha-256", "shared_preload_libraries=pg_stat_statements",
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", // the data need not survive
		"jit=off", // its compiler is not in the root file system
	} {
		args = append(args, "-c", setting)
	}
	return p.serve(args...)
}

func (p *postgres) check(ctx context.Context, port int) error { return p.sql(ctx, port, "SELECT 1") }

// fill creates the master user, which owns the database and, as on RDS, is not a superuser.
func (p *postgres) fill(ctx context.Context, port int) error {
	user := identifier(p.spec.User)
	statements := []string{
		"CREATE ROLE rds_superuser NOLOGIN",
		"GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION",
		"CREATE ROLE " + user + " LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser PASSWORD " + literal(p.spec.Password),
		"ALTER DATABASE postgres OWNER TO " + user,
	}
	if p.spec.Database != "" && p.spec.Database != "postgres" {
		statements = append(statements, "CREATE DATABASE "+identifier(p.spec.Database)+" OWNER "+user)
	}
	if err := p.sql(ctx, port, statements...); err != nil {
		return fmt.Errorf("create the master user and the database: %w", err)
	}
	p.port = port
	return nil
}

// sql runs statements as the administrator. It passes them as standard input, because every user of the machine can
// read the arguments of a process.
func (p *postgres) sql(ctx context.Context, port int, statements ...string) error {
	box := p.box()
	box.Stdin = strings.NewReader(strings.Join(statements, ";\n") + ";\n")
	_, err := p.run(ctx, box, p.programs+"/psql", "--host", home, "--port", strconv.Itoa(port),
		"--username", administrator, "--dbname", "postgres", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1")
	return err
}

// identifier and literal quote as https://www.postgresql.org/docs/current/sql-syntax-lexical.html says.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }

// primaryHome shows a replica the folder of its primary, which has the primary's socket.
const primaryHome = "/primary"

// replica is a PostgreSQL server that follows another one, in place of a read replica.
type replica struct {
	postgres
	primary *postgres // must be filled
}

// prepare copies the primary with its users, passwords and access rules.
func (r *replica) prepare(ctx context.Context) error {
	r.programs = r.primary.programs
	data := sandbox.Mount{Source: r.primary.dir, Target: primaryHome, Writable: true}
	r.mounts = append(slices.Clone(r.primary.mounts), data)
	if err := r.create(r.authority, r.spec.Replica); err != nil {
		return err
	}
	_, err := r.run(ctx, r.box(), r.programs+"/pg_basebackup", "--pgdata", home+"/data", "--host", primaryHome, "--port",
		strconv.Itoa(r.primary.port), "--username", administrator, "--write-recovery-conf", "--checkpoint", "fast",
		"--no-sync")
	return err
}

// fill does nothing: the content comes from the primary.
func (r *replica) fill(context.Context, int) error { return nil }
