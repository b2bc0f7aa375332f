//go:build linux

package stores

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// role runs the container db-role as the task definition does, and psql as any user.
type role struct {
	*clients
	entryPoint  []string
	master, app string // URLs
}

func newRole(t *testing.T) *role {
	t.Helper()
	text, err := os.ReadFile("../../../compute/testdata/containers.json")
	require.NoError(t, err)
	var containers []struct {
		Name       string
		EntryPoint []string
	}
	require.NoError(t, json.Unmarshal(text, &containers))
	require.Equal(t, "db-role", containers[1].Name)
	c := start(t, Spec{Database: database()})
	return &role{c, containers[1].EntryPoint, c.databaseURL("threa", password, databaseName, "verify-full"),
		c.databaseURL("threa_app", "s3cret", databaseName, "verify-full")}
}

func (r *role) prepare(environment ...string) string {
	r.t.Helper()
	environment = append(environment, withCA, "DATABASE_URL="+r.app, "DATABASE_MASTER_URL="+r.master)
	return r.run("", environment, append(slices.Clone(r.entryPoint), "pgvector")...)
}

// psql runs statements and returns what they print, errors included.
func (r *role) psql(url string, statements ...string) string {
	r.t.Helper()
	return strings.TrimSpace(r.run(strings.Join(statements, ";\n"), []string{"PGSSLROOTCERT=/ca/rds.pem",
		"PGOPTIONS=-c client_min_messages=error"}, "psql", "-XAtq",
		"-v", "ON_ERROR_STOP=1", "-d", url))
}

func TestRole_IsLimited(t *testing.T) {
	t.Parallel()
	r := newRole(t)
	out := r.prepare()
	assert.Contains(t, out, "threa_app is ready; 0 objects")
	assert.Regexp(t, `pgvector 0\.\d`, out)
	assert.Empty(t, r.psql(r.master, "alter role threa_app createrole createdb"))
	r.prepare()
	assert.Equal(t, "f|f|f|f|f|f", r.psql(r.app, `select rolsuper, rolcreaterole, rolcreatedb, rolreplication,
		pg_has_role('threa', 'member'), pg_has_role('rds_superuser', 'member') from pg_roles where rolname = current_user`))
	for _, denied := range []string{
		"create role x", "create database x", "set role threa", "drop extension vector", "alter role threa password 'x'",
		"drop database threa", "alter database threa set search_path = evil",
	} {
		assert.Regexp(t, "permission denied|must be owner|must have|cannot drop the currently", r.psql(r.app, denied), denied)
	}
	assert.Empty(t, r.psql(r.app, "create extension if not exists vector", "create schema own",
		"create temp table t (i int)",
		"create table own.facts (id serial primary key, v vector(2))", "alter table own.facts add note text",
		"create index on own.facts using hnsw (v vector_l2_ops)", "drop table own.facts"))
	assert.NotContains(t, r.psql(r.master, "create extension pg_stat_statements", "select query from pg_stat_statements"),
		"s3cret")
}

// TestRole_IgnoresTheImage runs in an image whose files and variables would make Bun run other code first.
func TestRole_IgnoresTheImage(t *testing.T) {
	t.Parallel()
	r := newRole(t)
	image := t.TempDir()
	for name, content := range map[string]string{
		"other.js": `console.log("other code")`, "bunfig.toml": `preload = ["/app/other.js"]`,
		".env": "PGSSLROOTCERT=/app/other.js\nBUN_INSPECT_PRELOAD=/app/other.js",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(image, name), []byte(content), 0o644))
	}
	for i, mount := range r.mounts {
		if mount.Target == "/app" {
			r.mounts[i].Source = image
		}
	}
	out := r.prepare("BUN_OPTIONS=--preload /app/other.js", "BUN_INSPECT_PRELOAD=/app/other.js")
	assert.Contains(t, out, "threa_app is ready")
	assert.NotContains(t, out, "other code")
}

