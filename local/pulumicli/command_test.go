package pulumicli_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/pulumicli"
)

func TestArgs_Additions(t *testing.T) {
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
			args := parsed.Args("eff", "over")
			assert.ElementsMatch(t, strings.Fields(c.want), args)
			if i := slices.Index(args, "--"); i >= 0 {
				assert.Equal(t, []string{"--", "-1"}, args[i:], "nothing is added behind the double dash")
			}
		})
	}
}

func TestParse_Stack(t *testing.T) {
	for _, c := range []struct{ args, variable, want string }{
		{"up", "", "prod"},
		{"up", "dev", "dev"},
		{"up --stack qa", "dev", "qa"},
		{"up --stack=qa", "dev", "qa"},
		{"-s qa up", "", "qa"},
		{"stack init qa", "", "qa"},
		{"stack new --stack qa", "", "qa"},
		{"up -m prod-ish -s qa", "", "qa"},
	} {
		parsed, err := pulumicli.Parse(strings.Fields(c.args), c.variable)
		require.NoError(t, err)
		assert.Equal(t, c.want, parsed.Stack, "%s with %q", c.args, c.variable)
	}
}

func TestParse_StackNameIsAFileName(t *testing.T) {
	for _, name := range []string{"../prod", "a b", "org/proj/prod", strings.Repeat("a", 101)} {
		_, err := pulumicli.Parse([]string{"stack", "init", name}, "")
		require.ErrorContains(t, err, "not a name for a stack", name)
		_, err = pulumicli.Parse([]string{"up", "--stack", name}, "")
		require.ErrorContains(t, err, "not a name for a stack", name)
	}
}

func TestParse_Kinds(t *testing.T) {
	for _, test := range []struct {
		changes, operates bool
		commands          []string
	}{
		{true, true, []string{"up", "destroy", "down", "refresh", "import", "watch"}},
		{true, false, []string{"cancel", "config set a b", "config rm a", "state delete urn", "stack import", "stack rm"}},
		{false, true, []string{"preview", "pre"}},
		{false, false, []string{"config", "config get a", "stack output", "stack export", "logs", "version", "plugin ls",
			"up --help", "preview --help"}},
	} {
		for _, line := range test.commands {
			parsed, err := pulumicli.Parse(strings.Fields(line), "")
			require.NoError(t, err)
			assert.Equal(t, test.changes, parsed.Changes, line)
			assert.Equal(t, test.operates, parsed.Operates, line)
		}
	}
}

func TestParse_RefusesWritingTheUsersFiles(t *testing.T) {
	for args, want := range map[string]string{
		"stack select dev":                      "--stack NAME or PULUMI_STACK",
		"stack rename x":                        "not available on the local AWS",
		"config cp -d x":                        "go run ./local config set",
		"config copy":                           "config copy is not available on the local AWS",
		"login":                                 "folder .local",
		"destroy --remove":                      "would delete your own stack file",
		"up --config a=b":                       "go run ./local config set KEY VALUE",
		"preview -c a=b":                        "the next command would not know",
		"config refresh":                        "not available on the local AWS",
		"config env ls":                         "Pulumi Cloud",
		"stack change-secrets-provider default": "their own passphrase",
	} {
		_, err := pulumicli.Parse(strings.Fields(args), "")
		require.ErrorContains(t, err, want, args)
	}
}

func TestParseStack_TakesNothingElse(t *testing.T) {
	for _, args := range [][]string{{"env", "--stack", "qa"}, {"env", "-s=qa"}, {"env"}} {
		stack, err := pulumicli.ParseStack(args, "qa")
		require.NoError(t, err)
		assert.Equal(t, "qa", stack)
	}
	for _, args := range [][]string{{"env", "--foo"}, {"env", "qa"}, {"env", "--stack"}, {"env", "--stack="}} {
		_, err := pulumicli.ParseStack(args, "")
		require.ErrorContains(t, err, "env takes only the argument --stack NAME, not ")
	}
	_, err := pulumicli.ParseStack([]string{"env", "--stack", "../x"}, "")
	require.ErrorContains(t, err, "is not a name for a stack")
}
