package stackfile_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/stackconfig"
	"threa-infra/internal/tunnel"
	"threa-infra/local/stackfile"
	"threa-infra/local/workspace"
)

var project = func() *stackconfig.Project {
	var p stackconfig.Project
	text := "name: threa\nconfig: {requiredVariables: {default: [A, B, C]}, dbPassword: {}, useSpot: {}}"
	if err := yaml.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	return &p
}()

// salted is a file of local settings for which nothing must be encrypted, which takes almost a second.
const salted = "encryptionsalt: v1:c2FsdHNhbHQ=:x\nconfig: {threa:dbPassword: x}\n"

func newWorkspace(t *testing.T, base, overrides string) *workspace.Workspace {
	t.Helper()
	root := t.TempDir()
	w := &workspace.Workspace{Root: root, Dir: filepath.Join(root, ".local")}
	require.NoError(t, os.MkdirAll(filepath.Dir(w.Overrides("x")), 0o700))
	require.NoError(t, os.WriteFile(w.Passphrase(), []byte("phrase"), 0o600))
	require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte(base), 0o644))
	require.NoError(t, os.WriteFile(w.Overrides("prod"), []byte(overrides), 0o600))
	return w
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

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

func TestWrite_ReplacesTheUsersSecrets(t *testing.T) {
	w := newWorkspace(t, usersFile, "")
	require.NoError(t, os.Remove(w.Passphrase()))
	written, err := stackfile.Write(w, project, "prod")
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", written.Region)
	assert.Equal(t, []string{"threa:dbPassword"}, written.Generated)
	assert.Equal(t, usersFile, read(t, w.BaseConfig("prod")), "the user's file is never written")
	effective := read(t, w.Effective("prod"))
	for _, text := range []string{"mine", "awskms", "encryptedkey", "environment"} {
		assert.NotContains(t, effective, text)
	}

	var file struct {
		Salt   string         `yaml:"encryptionsalt"`
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(effective), &file))
	parts := strings.SplitN(file.Salt, ":", 3)
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	crypter := config.NewSymmetricCrypterFromPassphrase(strings.TrimSpace(read(t, w.Passphrase())), salt)
	check, err := crypter.DecryptValue(t.Context(), parts[2])
	require.NoError(t, err)
	assert.Equal(t, "pulumi", check, "Pulumi accepts the passphrase")
	secure := file.Config["threa:dbPassword"].(map[string]any)["secure"].(string)
	password, err := crypter.DecryptValue(t.Context(), secure)
	require.NoError(t, err)
	assert.Len(t, password, 32)
	assert.NotContains(t, effective, password)

	_, err = stackfile.Write(w, project, "prod")
	require.NoError(t, err)
	assert.Equal(t, effective, read(t, w.Effective("prod")), "a second run changes nothing")
}

func TestWrite_TunnelToken(t *testing.T) {
	const direct = "encryptionsalt: v1:c2FsdHNhbHQ=:x\nconfig: {threa:dbPassword: x, threa:ingress: direct}\n"
	local := strings.Replace(direct, "direct", "tunnel", 1)
	for name, test := range map[string]struct {
		base, overrides string
		want            bool
	}{
		"none is set":       {"config: {threa:ingress: tunnel}", salted, true},
		"tunnel is a local": {"config: {threa:ingress: direct}", local, true},
		"encrypted": {"config: {threa:ingress: tunnel, threa:tunnelToken: {secure: v1:theirs}}", salted,
			true},
		"encrypted, without tunnel": {"config: {threa:tunnelToken: {secure: v1:theirs}}", salted, true},
		"no tunnel":                 {"config: {threa:ingress: tunnel}", direct, false},
	} {
		written, err := stackfile.Write(newWorkspace(t, test.base, test.overrides), project, "prod")
		require.NoError(t, err, name)
		encrypted, ok := written.Config["threa:tunnelToken"].(map[string]any)
		require.Equal(t, test.want, ok, name)
		if !ok {
			continue
		}
		crypter := config.NewSymmetricCrypterFromPassphrase("phrase", []byte("saltsalt"))
		token, err := crypter.DecryptValue(t.Context(), encrypted["secure"].(string))
		require.NoError(t, err, name)
		_, err = tunnel.Parse(token)
		assert.NoError(t, err, name)
	}
}

