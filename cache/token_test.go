package cache

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// The token that earlier versions derived from fixtures.Password for the name threa.
const derived = "cd16030c13127272a22ce74cc98aa4bdaa64ad63489c18fd8fa1c093ca2e36af"

const (
	authToken   = mocks.Stash + " cache-auth-token"
	formerToken = mocks.Stash + " cache-former-token"
	firstToken  = mocks.Stash + " cache-first-token"
	soleToken   = mocks.Stash + " cache-sole-token"
)

// stashed returns an account whose stack has Stash resources from an earlier deployment.
func stashed(current string, former map[string]any) *mocks.AWS {
	aws := running("redis")
	aws.Recorded = map[string]map[string]any{authToken: {"output": current}, formerToken: {"output": former}}
	return aws
}

func TestToken_NewStackGetsARandomOne(t *testing.T) {
	first, second := mustBuild(t, nil, nil), mustBuild(t, nil, nil)
	for _, d := range []deployment{first, second} {
		assert.Regexp(t, "^[0-9a-f]{64}$", d.token.Value, "no character that a URL would have to escape")
		assert.NotEqual(t, derived, d.token.Value)
		assert.Equal(t, d.token.Value, d.group.Text("authToken"))
	}
	assert.NotEqual(t, first.token.Value, second.token.Value)
}

func TestToken_ExistingStackKeepsTheDerivedOne(t *testing.T) {
	unborn := running("redis")
	unborn.Unknown = []string{mocks.Stash}
	former := map[string]any{"token": "old", "until": "r1"}
	for name, row := range map[string]struct {
		aws     *mocks.AWS
		preview bool
		want    string
	}{
		"first preview": {unborn, true, derived},
		"first update":  {running("redis"), false, derived},
		"next preview":  {stashed("r1", former), true, "old"},
		"next update":   {stashed("r1", former), false, "old"}, // the state decides, not the password
	} {
		d, err := tryBuild(t, mocks.Options{AWS: row.aws, Preview: row.preview}, nil)
		require.NoError(t, err, name)
		assert.Equal(t, row.want, d.token.Value, name)
		assert.Equal(t, row.want, d.group.Text("authToken"), name)
	}
}

func TestToken_KeepsTheOneInTheState(t *testing.T) {
	d := mustBuild(t, stashed("r1", map[string]any{}), nil)
	assert.Equal(t, "r1", d.token.Value, "a stack that began with a random token")
}

// pulumi up --replace gives the Stash a new random value.
func TestToken_RotatesWithTheStash(t *testing.T) {
	d := mustBuild(t, stashed("r2", map[string]any{"token": "old", "until": "r1"}), nil)
	assert.Equal(t, "r2", d.token.Value)
	assert.Equal(t, "r2", d.group.Text("authToken"))
}

// ElastiCache accepts SET only for a token that ROTATE has added before.
func TestToken_EndsThePreviousOneOnlyWhenAsked(t *testing.T) {
	for name, row := range map[string]struct{ current, first, sole, want string }{
		"never rotated":               {"r1", "r1", "r1", "ROTATE"},
		"rotated":                     {"r2", "r1", "r1", "ROTATE"},
		"rotated, and the old ended":  {"r2", "r1", "r2", "SET"},
		"rotated once more":           {"r3", "r1", "r2", "ROTATE"},
		"an earlier version's, ended": {"old", "other", "old", "SET"},
	} {
		aws := stashed(row.current, map[string]any{})
		aws.Recorded[firstToken] = map[string]any{"output": row.first}
		aws.Recorded[soleToken] = map[string]any{"output": row.sole}
		assert.Equal(t, row.want, mustBuild(t, aws, nil).group.Text("authTokenUpdateStrategy"), name)
	}
	unborn := running("redis")
	unborn.Unknown = []string{mocks.Stash}
	d, err := tryBuild(t, mocks.Options{AWS: unborn, Preview: true}, nil)
	require.NoError(t, err)
	assert.Equal(t, "ROTATE", d.group.Text("authTokenUpdateStrategy"), "no change in the first preview")
	d = mustBuild(t, nil, nil)
	assert.Equal(t, "ROTATE", d.group.Text("authTokenUpdateStrategy"), "a new stack")
	assert.False(t, d.group.IsSecret("authTokenUpdateStrategy"))
}

func TestToken_IsSecretEverywhere(t *testing.T) {
	for _, aws := range []*mocks.AWS{nil, running("redis")} {
		d := mustBuild(t, aws, nil)
		assert.True(t, d.token.Secret)
		assert.True(t, d.group.IsSecret("authToken"))
		require.Len(t, d.stack.OfType(mocks.Stash), 4)
		for _, stash := range d.stack.OfType(mocks.Stash) {
			empty := aws == nil && stash.Name == "cache-former-token"
			assert.Equal(t, !empty, stash.IsSecret("input"), stash.Name)
			assert.Equal(t, []string{"input"}, stash.Request.GetIgnoreChanges(), "the first value stays")
			assert.Subset(t, stash.Request.GetAdditionalSecretOutputs(), []string{"input", "output"}, stash.Name)
		}
	}
}

func TestToken_PreviewInventsNone(t *testing.T) {
	d, err := tryBuild(t, mocks.Options{Preview: true}, nil)
	require.NoError(t, err)
	assert.Empty(t, d.group.Text("authToken"), "the update could not follow a plan with a random value")
}
