package config

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/stackconfig"
)

// withFile returns values with the stack's file as the user wrote it.
func withFile(t *testing.T, v Values, config string) Values {
	t.Helper()
	folder := t.TempDir()
	for file, text := range map[string]string{
		"Pulumi.yaml": "name: threa\nruntime: go\n", "Pulumi.prod.yaml": "config:\n" + config,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600))
	}
	var err error
	v.File, err = stackconfig.Read(folder, "prod")
	require.NoError(t, err)
	return v
}

func TestParse_UnencryptedSecrets(t *testing.T) {
	v := values(t, map[string]string{"threa:appSecretValues": `{"OPEN":"hunter2", "SHUT":"hunter3"}`})
	v.Secret["threa:appSecretValues"] = true
	_, err := Parse(v)
	require.NoError(t, err, "without the stack's file only Pulumi knows")
	v = withFile(t, v, "  threa:appSecretValues:\n    OPEN: hunter2\n    SHUT:\n      secure: v1:abc\n")
	_, err = Parse(v)
	require.ErrorContains(t, err, "pulumi config set --secret --path appSecretValues.OPEN")
	assert.NotContains(t, err.Error(), "SHUT")
	assert.NotContains(t, err.Error(), "hunter2")
}

// TestReadStackFile_OfTheLocalAWS has a value in the file of the local AWS that the user's file lacks.
func TestReadStackFile_OfTheLocalAWS(t *testing.T) {
	v := values(t, map[string]string{"threa:appSecretValues": `{"OPEN":"hunter2", "SHUT":"hunter3"}`})
	v.Secret["threa:appSecretValues"] = true
	t.Chdir(t.TempDir())
	for file, text := range map[string]string{
		"Pulumi.yaml": "name: threa\nruntime: go\n", "Pulumi.prod.yaml": "config: {threa:appEnvironment: {CODE: 0123}}\n",
		"local.yaml": "config: {threa:appSecretValues: {OPEN: hunter2, SHUT: {secure: v1:abc}}}\n",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	t.Setenv(stackconfig.FileVariable, "")
	assert.Empty(t, ReadStackFile("prod").Set["threa:appSecretValues"])
	assert.Nil(t, ReadStackFile("qa"))

	t.Setenv(stackconfig.FileVariable, "local.yaml")
	for _, stack := range []string{"prod", "qa"} {
		v.File = ReadStackFile(stack)
		_, err := Parse(v)
		require.ErrorContains(t, err, "pulumi config set --secret --path appSecretValues.OPEN")
		assert.NotContains(t, err.Error(), "SHUT")
	}
	assert.Contains(t, ReadStackFile("prod").Changed, "threa:appEnvironment.CODE", "as it was typed")
}

func TestParse_RefusesWhatYAMLChanges(t *testing.T) {
	v := withoutRequired(t, map[string]string{
		"appEnvironment": `{"PHONE":15551234567,"CODE":83,"VERSION":1.1,"SAME":8080,"TEXT":"0123",` +
			`"DAY":"2026-01-02 00:00:00 +0000 UTC"}`,
	})
	v = withFile(t, v, `  threa:appEnvironment:
    PHONE: +15551234567
    CODE: 0123
    VERSION: 1.10
    SAME: 8080
    TEXT: "0123"
    DAY: 2026-01-02
`)
	_, err := Parse(v)
	var problems *Problems
	require.ErrorAs(t, err, &problems)
	var fixes []string
	for _, p := range problems.List {
		fixes = append(fixes, p.Fix)
	}
	const set = "pulumi config set --type string --path appEnvironment."
	assert.ElementsMatch(t, []string{
		set + "PHONE -- +15551234567", set + "CODE -- 0123", set + "VERSION -- 1.10", set + "DAY -- 2026-01-02",
	}, fixes)
	assert.Contains(t, err.Error(), `threa:appEnvironment.CODE is "83": was typed without quotes as 0123`)
}

// TestParse_RenamedProject has the keys of the stack's file in the namespace of the former name.
func TestParse_RenamedProject(t *testing.T) {
	v := values(t, nil)
	v.Project = "acme"
	for key, value := range maps.Clone(v.Set) {
		if name, ours := strings.CutPrefix(key, "threa:"); ours {
			v.Set["acme:"+name], v.Secret["acme:"+name] = value, v.Secret[key]
			delete(v.Set, key)
		}
	}
	_, err := Parse(v)
	require.NoError(t, err, "the project may have another name")
	v.Set["threa:useSpot"], v.Set["threa:unknown"], v.Set["acme:multiAz"] = "true", "x", "on"
	_, err = Parse(v)
	var problems *Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems.List, 2)
	assert.Equal(t, "acme:multiAz", problems.List[0].Key, "the values are still checked")
	assert.Equal(t, "threa:useSpot is set: has no effect, because the project in Pulumi.yaml is called acme\n"+
		`    sed -i.before 's/^\( *\)threa:/\1acme:/' Pulumi.prod.yaml`, problems.List[1].String())
}
