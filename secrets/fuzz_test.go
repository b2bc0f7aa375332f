package secrets

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// FuzzDatabaseURL takes any user, password and database on any host. A parser of the URL must return the same values.
func FuzzDatabaseURL(f *testing.F) {
	f.Fuzz(func(t *testing.T, user, password, host, database string, port uint16) {
		if !hostName.MatchString(host) {
			return // RDS and ElastiCache name their hosts themselves
		}
		text := databaseURL(user, password, host, database, int(port))
		require.Regexp(
			t,
			`^postgresql://[A-Za-z0-9._~%-]*:[A-Za-z0-9._~%-]*@[a-z0-9.-]+:[0-9]+/[A-Za-z0-9._~%-]*\?sslmode=verify-full$`,
			text,
		)
		parsed := parse(t, text)
		require.Equal(t, user, parsed.User.Username())
		require.Equal(t, password, passwordOf(t, text))
		require.Equal(t, host+":"+strconv.Itoa(int(port)), parsed.Host)
		require.Equal(t, "/"+database, parsed.Path)
		require.Equal(t, url.Values{"sslmode": {"verify-full"}}, parsed.Query())
		require.Empty(t, parsed.Fragment)
	})
}

// FuzzCacheURL takes any token on any host. A token comes with TLS, and none without.
func FuzzCacheURL(f *testing.F) {
	f.Fuzz(func(t *testing.T, token, host string, port uint16) {
		if !hostName.MatchString(host) {
			return
		}
		text := cacheURL(token, host, int(port))
		parsed := parse(t, text)
		require.Equal(t, host+":"+strconv.Itoa(int(port)), parsed.Host)
		require.Empty(t, parsed.Path+parsed.RawQuery+parsed.Fragment)
		if token == "" {
			require.Equal(t, "redis", parsed.Scheme)
			require.Nil(t, parsed.User)
			return
		}
		require.Equal(t, "rediss", parsed.Scheme)
		require.Empty(t, parsed.User.Username(), "the default user")
		require.Equal(t, token, passwordOf(t, text))
		require.NotContains(t, strings.TrimPrefix(text, "rediss://"), "/")
	})
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	require.NoError(t, err)
	return parsed
}
