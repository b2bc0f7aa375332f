package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim"
)

// TestCacheToken_SurvivesAnUpgrade upgrades a stack of an earlier version, which derived the cache's AUTH token from
// dbPassword and had no Stash for it. Then it rotates the token.
func TestCacheToken_SurvivesAnUpgrade(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	s.must(t, "up", "--skip-preview")
	random := s.cacheURL(t)
	s.removeTokenFromState(t)
	s.must(t, "up", "--skip-preview") // the cache now has the derived token
	derived := s.cacheURL(t)
	require.NotEqual(t, random, derived)
	expectNoChanges(t, s)

	s.removeTokenFromState(t)
	assert.ElementsMatch(t, []string{"create cache-auth-token", "create cache-former-token", "create cache-first-token",
		"create cache-sole-token"}, s.operations(t))
	s.must(t, "up")
	assert.Equal(t, derived, s.cacheURL(t), "an upgrade keeps the token")
	expectNoChanges(t, s)

	previous := func() string {
		var credentials shim.Credentials
		s.request(t, http.MethodGet, "credentials", nil, &credentials)
		return credentials.Caches[0].PreviousToken
	}
	out := s.must(t, "up", "--yes", "--replace",
		"urn:pulumi:prod::threa::threa:cache:Cache$pulumi:index:Stash::cache-auth-token")
	interrupted := s.cacheURL(t)
	assert.NotEqual(t, derived, interrupted)
	assert.NotEmpty(t, previous(), "running tasks use it")
	expectNoChanges(t, s)
	out += s.threa(t, 0, "", "secrets", "rotate-cache-token", "--yes")
	assert.Empty(t, previous())
	assert.Equal(t, interrupted, s.cacheURL(t), "it ends the rotation")
	out += s.threa(t, 0, "", "secrets", "rotate-cache-token", "--yes")
	rotated := s.cacheURL(t)
	assert.NotEqual(t, interrupted, rotated)
	assert.Empty(t, previous())
	expectNoChanges(t, s)

	state, err := json.Marshal(exportState(t, s))
	require.NoError(t, err)
	outputs := s.must(t, "stack", "output", "--show-secrets")
	for _, url := range []string{random, derived, interrupted, rotated} {
		userinfo, _, _ := strings.Cut(url, "@")
		token := strings.TrimPrefix(userinfo, "rediss://:")
		require.Regexp(t, "^[0-9a-f]{64}$", token)
		for _, text := range []string{out, string(state), outputs} {
			assert.NotContains(t, text, token)
		}
	}
}

// cacheURL returns the REDIS_URL of the app.
func (s *sandbox) cacheURL(t *testing.T) string {
	t.Helper()
	return aws[string](t, s, "ssm", "get-parameter", "--with-decryption", "--name", "/threa/redis-url", "--query",
		"Parameter.Value")
}

// removeTokenFromState removes the Stash resources of the token from the state, and every dependency on them.
func (s *sandbox) removeTokenFromState(t *testing.T) {
	t.Helper()
	state := exportState(t, s)
	removeResources(state, "::cache-auth-token", "::cache-former-token", "::cache-first-token",
		"::cache-sole-token")
	importState(t, s, state)
}
