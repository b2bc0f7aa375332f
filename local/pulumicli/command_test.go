package pulumicli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/pulumicli"
)

func TestArgumentsReachPulumiWithWhatTheLocalAWSAdds(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"preview", "preview --config-file eff"},
		{"up", "up --config-file eff --yes"},
		{"update --diff", "update --diff --config-file eff --yes"},
		{"up --yes", "up --yes --config-file eff"},
		{"up -y", "up -y --config-file eff"},
		{"up -fy", "up -fy --config-file eff"},
		{"up --yes=true", "up --yes=true --config-file eff"},
		{"destroy", "destroy --config-file eff --yes"},
		{"destroy --preview-only", "destroy --preview-only --config-file eff"},
		{"refresh -s dev", "refresh -s dev --config-file eff --yes"},
		{"up --config-file mine.yaml", "up --config-file mine.yaml --yes"},
		{"--color never up", "--color never up --config-file eff --yes"},
		{"-C sub --stack dev preview", "-C sub --stack dev preview --config-file eff"},
		{"up -m yes", "up -m yes --config-file eff --yes"},
		{"config", "config --config-file eff"},
		{"config get useSpot", "config get useSpot --config-file eff"},
		{"config set useSpot true", "config set useSpot true --config-file over"},
		{"config set a -- -1", "config set a --config-file over -- -1"},
		{"config remove useSpot", "config remove useSpot --config-file over"},
		{"stack rm dev --yes", "stack rm dev --yes --preserve-config"},
		{"stack output --json", "stack output --json"},
		{"up --help", "up --help"},
		{"version", "version"},
		{"about --json", "about --json"},
	} {
		t.Run(c.given, func(t *testing.T) {
			parsed, err := pulumicli.Parse(strings.Fields(c.given), "")
			require.NoError(t, err)
			assert.ElementsMatch(t, strings.Fields(c.want), parsed.Args("eff", "over"))
		})
	}
}

func TestNothingIsAddedBehindTheDoubleDash(t *testing.T) {
	parsed, err := pulumicli.Parse([]string{"config", "set", "a", "--", "-1"}, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"config", "set", "a", "--config-file", "over", "--", "-1"}, parsed.Args("eff", "over"))
}

func TestTheStackComesFromTheArgumentsThenTheVariableThenProd(t *testing.T) {
	for _, c := range []struct{ args, variable, want string }{
		{"up", "", "prod"},
		{"up", "dev", "dev"},
		{"up --stack qa", "dev", "qa"},
		{"up --stack=qa", "dev", "qa"},
		{"-s qa up", "", "qa"},
		{"up -m prod-ish -s qa", "", "qa"},
	} {
		parsed, err := pulumicli.Parse(strings.Fields(c.args), c.variable)
		require.NoError(t, err)
		assert.Equal(t, c.want, parsed.Stack, "%s with %q", c.args, c.variable)
	}
}

func TestStackNamesCannotLeaveTheFolder(t *testing.T) {
	for _, name := range []string{"../prod", "a b", "org/proj/prod", strings.Repeat("a", 101)} {
		_, err := pulumicli.Parse([]string{"up", "--stack", name}, "")
		require.ErrorContains(t, err, "no name for a stack", name)
	}
}

func TestCommandsThatChangeSomethingExcludeEachOther(t *testing.T) {
	for args, want := range map[string]bool{
		"up": true, "destroy": true, "down": true, "refresh": true, "import": true, "cancel": true, "config set a b": true,
		"config rm a": true, "state delete urn": true, "stack import": true, "stack rm": true,
		"preview": false, "config": false, "config get a": false, "stack output": false, "stack export": false, "logs": false,
		"up --help": false,
	} {
		parsed, err := pulumicli.Parse(strings.Fields(args), "")
		require.NoError(t, err)
		assert.Equal(t, want, parsed.Changes, args)
	}
}

func TestOnlyOperationsNeedTheLocalAWS(t *testing.T) {
	for args, want := range map[string]bool{
		"up": true, "preview": true, "pre": true, "destroy": true, "refresh": true, "import": true,
		"config": false, "stack output": false, "version": false, "plugin ls": false, "preview --help": false,
	} {
		parsed, err := pulumicli.Parse(strings.Fields(args), "")
		require.NoError(t, err)
		assert.Equal(t, want, parsed.Operates, args)
	}
}

func TestTheUsersOwnFilesAreNeverWritten(t *testing.T) {
	for args, want := range map[string]string{
		"stack init dev":                        "stack init is not for the local AWS: a stack is made when first used",
		"stack select dev":                      "--stack NAME or PULUMI_STACK",
		"stack rename x":                        "not for the local AWS",
		"config cp -d x":                        "go run ./local config set",
		"config copy":                           "config copy is not for the local AWS",
		"login":                                 "folder .local",
		"destroy --remove":                      "would delete your own stack file",
		"up --config a=b":                       "go run ./local config set KEY VALUE",
		"preview -c a=b":                        "would be forgotten",
		"config refresh":                        "not for the local AWS",
		"config env ls":                         "Pulumi Cloud",
		"stack change-secrets-provider default": "passphrase of their own",
	} {
		_, err := pulumicli.Parse(strings.Fields(args), "")
		require.ErrorContains(t, err, want, args)
	}
}
