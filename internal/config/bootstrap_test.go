package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
)

// parseBootstrap parses the defaults of the project with some keys changed.
func parseBootstrap(t *testing.T, given map[string]string) (*Bootstrap, error) {
	t.Helper()
	keys := map[string]string{"threa-bootstrap:repository": "octo-org/threa"}
	for name, value := range given {
		keys[bootstrapKey(name)] = value
	}
	set := fixtures.ProjectConfig(t, "../../bootstrap", keys)
	return ParseBootstrap(Values{Project: "threa-bootstrap", Stack: "team", Set: set})
}

func bootstrapKey(name string) string {
	if name == "aws:region" {
		return name
	}
	return "threa-bootstrap:" + name
}

func TestParseBootstrap_Defaults(t *testing.T) {
	b, err := parseBootstrap(t, nil)
	require.NoError(t, err)
	assert.Equal(t, &Bootstrap{
		AppName:            "threa",
		Region:             "eu-central-1",
		Repository:         "octo-org/threa",
		Branch:             "main",
		Stacks:             []Deployed{{"prod", "threa", ""}},
		NewProvider:        true,
		Project:            "threa",
		TaskPolicies:       []string{},
		State:              true,
		DeletionProtection: true,
	}, b)
}

func TestParseBootstrap_Values(t *testing.T) {
	b, err := parseBootstrap(t, set("repository=octo-org@123456/threa@456789", `environments=["prod","staging"]`,
		"secretsProvider=kms", "identityProvider=existing", "project=shop",
		"previewEnvironment=preview", "driftEnvironment=drift", `hostedZoneIds={"prod":"/hostedzone/Z1"}`))
	require.NoError(t, err)
	assert.Equal(t, "octo-org@123456/threa@456789", b.Repository)
	assert.Equal(t, []Deployed{{"prod", "threa", "Z1"}, {"staging", "threa-staging", ""}}, b.Stacks)
	assert.True(t, b.Key)
	assert.False(t, b.NewProvider)
	assert.Equal(t, []string{"shop", "preview", "drift"}, []string{b.Project, b.PreviewEnvironment, b.DriftEnvironment})
}

func TestParseBootstrap_Invalid(t *testing.T) {
	for _, test := range []struct {
		name  string
		given map[string]string
		keys  []string
	}{
		{"no repository", set("repository="), []string{"repository"}},
		{"a repository's address", set("repository=https://github.com/octo-org/threa"), []string{"repository"}},
		{"every repository", set("repository=octo-org/*"), []string{"repository"}},
		{"any repository's id", set("repository=octo-org@1/threa@*"), []string{"repository"}},
		{"half of the ids", set("repository=octo-org@1/threa"), []string{"repository"}},
		{"every branch", set("branch=*"), []string{"branch"}},
		{"no stack", set("environments=[]"), []string{"environments"}},
		{"a stack twice", set(`environments=["prod","prod"]`), []string{"environments"}},
		{"an invalid name", set(`environments=["Prod*"]`), []string{"environments"}},
		{"a name too long", set("appName=a-rather-long-app", `environments=["long-environment"]`), []string{"environments"}},
		{"a misspelt key", set("environment=prod"), []string{"environment"}},
		{"the name of the deploy roles", set("appName=deploy"), []string{"appName"}},
		{"the name of the preview roles", set("appName=preview-shop"), []string{"appName"}},
		{"the name of the read replica", set(`environments=["replica"]`), []string{"environments"}},
		{"the names of final snapshots", set(`environments=["final-2"]`), []string{"environments"}},
		{"an invalid zone", set(`hostedZoneIds={"prod":"example.com"}`), []string{"hostedZoneIds.prod"}},
		{"the zone of an unknown stack", set(`hostedZoneIds={"staging":"Z1"}`), []string{"hostedZoneIds.staging"}},
		{"all zones", set(`hostedZoneIds={"prod":"*"}`), []string{"hostedZoneIds.prod"}},
		{"every project", set("project=*"), []string{"project"}},
		{"previews with the environment of a stack", set("previewEnvironment=prod"), []string{"previewEnvironment"}},
		{"the nightly check with the environment of a stack", set("driftEnvironment=prod"), []string{"driftEnvironment"}},
		{"previews with any environment", set("previewEnvironment=*"), []string{"previewEnvironment"}},
		{"several", set("appName=T", "identityProvider=old", "stateBucket=yes", "secretsProvider=vault", "aws:region=mars-1"),
			[]string{"appName", "aws:region", "identityProvider", "secretsProvider", "stateBucket"}},
	} {
		_, err := parseBootstrap(t, test.given)
		var problems *Problems
		require.ErrorAs(t, err, &problems, test.name)
		var keys, want []string
		for _, problem := range problems.List {
			keys = append(keys, problem.Key)
			assert.NotEmpty(t, problem.Fix, test.name)
		}
		for _, key := range test.keys {
			want = append(want, bootstrapKey(key))
		}
		assert.ElementsMatch(t, want, keys, test.name)
	}
	_, err := parseBootstrap(t, set("repository=threa"))
	require.ErrorContains(t, err, `pulumi config set repository "$(gh api repos/octo-org/threa --jq `)
	_, err = parseBootstrap(t, set(`hostedZoneIds={"prod":"Z1 "}`))
	require.ErrorContains(t, err, "pulumi config set --path hostedZoneIds.prod Z1")
	_, err = parseBootstrap(t, set("repository= octo-org/threa", `environments=["Prod ","prod","a_b"]`))
	var problems *Problems
	require.ErrorAs(t, err, &problems)
	var fixes []string
	for _, problem := range problems.List {
		fixes = append(fixes, problem.Fix)
	}
	assert.Equal(t, []string{"pulumi config set repository octo-org/threa", "pulumi config rm --path 'environments[2]'",
		"pulumi config rm --path 'environments[1]'", "pulumi config set --path 'environments[0]' prod"}, fixes)
}
