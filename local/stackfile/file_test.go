package stackfile_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/tunnel"
	"threa-infra/local/stackfile"
	"threa-infra/local/workspace"
)

var project = &stackfile.Project{Name: "threa"}

const usersFile = `# Mine.
secretsprovider: awskms://alias/mine
encryptedkey: AAAA
encryptionsalt: v1:mine
environment: [team/prod]
config:
  aws:region: eu-west-1
  threa:dbPassword:
    secure: v1:mine
`

func TestTheUsersFileIsReadAndLeftAlone(t *testing.T) {
	w := newWorkspace(t)
	require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte(usersFile), 0o644))
	written, err := stackfile.Write(w, project, "prod")
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", written.Region)
	assert.Equal(t, []string{"threa:dbPassword"}, written.Generated)

	after, err := os.ReadFile(w.BaseConfig("prod"))
	require.NoError(t, err)
	assert.Equal(t, usersFile, string(after))

	effective, err := os.ReadFile(w.Effective("prod"))
	require.NoError(t, err)
	for _, theirs := range []string{"mine", "awskms", "encryptedkey", "environment"} {
		assert.NotContains(t, string(effective), theirs)
	}
}

func TestPulumiCanReadTheGeneratedPasswordAndItStays(t *testing.T) {
	w := newWorkspace(t)
	_, err := stackfile.Write(w, project, "dev")
	require.NoError(t, err)
	var file struct {
		Salt   string         `yaml:"encryptionsalt"`
		Config map[string]any `yaml:"config"`
	}
	data, err := os.ReadFile(w.Effective("dev"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, &file))
	passphrase, err := os.ReadFile(w.Passphrase())
	require.NoError(t, err)

	parts := strings.SplitN(file.Salt, ":", 3)
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	crypter := config.NewSymmetricCrypterFromPassphrase(strings.TrimSpace(string(passphrase)), salt)
	check, err := crypter.DecryptValue(context.Background(), parts[2])
	require.NoError(t, err)
	assert.Equal(t, "pulumi", check)
	secure := file.Config["threa:dbPassword"].(map[string]any)["secure"].(string)
	password, err := crypter.DecryptValue(context.Background(), secure)
	require.NoError(t, err)
	assert.Len(t, password, 32)
	assert.NotContains(t, string(data), password)

	_, err = stackfile.Write(w, project, "dev")
	require.NoError(t, err)
	again, err := os.ReadFile(w.Effective("dev"))
	require.NoError(t, err)
	assert.Equal(t, string(data), string(again), "a second run changes nothing")
}

func TestATunnelGetsATokenOfTheRightFormThatLeadsNowhere(t *testing.T) {
	const salted = "encryptionsalt: v1:c2FsdHNhbHQ=:x\nconfig: {threa:dbPassword: x%s}\n"
	for name, c := range map[string]struct{ base, overrides string }{
		"none is set":                      {"config: {threa:ingress: tunnel}", ""},
		"the tunnel is a local setting":    {"config: {threa:ingress: direct}", ", threa:ingress: tunnel"},
		"the user's own cannot be read":    {"config: {threa:ingress: tunnel, threa:tunnelToken: {secure: v1:theirs}}", ""},
		"the user's own, not in use today": {"config: {threa:tunnelToken: {secure: v1:theirs}}", ""},
	} {
		w := newWorkspace(t)
		require.NoError(t, os.WriteFile(w.Passphrase(), []byte("phrase"), 0o600))
		require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte(c.base), 0o644))
		require.NoError(t, os.WriteFile(w.Overrides("prod"), fmt.Appendf(nil, salted, c.overrides), 0o600))
		written, err := stackfile.Write(w, project, "prod")
		require.NoError(t, err, name)
		encrypted, ok := written.Config["threa:tunnelToken"].(map[string]any)
		require.True(t, ok, name)
		token, err := config.NewSymmetricCrypterFromPassphrase("phrase", []byte("saltsalt")).DecryptValue(t.Context(), encrypted["secure"].(string))
		require.NoError(t, err, name)
		_, err = tunnel.Parse(token)
		assert.NoError(t, err, name)
	}

	w := newWorkspace(t)
	require.NoError(t, os.WriteFile(w.Overrides("prod"), fmt.Appendf(nil, salted, ", threa:ingress: direct"), 0o600))
	require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte("config: {threa:ingress: tunnel}"), 0o644))
	written, err := stackfile.Write(w, project, "prod")
	require.NoError(t, err)
	assert.NotContains(t, written.Config, "threa:tunnelToken", "no tunnel, no token")
}

func TestTheRegionComesFromTheStackThenTheProject(t *testing.T) {
	for _, c := range []struct{ stack, project, want string }{
		{"", "", "eu-central-1"},
		{"", "config: {aws:region: us-east-1}", "us-east-1"},
		{"", "config: {aws:region: {value: us-east-2}}", "us-east-2"},
		{"", "config: {aws:region: {default: us-west-1}}", "us-west-1"},
		{"config: {aws:region: eu-north-1}", "config: {aws:region: us-east-1}", "eu-north-1"},
	} {
		w := newWorkspace(t)
		// With these nothing needs to be encrypted, which takes its time.
		settled := "encryptionsalt: v1:c2FsdHNhbHQ=:x\nconfig: {threa:dbPassword: x}\n"
		require.NoError(t, os.WriteFile(w.Overrides("prod"), []byte(settled), 0o600))
		require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte(c.stack), 0o644))
		path := filepath.Join(w.Root, "Pulumi.yaml")
		require.NoError(t, os.WriteFile(path, []byte("name: threa\n"+c.project), 0o644))
		p, err := stackfile.LoadProject(path)
		require.NoError(t, err)
		written, err := stackfile.Write(w, p, "prod")
		require.NoError(t, err)
		assert.Equal(t, c.want, written.Region)
		assert.Equal(t, c.want, written.Config["aws:region"])
	}
}

func TestAKeyIsFoundWithAndWithoutItsNamespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yaml")
	require.NoError(t, os.WriteFile(path, []byte("config: {threa:a: 1, aws:region: x}"), 0o644))
	for key, want := range map[string]bool{"a": true, "threa:a": true, "aws:region": true, "region": false, "b": false} {
		got, err := stackfile.SetIn(path, "threa", key)
		require.NoError(t, err)
		assert.Equal(t, want, got, key)
	}
}

func newWorkspace(t *testing.T) *workspace.Workspace {
	t.Helper()
	root := t.TempDir()
	w := &workspace.Workspace{Root: root, Dir: filepath.Join(root, ".local")}
	require.NoError(t, os.MkdirAll(filepath.Dir(w.Overrides("x")), 0o700))
	return w
}
