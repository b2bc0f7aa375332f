//go:build linux

package stores

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// administrator is the superuser, which on RDS nobody but AWS can be.
const administrator = "rdsadmin"

// allowedExtensions are those that the master user may create although PostgreSQL would ask for a superuser. RDS
// allows about 80 (its rds.allowed_extensions); these are the ones that the app needs and the parameter group loads.
var allowedExtensions = []string{"vector", "pg_stat_statements"}

// access is pg_hba.conf. Of the network it lets in who speaks TLS and gives a password, as RDS does with
// rds.force_ssl; to others it says that there is no entry for them. The socket is in a folder of this user.
const access = `local   all all          trust
local   replication all  trust
hostssl all rdsadmin all reject
hostssl all all      all scram-sha-256
`

// postgres stands in for an RDS instance.
type postgres struct {
	box
	spec      Database
	authority *Authority

	programs string // the folder of PostgreSQL's programs within the root file system
	mounts   []sandbox.Mount
	serves   chan int // takes the port once, for the standby; nil without one
}

func (p *postgres) prepare(ctx context.Context) error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(string(p.root), "usr/lib/postgresql/*/bin"))
	if err != nil || len(found) != 1 {
		return errors.Join(fmt.Errorf("the root file system %s has %d versions of PostgreSQL instead of one", p.root, len(found)), err)
	}
	p.programs = strings.TrimPrefix(found[0], string(p.root))
	users := fmt.Sprintf("postgres:x:%d:%d::%s:/bin/sh\n", uid, uid, home)
	if err := errors.Join(p.file("passwd", users), p.certify(p.authority, p.spec.Name), p.allowExtensions()); err != nil {
		return err
	}
	p.mounts = append(p.mounts, sandbox.Mount{Source: filepath.Join(p.dir, "passwd"), Target: "/etc/passwd"})
	cmd, err := p.command(p.mounts, p.programs+"/initdb", "--pgdata", home+"/data", "--username", administrator,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if err != nil {
		return err
	}
	if _, err := run(ctx, cmd); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	return p.file("data/pg_hba.conf", access)
}

// allowExtensions shows PostgreSQL the extensions as trusted: https://www.postgresql.org/docs/current/extend-extensions.html.
func (p *postgres) allowExtensions() error {
	for _, name := range allowedExtensions {
		pattern := filepath.Join(string(p.root), "usr/share/postgresql/*/extension", name+".control")
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) != 1 {
			return errors.Join(fmt.Errorf("the root file system has no extension %s", name), err)
		}
		control, err := os.ReadFile(found[0])
		if err != nil {
			return fmt.Errorf("read extension %s: %w", name, err)
		}
		if err := p.file(name+".control", string(control)+"\ntrusted = true\n"); err != nil {
			return err
		}
		p.mounts = append(p.mounts, sandbox.Mount{
			Source: filepath.Join(p.dir, name+".control"), Target: strings.TrimPrefix(found[0], string(p.root)),
		})
	}
	return nil
}

func (p *postgres) start(port int) (*process, error) {
	args := []string{p.programs + "/postgres", "-D", home + "/data"}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", fmt.Sprintf("port=%d", port), "unix_socket_directories=" + home,
		"ssl=on", "ssl_cert_file=" + home + "/server.crt", "ssl_key_file=" + home + "/server.key",
		"password_encryption=scram-sha-256", "shared_preload_libraries=pg_stat_statements",
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", // it is thrown away anyway
		"jit=off", // its compiler is not in the root file system
	} {
		args = append(args, "-c", setting)
	}
	cmd, err := p.command(p.mounts, args...)
	if err != nil {
		return nil, err
	}
	return p.spawn(cmd)
}

func (p *postgres) ready(ctx context.Context, port int) error {
	return p.sql(ctx, port, "SELECT 1")
}

// fill makes the master user, who owns the database and is no superuser, as on RDS.
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
		return fmt.Errorf("make the master user and the database: %w", err)
	}
	if p.serves != nil {
		p.serves <- port
	}
	return nil
}

// sql runs statements as the administrator. They go in by standard input, because everybody can read the arguments of a
// process.
func (p *postgres) sql(ctx context.Context, port int, statements ...string) error {
	cmd, err := p.command(p.mounts, p.programs+"/psql", "--host", home, "--port", fmt.Sprint(port), "--username", administrator,
		"--dbname", "postgres", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1")
	if err != nil {
		return err
	}
	cmd.Stdin = strings.NewReader(strings.Join(statements, ";\n") + ";\n")
	_, err = run(ctx, cmd)
	return err
}

// identifier and literal quote as https://www.postgresql.org/docs/current/sql-syntax-lexical.html says.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
