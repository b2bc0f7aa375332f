//go:build linux

package stores

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

const withCA = "NODE_EXTRA_CA_CERTS=/ca/rds.pem"

// databaseURL is one that the master user would write, at a host that leads to the server.
func (c *clients) databaseURL(user, password, host, mode string) string {
	return fmt.Sprintf("postgresql://%s:%s@%s:%s/threa?sslmode=%s",
		user, url.QueryEscape(password), host, c.port(databaseName+":5432"), mode)
}

func TestPostgres_IsLikeRDS(t *testing.T) {
	t.Parallel()
	c := start(t, Spec{Database: database()})
	good := c.databaseURL("threa", password, databaseName, "verify-full")
	psql := func(url, statement string) string {
		return c.run("", []string{"PGSSLROOTCERT=/ca/rds.pem"}, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c",
			statement)
	}

	t.Run("every client gets in with TLS that it verified", func(t *testing.T) {
		const statement = "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
		want := []any{map[string]any{"ssl": true, "version": "TLSv1.3"}}
		assert.Equal(t, map[string]any{"pg": want, "bun": want}, c.ask(statement, withCA, "DATABASE_URL="+good))
		assert.Equal(t, "t|TLSv1.3\n", psql(good, statement))
	})
	t.Run("without the CA file nobody gets in", func(t *testing.T) {
		for name, answer := range c.ask("select 1", "DATABASE_URL="+good) {
			assert.Contains(t, answer, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", name)
		}
		assert.Contains(t, c.run("", nil, "psql", "-d", good, "-c", "select 1"), "root certificate file")
	})
	t.Run("the authority of the caches does not vouch for a database", func(t *testing.T) {
		c.show("/ca/cache.pem", c.servers.CacheCA)
		for name, answer := range c.ask("select 1", "NODE_EXTRA_CA_CERTS=/ca/cache.pem", "DATABASE_URL="+good) {
			assert.Contains(t, answer, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", name)
		}
	})
	t.Run("the certificate is for the endpoint's name alone", func(t *testing.T) {
		for name, answer := range c.ask("select 1", withCA,
			"DATABASE_URL="+c.databaseURL("threa", password, otherName, "verify-full")) {
			assert.Contains(t, answer, "ERR_TLS_CERT_ALTNAME_INVALID", name)
		}
	})
	t.Run("without TLS nobody gets in", func(t *testing.T) {
		assert.Contains(t, psql(c.databaseURL("threa", password, databaseName, "disable"), "select 1"),
			"no pg_hba.conf entry")
	})
	t.Run("neither does a wrong password, nor the administrator of RDS", func(t *testing.T) {
		assert.Contains(t, psql(c.databaseURL("threa", "another", databaseName, "verify-full"), "select 1"),
			"password authentication failed")
		assert.Contains(t, psql(c.databaseURL("rdsadmin", password, databaseName, "verify-full"), "select 1"),
			"pg_hba.conf rejects connection")
	})
	t.Run("the master user is no superuser and owns the database", func(t *testing.T) {
		assert.Equal(t, "f|t|t\n", psql(good, "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = "+
			"current_user"))
		assert.Equal(t, "postgres|threa\nthrea|threa\n",
			psql(good, "select datname, pg_get_userbyid(datdba) from pg_database where not datistemplate order by 1"))
		assert.Contains(t, psql(good, "copy (select 1) to program 'true'"), "permission denied")
		assert.Contains(t, psql(good, "create extension file_fdw"), "extension", "what RDS's list does not have")
	})
	t.Run("the master user installs pgvector and sees the statistics", func(t *testing.T) {
		assert.Empty(t, psql(good, "create extension vector; create extension pg_stat_statements"))
		assert.Equal(t, "5\n", psql(good, "select '[3,4]'::vector <-> '[0,0]'"))
		assert.Equal(t, "t\n", psql(good, "select count(*) > 0 from pg_stat_statements"))
	})
}

// TestReplica_FollowsPrimary waits for what is written to the one to be read from the other.
func TestReplica_FollowsPrimary(t *testing.T) {
	t.Parallel()
	const replicaName = "threa-replica.abc123.eu-central-1.rds.amazonaws.com"
	d := database()
	d.Replica = replicaName
	c := start(t, Spec{Database: d})
	psql := func(host, statement string) string {
		to := fmt.Sprintf("postgresql://threa:%s@%s:%s/threa?sslmode=verify-full", url.QueryEscape(password), host,
			c.port(host+":5432"))
		return c.run("", []string{"PGSSLROOTCERT=/ca/rds.pem"}, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", to, "-c",
			statement)
	}
	assert.Empty(t, psql(databaseName, "create table words as select 'hello' as word"))
	assert.Eventually(t, func() bool { return psql(replicaName, "select word from words") == "hello\n" }, clientDeadline,
		pollInterval)
	assert.Contains(t, psql(replicaName, "create table more (word text)"), "read-only transaction")
	assert.Equal(t, "t|t\n", psql(replicaName,
		"select pg_is_in_recovery(), ssl from pg_stat_ssl where pid = pg_backend_pid()"))
}

func TestPostgres_WithoutDatabase(t *testing.T) {
	t.Parallel()
	d := database()
	d.Database = ""
	c := start(t, Spec{Database: d})
	answers := c.ask("select datname from pg_database where not datistemplate", withCA,
		"DATABASE_URL=postgresql://threa:"+url.QueryEscape(password)+"@"+databaseName+":"+
			c.port(databaseName+":5432")+"/postgres?sslmode=verify-full")
	assert.Equal(t, []any{map[string]any{"datname": "postgres"}}, answers["pg"])
}
