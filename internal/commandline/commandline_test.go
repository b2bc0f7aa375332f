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
		"a:\n    pulumi config rm b; pulumi up":       "a:\n    pulumi config rm --stack qa b; pulumi up --stack qa",
		"    pulumi config set b c && pulumi up":      "    pulumi config set --stack qa b c && pulumi up --stack qa",
		"Deploy it: pulumi up":                        "Deploy it: pulumi up --stack qa",
		"`pulumi up --refresh`":                       "`pulumi up --stack qa --refresh`",
		"Read:  pulumi stack output nextSteps":        "Read:  pulumi stack output --stack qa nextSteps",
		"go run ./cmd/threa secrets set NAME":         "go run ./cmd/threa secrets set --stack qa NAME",
		"go run ./cmd/threa secrets":                  "go run ./cmd/threa secrets --stack qa",
		"See why: go run ./cmd/threa deploy-status":   "See why: go run ./cmd/threa deploy-status --stack qa",
		"go run ./cmd/threa run -- true":              "go run ./cmd/threa run --stack qa -- true",
		"Do: pulumi destroy --stack prod":             "Do: pulumi destroy --stack prod",
		"go run ./cmd/threa cost qa":                  "go run ./cmd/threa cost qa",
		"Log in: pulumi login <backend>":              "Log in: pulumi login <backend>",
		"the pulumi configuration; pulumi is missing": "the pulumi configuration; pulumi is missing",
		// another project
		"Update the roles:  cd bootstrap && pulumi up": "Update the roles:  cd bootstrap && pulumi up",
		"a: cd bootstrap && pulumi up\nb: pulumi up":   "a: cd bootstrap && pulumi up\nb: pulumi up --stack qa",
		// prose
		"The last pulumi up did not update it":   "The last pulumi up did not update it",
		"pulumi up created no repository":        "pulumi up created no repository",
		"preview: pulumi preview: exit status 1": "preview: pulumi preview: exit status 1",
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
