package stackfile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/local/stackfile"
)

func TestMerge_OverridesAndSecrets(t *testing.T) {
	for _, c := range []struct{ name, base, overrides, want string }{
		{"nothing", "{}", "{}", "{p:pw: gen-p:pw}"},
		{"base alone", "{p:a: 1}", "{p:pw: x}", "{p:a: 1, p:pw: x}"},
		{"an override wins", "{p:a: 1}", "{p:a: 2, p:pw: x}", "{p:a: 2, p:pw: x}"},
		{"objects merge by key", "{p:o: {a: 1, b: {c: 2}}}", "{p:o: {b: {d: 3}}, p:pw: x}",
			"{p:o: {a: 1, b: {c: 2, d: 3}}, p:pw: x}"},
		{"lists are replaced", "{p:l: [1, 2]}", "{p:l: [3], p:pw: x}", "{p:l: [3], p:pw: x}"},
		{"a readable password stays", "{p:pw: mine}", "{}", "{p:pw: mine}"},
		{"an empty password does not", `{p:pw: ""}`, "{}", "{p:pw: gen-p:pw}"},
		{"a secret is replaced", "{p:s: {secure: xyz}, p:pw: x}", "{}", "{p:s: gen-p:s, p:pw: x}"},
		{"a secret inside is replaced", "{p:o: {K: {secure: xyz}, L: 1}, p:pw: x}", "{}", "{p:o: {K: gen-K, L: 1}, p:pw: x}"},
		{"a secret in a list is replaced", "{p:l: [{secure: xyz}, b], p:pw: x}", "{}", "{p:l: [gen-p:l, b], p:pw: x}"},
		{"a secret in an object in a list", "{p:l: [{K: {secure: xyz}, L: 1}], p:pw: x}", "{}",
			"{p:l: [{K: gen-K, L: 1}], p:pw: x}"},
		{"an override covers a secret", "{p:s: {secure: xyz}, p:pw: x}", "{p:s: {secure: ours}}",
			"{p:s: {secure: ours}, p:pw: x}"},
		{"an object over a secret", "{p:s: {secure: xyz}, p:pw: x}", "{p:s: {a: 1}}", "{p:s: {a: 1}, p:pw: x}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			merged, err := merge(t, c.base, c.overrides)
			require.NoError(t, err)
			assert.Equal(t, object(t, c.want), merged.Config)
		})
	}
}

func TestMerge_DropsAccountSettings(t *testing.T) {
	merged, err := merge(t,
		"{aws:region: eu-west-1, aws:profile: prod, aws:accessKey: AKIA, aws:assumeRole: {roleArn: r}, p:pw: x}",
		"{aws:endpoints: [{s3: 'https://s3.example'}], aws:defaultTags: {tags: {a: b}}}")
	require.NoError(t, err)
	assert.Equal(t, object(t, "{aws:region: eu-west-1, aws:defaultTags: {tags: {a: b}}, p:pw: x}"), merged.Config)
	assert.Equal(t, []string{"aws:accessKey", "aws:assumeRole", "aws:endpoints", "aws:profile"}, merged.Dropped)
}

func TestMerge_KeepsGeneratedValues(t *testing.T) {
	base := "{p:s: {secure: xyz}, p:o: {K: {secure: xyz}}}"
	first, err := merge(t, base, "{}")
	require.NoError(t, err)
	assert.Equal(t, []string{"p:o", "p:s"}, first.Generated)
	assert.Equal(t, object(t, "{p:s: gen-p:s, p:o: {K: gen-K}, p:pw: gen-p:pw}"), first.Overrides)

	second, err := stackfile.Merge(object(t, base), first.Overrides, []string{"p:pw"}, func(key string) (any, error) {
		return nil, assert.AnError
	})
	require.NoError(t, err)
	assert.Empty(t, second.Generated)
	assert.Equal(t, first.Config, second.Config)
}

func TestPassword_NeedsPercentEncoding(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		password := stackfile.Password()
		assert.False(t, seen[password])
		seen[password] = true
		assert.Len(t, password, 32)
		assert.True(t, strings.ContainsAny(password, "#%&+:?"))
		assert.False(t, strings.ContainsAny(password, `/"@ '`), "RDS or a shell refuses %s", password)
	}
}

func merge(t *testing.T, base, overrides string) (*stackfile.Merged, error) {
	t.Helper()
	return stackfile.Merge(object(t, base), object(t, overrides), []string{"p:pw"}, func(key string) (any, error) {
		return "gen-" + key, nil
	})
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &out))
	return out
}
