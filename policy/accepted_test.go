package policy

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheck_ReportsUnacceptedFindings(t *testing.T) {
	accepted := []Accepted{
		{Tool: "nag", Rules: []string{"*-RDS3"}, Resources: []string{"database", "replica-*"}},
		{Tool: "lint", Rules: []string{"W1"}, Resources: []string{"cache"}},
	}
	both := []Finding{{Rule: "A-RDS3", Resource: "database"}, {Rule: "B-RDS3", Resource: "replica-1"}}
	require.NoError(t, Check(accepted, "nag", both))
	require.NoError(t, Check(accepted, "lint", []Finding{{Rule: "W1", Resource: "cache"}}))

	more := slices.Concat(both, []Finding{{"A-RDS3", "cache", "it is open"}, {"W1", "cache", "of another tool"}})
	assert.EqualError(t, Check(accepted, "nag", more),
		"nag: A-RDS3 on cache: it is open: fix it, or accept it in policy/accepted.yaml with a reason\n"+
			"nag: W1 on cache: of another tool: fix it, or accept it in policy/accepted.yaml with a reason")
}

func TestCheck_ReportsUnneededAcceptance(t *testing.T) {
	accepted := []Accepted{{Tool: "nag", Rules: []string{"RDS3", "RDS4"}, Resources: []string{"database", "replica"}}}
	findings := []Finding{
		{Rule: "RDS3", Resource: "database"}, {Rule: "RDS3", Resource: "replica"}, {Rule: "RDS4", Resource: "replica"},
	}
	assert.EqualError(t, Check(accepted, "nag", findings),
		"nag: RDS4 on database is no longer reported: remove it from policy/accepted.yaml")
}

func TestReadAccepted_RefusesIncompleteEntries(t *testing.T) {
	const complete = "- {tool: nag, rules: [RDS3], resources: [database], reason: it is so}\n"
	for text, want := range map[string]string{
		complete: "",
		complete + "- {tool: nag, rules: [RDS3], resources: [database]}\n":                       "entry 2 needs",
		"- {tool: nag, rules: [], resources: [database], reason: it is so}\n":                    "entry 1 needs",
		"- {tool: nag, rules: [RDS3], resources: [database], reason: it is so, until: 2030}\n":   "until",
		"- {tool: nag, rules: [\"[RDS3\"], resources: [database], reason: it is so}\n":           "syntax error in pattern",
		"- {tool: nag, rules: [RDS3], resources: [database], reason: it is so, reason: twice}\n": "already defined",
	} {
		file := filepath.Join(t.TempDir(), "accepted.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := ReadAccepted(file)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
	_, err := ReadAccepted(filepath.Join(t.TempDir(), "missing.yaml"))
	require.Error(t, err)
}
