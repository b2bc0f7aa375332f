//go:build linux

package stores

import (
	"io"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValkey_IsLikeElastiCache(t *testing.T) {
	t.Parallel()
	c := start(t, Spec{Cache: cache(true, token)})
	at := func(scheme, token, host string) string {
		return "REDIS_URL=" + scheme + "://:" + url.QueryEscape(token) + "@" + host + ":" + c.port(cacheName+":6379")
	}
	good := at("rediss", token, cacheName)
	refused := func(t *testing.T, why string, environment ...string) {
		t.Helper()
		answers := c.ask("", environment...)
		assert.Len(t, answers, 2)
		for name, answer := range answers {
			assert.Contains(t, answer, why, name)
		}
	}
	t.Run("whose system does not know its authority stays out", func(t *testing.T) {
		refused(t, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", good)
	})
	t.Run("the authority of the databases does not vouch for it", func(t *testing.T) {
		refused(t, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", good, withCA)
	})
	c.trustCaches()
	t.Run("every client gets in with its token", func(t *testing.T) {
		assert.Equal(t, map[string]any{"redis": "kept", "ioredis": "kept"}, c.ask("", good, withCA))
	})
	t.Run("without the right token nobody gets in", func(t *testing.T) {
		refused(t, "WRONGPASS", at("rediss", "another", cacheName))
	})
	t.Run("without TLS nobody gets in", func(t *testing.T) {
		conn, err := net.Dial("tcp", c.servers.Addresses[cacheName+":6379"])
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		require.NoError(t, conn.SetDeadline(time.Now().Add(clientDeadline)))
		_, err = conn.Write([]byte("PING\r\n"))
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		assert.NotErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.NotRegexp(t, "PONG|NOAUTH", string(answer), "it does not even speak its protocol")
	})
	t.Run("the certificate is for the endpoint's name alone", func(t *testing.T) {
		refused(t, "ERR_TLS_CERT_ALTNAME_INVALID", at("rediss", token, otherName))
	})
}

func TestPostgres_SystemStoreIsNotTrusted(t *testing.T) {
	t.Parallel()
	c := start(t, Spec{Database: database()})
	c.trustCaches()
	good := "DATABASE_URL=" + c.databaseURL("threa", password, databaseName, "verify-full")
	for name, answer := range c.ask("select 1", good) {
		assert.Contains(t, answer, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", name)
	}
	assert.Equal(t, []any{map[string]any{"one": 1.0}}, c.ask("select 1 as one", good, withCA)["pg"],
		"both files do not disturb each other")
}

func TestValkey_WithoutTLS(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ token, login string }{"open": {},
		"with a token": {token, ":" + url.QueryEscape(token) + "@"}} {
		t.Run(name, func(t *testing.T) {
			c := start(t, Spec{Cache: cache(false, test.token)})
			answers := c.ask("", "REDIS_URL=redis://"+test.login+cacheName+":"+c.port(cacheName+":6379"))
			assert.Equal(t, map[string]any{"redis": "kept", "ioredis": "kept"}, answers)
		})
	}
}