// TestRole_TakesOver runs on a database of an earlier version, whose app was the master user, while that app runs.
func TestRole_TakesOver(t *testing.T) {
	t.Parallel()
	r := newRole(t)
	assert.Equal(t, "4711", r.psql(r.master, `create extension vector`, `create schema "Own"`,
		`create type mood as enum ('good', 'bad')`, `create domain short as text check (length(value) < 9)`,
		`create type pair as (a int, b int)`, `create table users (id serial primary key, name text, mood mood)`,
		`create table "Own"."Facts" (id int generated always as identity primary key, v vector(2))`,
		`create view names as select name from users`, `create materialized view moods as select mood from users`,
		`create schema threa`, `create table threa.inside (id int)`, `create sequence lone`, `create table parts (id int) partition by range (id)`,
		`create table part1 partition of parts for values from (0) to (9)`,
		`create function twice(int) returns int language sql as 'select 2 * $1'`,
		`create procedure nothing() language sql as ''`,
		`create aggregate total(int) (sfunc = int4pl, stype = int)`, `create statistics related on name, mood from users`,
		`create collation plain (locale = 'C')`, `create text search configuration words (copy = english)`,
		`select lo_create(4711)`, `create publication every_name for table users`,
		`insert into users (name, mood) values ('ann', 'good')`))
	assert.Contains(t, r.prepare(), "threa_app is ready; 20 objects")
	assert.Contains(t, r.prepare(), "threa_app is ready; 0 objects", "it can be repeated")

	assert.Equal(t, "ann|good", r.psql(r.app, "select name, mood from users"))
	assert.Equal(t, "0", r.psql(r.app, "select count(*) from inside"),
		"the schema with the master user's name is searched")
	assert.Empty(t, r.psql(r.app, `alter table users add email text`, `alter type mood add value 'fine'`,
		`alter table "Own"."Facts" add note text`, `drop view names`, `refresh materialized view moods`, `drop sequence lone`,
		`alter table part1 add check (id < 9)`, `drop function twice(int)`, `drop procedure nothing()`,
		`drop aggregate total(int)`, `drop statistics related`, `drop collation plain`, `drop text search configuration words`,
		`alter domain short drop constraint short_check`, `drop type pair`, `insert into users (name) values ('bob')`,
		`create table later (id serial primary key)`))

	// A rollback starts tasks that use the master user, and what those create becomes the app's with the next deployment.
	assert.Equal(t, "2", r.psql(r.master, `alter table later add more text`, `insert into later default values`,
		`create table meanwhile (id int)`, `select count(*) from users`))
	assert.Contains(t, r.psql(r.app, "alter table meanwhile add more text"), "must be owner")
	assert.Contains(t, r.prepare(), "threa_app is ready; 1 objects")
	assert.Empty(t, r.psql(r.app, "alter table meanwhile add more text"))
	assert.Equal(t, "threa|threa|every_name", r.psql(r.master, `select pg_get_userbyid(datdba), pg_get_userbyid(extowner),
		pubname from pg_database, pg_extension, pg_publication where datname = 'threa' and extname = 'vector'
		and pg_get_userbyid(pubowner) = 'threa'`), "database, extension and publication stay the master user's")
}

func TestRole_TasksTakeTurns(t *testing.T) {
	t.Parallel()
	r := newRole(t)
	for i := range 20 {
		assert.Empty(t, r.psql(r.master, fmt.Sprintf("create table t%d (id int)", i)))
	}
	var tasks sync.WaitGroup
	outputs := make([]string, 4)
	for i := range outputs {
		tasks.Go(func() { outputs[i] = r.prepare() })
	}
	tasks.Wait()
	for _, out := range outputs {
		assert.Contains(t, out, "is ready")
	}
	assert.Equal(t, 1, strings.Count(strings.Join(outputs, ""), "20 objects"))

	r.app = strings.Replace(r.app, "s3cret", "another", 1) // a new password in the state
	r.prepare()
	assert.Equal(t, "threa_app", r.psql(r.app, "select current_user"))
}

// TestRole_DoesNotRunFunctionsOfTheApp lets the app define functions with the names of those that the script calls.
func TestRole_DoesNotRunFunctionsOfTheApp(t *testing.T) {
	t.Parallel()
	r := newRole(t)
	r.prepare()
	assert.Empty(t, r.psql(r.app, `create function format(text, text, text) returns text language plpgsql as
		$$begin raise exception 'it runs as %', current_user; end$$`))
	assert.Empty(t, r.psql(r.master, "alter database threa set search_path = public, pg_catalog"))
	assert.Contains(t, r.prepare(), "is ready")
}