func TestWrite_Region(t *testing.T) {
	for _, test := range []struct{ stack, project, want string }{
		{"", "", "eu-central-1"},
		{"", "config: {aws:region: us-east-1}", "us-east-1"},
		{"", "config: {aws:region: {value: us-east-2}}", "us-east-2"},
		{"", "config: {aws:region: {default: us-west-1}}", "us-west-1"},
		{"config: {aws:region: eu-north-1}", "config: {aws:region: us-east-1}", "eu-north-1"},
	} {
		w := newWorkspace(t, test.stack, salted)
		path := filepath.Join(w.Root, "Pulumi.yaml")
		require.NoError(t, os.WriteFile(path, []byte("name: threa\n"+test.project), 0o644))
		p, err := stackconfig.LoadProject(w.Root)
		require.NoError(t, err)
		written, err := stackfile.Write(w, p, "prod")
		require.NoError(t, err)
		assert.Equal(t, test.want, written.Region)
		assert.Equal(t, test.want, written.Config["aws:region"])
	}
}

func TestIsSet_Namespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yaml")
	require.NoError(t, os.WriteFile(path, []byte("config: {threa:a: 1, aws:region: x}"), 0o644))
	for key, want := range map[string]bool{"a": true, "threa:a": true, "aws:region": true, "region": false, "b": false} {
		got, err := stackfile.IsSet(path, "threa", key)
		require.NoError(t, err)
		assert.Equal(t, want, got, key)
	}
}

func TestProvideImage_SetsWhatIsMissing(t *testing.T) {
	for _, test := range []struct {
		name, base     string
		set, variables []string
	}{
		{"everything", "config: {}", []string{"threa:appSecretValues", "threa:imageTag"}, []string{"A", "B", "C"}},
		{"one variable", "config: {'threa:imageTag': v1, 'threa:appEnvironment': {A: x}, 'threa:appSecrets': {B: b}}",
			[]string{"threa:appSecretValues"}, []string{"C"}},
		{"other variables", "config: {'threa:requiredVariables': [D]}",
			[]string{"threa:appSecretValues", "threa:imageTag"}, []string{"D"}},
		{"only the image", "config: {'threa:requiredVariables': []}", []string{"threa:imageTag"}, nil},
		{"nothing", "config: {'threa:imageTag': v1, 'threa:requiredVariables': []}", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorkspace(t, "config: {}", salted)
			_, err := stackfile.Write(w, project, "prod")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(w.BaseConfig("prod"), []byte(test.base), 0o644)) // changed since
			set, err := stackfile.ProvideImage(w, project, "prod")
			require.NoError(t, err)
			assert.Equal(t, test.set, set)
			written, err := stackfile.Write(w, project, "prod")
			require.NoError(t, err)
			assert.NotEmpty(t, written.Config["threa:imageTag"])
			values, _ := written.Config["threa:appSecretValues"].(map[string]any)
			for _, name := range test.variables {
				assert.Contains(t, values[name], "secure", "%s is encrypted", name)
			}
			assert.Len(t, values, len(test.variables))

			again, err := stackfile.ProvideImage(w, project, "prod")
			require.NoError(t, err)
			assert.Empty(t, again, "generated values are kept")
		})
	}
}

func TestWrite_FollowsTheProjectsName(t *testing.T) {
	w := newWorkspace(t, "config: {}", "encryptionsalt: v1:c2FsdHNhbHQ=:x\n"+
		"config: {threa:dbPassword: x, threa:useSpot: true, acme:useSpot: false, other:unknown: x}\n")
	renamed := *project
	renamed.Name = "acme"
	for _, p := range []*stackconfig.Project{&renamed, project} {
		written, err := stackfile.Write(w, p, "prod")
		require.NoError(t, err)
		assert.Equal(t, map[string]any{p.Name + ":dbPassword": "x", p.Name + ":useSpot": "false", "other:unknown": "x",
			"aws:region": "eu-central-1"}, written.Config)
	}
}

func TestWrite_KeepsTexts(t *testing.T) {
	w := newWorkspace(t, "config: {threa:size: 1.10, threa:code: 0123, threa:on: true, threa:day: 2026-01-02}", salted)
	written, err := stackfile.Write(w, project, "prod")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"threa:size": "1.10", "threa:code": "0123", "threa:on": "true", "threa:day": "2026-01-02",
		"threa:dbPassword": "x", "aws:region": "eu-central-1",
	}, written.Config)
	assert.Contains(t, read(t, w.Effective("prod")), `threa:size: "1.10"`)
}

func TestSettings_NamesAllKeys(t *testing.T) {
	w := newWorkspace(t, "", "config: {threa:dbPassword: {secure: x}, threa:useSpot: true, aws:region: us-east-1,"+
		" threa:appSecretValues: {A: {secure: x}}, threa:appSecrets: {B: b}}")
	keys, err := stackfile.Settings(w, project)
	require.NoError(t, err)
	assert.Equal(t, []string{"appSecretValues", "appSecrets", "aws:region", "dbPassword", "useSpot"}, keys)
}
