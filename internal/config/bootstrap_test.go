package config

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// bootstrapValues is what the engine hands over: the defaults of the project, and what is given.
func bootstrapValues(t *testing.T, given map[string]string) Values {
	t.Helper()
	all := map[string]string{"threa-bootstrap:repository": "octo-org/threa"}
	maps.Copy(all, given)
	return Values{Project: "threa-bootstrap", Stack: "team", Set: mocks.ProjectConfig(t, "../../bootstrap", all)}
}

func TestTheBootstrapNeedsNothingButTheRepository(t *testing.T) {
	b, err := ParseBootstrap(bootstrapValues(t, nil))
	require.NoError(t, err)
	assert.Equal(t, &Bootstrap{
		AppName:            "threa",
		Region:             "eu-central-1",
		Repository:         "octo-org/threa",
		Branch:             "main",
		Stacks:             []Deployed{{"prod", "threa"}},
		NewProvider:        true,
		State:              true,
		DeletionProtection: true,
	}, b)
}

func TestARepositoryIsNamedAsTheTokensOfGitHubNameIt(t *testing.T) {
	for _, name := range []string{"octo-org/threa", "octo-org@123456/threa@456789"} {
		b, err := ParseBootstrap(bootstrapValues(t, map[string]string{"threa-bootstrap:repository": name}))
		require.NoError(t, err)
		assert.Equal(t, name, b.Repository)
	}
	_, err := ParseBootstrap(bootstrapValues(t, map[string]string{"threa-bootstrap:repository": "threa"}))
	require.ErrorContains(
		t,
		err,
		"pulumi config set repository \"$(gh api repos/octo-org/threa --jq ",
		"who does not know the ids is told how to get them",
	)
}

func TestTheBootstrapKnowsTheNamesOfTheStacks(t *testing.T) {
	b, err := ParseBootstrap(bootstrapValues(t, map[string]string{
		"threa-bootstrap:environments":     `["prod","staging"]`,
		"threa-bootstrap:secretsProvider":  "kms",
		"threa-bootstrap:identityProvider": "existing",
	}))
	require.NoError(t, err)
	assert.Equal(t, []Deployed{{"prod", "threa"}, {"staging", "threa-staging"}}, b.Stacks)
	assert.True(t, b.Key)
	assert.False(t, b.NewProvider)
}

func TestEverythingWrongWithTheBootstrapIsReportedAtOnce(t *testing.T) {
	for name, one := range map[string]struct {
		given map[string]string
		keys  []string
	}{
		"no repository":           {map[string]string{"repository": ""}, []string{"repository"}},
		"a repository's address":  {map[string]string{"repository": "https://github.com/octo-org/threa"}, []string{"repository"}},
		"every repository":        {map[string]string{"repository": "octo-org/*"}, []string{"repository"}},
		"any repository's id":     {map[string]string{"repository": "octo-org@1/threa@*"}, []string{"repository"}},
		"half of the ids":         {map[string]string{"repository": "octo-org@1/threa"}, []string{"repository"}},
		"every branch":            {map[string]string{"branch": "*"}, []string{"branch"}},
		"no stack":                {map[string]string{"environments": "[]"}, []string{"environments"}},
		"a stack twice":           {map[string]string{"environments": `["prod","prod"]`}, []string{"environments"}},
		"a stack that is no name": {map[string]string{"environments": `["Prod*"]`}, []string{"environments"}},
		"a name too long":         {map[string]string{"appName": "a-rather-long-app", "environments": `["long-environment"]`}, []string{"environments"}},
		"a key that is misspelt":  {map[string]string{"environment": "prod"}, []string{"environment"}},
		"several": {
			map[string]string{"appName": "T", "identityProvider": "old", "stateBucket": "yes", "secretsProvider": "vault", "aws:region": "mars-1"},
			[]string{"appName", "aws:region", "identityProvider", "secretsProvider", "stateBucket"},
		},
	} {
		given := map[string]string{}
		for key, value := range one.given {
			if key != "aws:region" {
				key = "threa-bootstrap:" + key
			}
			given[key] = value
		}
		_, err := ParseBootstrap(bootstrapValues(t, given))
		var problems *Problems
		require.ErrorAs(t, err, &problems, name)
		var keys []string
		for _, problem := range problems.List {
			keys = append(keys, problem.Key)
			assert.NotEmpty(t, problem.Fix, name)
		}
		var want []string
		for _, key := range one.keys {
			if key != "aws:region" {
				key = "threa-bootstrap:" + key
			}
			want = append(want, key)
		}
		assert.ElementsMatch(t, want, keys, name)
	}
}
