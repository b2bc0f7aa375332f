package commandline

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithStack(t *testing.T) {
	for text, want := range map[string]string{
		"    pulumi config set --secret dbPassword":   "    pulumi config set --stack qa --secret dbPassword",
		"pulumi config rm a; pulumi config set b c":   "pulumi config rm --stack qa a; pulumi config set --stack qa b c",
		"Deploy it: pulumi up":                        "Deploy it: pulumi up --stack qa",
		"`pulumi up --refresh`":                       "`pulumi up --stack qa --refresh`",
		"pulumi stack output nextSteps":               "pulumi stack output --stack qa nextSteps",
		"go run ./cmd/threa secrets set NAME":         "go run ./cmd/threa secrets set --stack qa NAME",
		"go run ./cmd/threa secrets":                  "go run ./cmd/threa secrets --stack qa",
		"See why: go run ./cmd/threa deploy-status":   "See why: go run ./cmd/threa deploy-status --stack qa",
		"go run ./cmd/threa run -- true":              "go run ./cmd/threa run --stack qa -- true",
		"pulumi destroy --stack prod":                 "pulumi destroy --stack prod",
		"go run ./cmd/threa cost qa":                  "go run ./cmd/threa cost qa",
		"pulumi login, pulumi stack select <stack>":   "pulumi login, pulumi stack select <stack>",
		"the pulumi configuration; pulumi is missing": "the pulumi configuration; pulumi is missing",
	} {
		assert.Equal(t, want, WithStack(text, "qa"))
		assert.Equal(t, text, WithStack(text, ""), "of the selected stack")
	}
}

func TestError(t *testing.T) {
	require.NoError(t, Error(nil, "acme", "qa"))
	cause := errors.New("threa:imageTag is not that of threa:7: pulumi up")
	err := Error(cause, "acme", "qa")
	require.EqualError(t, err, "acme:imageTag is not that of threa:7: pulumi up --stack qa")
	require.ErrorIs(t, err, cause)
}

func TestRejection(t *testing.T) {
	message, ok := rejection(Error(Rejected(errors.New("no image: pulumi up")), "threa", "qa"))
	assert.True(t, ok)
	assert.Equal(t, "no image: pulumi up --stack qa", message)
	_, ok = rejection(Error(errors.New("create VPC"), "threa", "qa"))
	assert.False(t, ok, "resources may be in creation")
	_, ok = rejection(nil)
	assert.False(t, ok)
}
