package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkSecretsEncrypted searches for the secrets of the configuration, plain and as in a URL.
func checkSecretsEncrypted(t *testing.T, s *sandbox) {
	password, err := s.command("config", "get", "dbPassword").Output()
	require.NoError(t, err)
	plain := strings.TrimSpace(string(password))
	require.NotEmpty(t, plain)
	s.checkEncrypted(t, plain, url.QueryEscape(plain), cookiePassword)
}

// checkEncrypted asserts that all output and the files of the local AWS, including the state, contain no secret.
func (s *sandbox) checkEncrypted(t *testing.T, secrets ...string) {
	t.Helper()
	texts := s.localFiles(t)
	texts["the output"] = s.printed.String()
	require.Greater(t, len(texts), 5)
	for _, secret := range secrets {
		for place, text := range texts {
			// assert.NotContains would print the secret.
			assert.False(t, strings.Contains(text, secret), "unencrypted secret in %s", place)
		}
	}
}

// localFiles returns the files of the local AWS that could contain a secret, by path.
func (s *sandbox) localFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(s.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, "/bin/") ||
			strings.Contains(path, "/plugins/") ||
			strings.Contains(path, "/programs/") || strings.Contains(path, "/cli/") {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	require.NoError(t, err)
	return files
}
