package configchanges

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/stackconfig"
)

const (
	root   = "../../.."
	record = "go test ./local/e2e -run TestConfigChanges -timeout 60m -args -update"
)

var update = flag.Bool("update", false, "write the table in docs/scaling.md")

func TestChanges_CoverEveryKey(t *testing.T) {
	var project struct{ Config map[string]any }
	text, err := os.ReadFile(root + "/Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &project))
	keys := slices.Collect(maps.Keys(Untested))
	for _, change := range append(slices.Clone(Changes), Change{Settings: slices.Concat(Fixed...)}) {
		keys = append(keys, change.Keys()...)
	}
	slices.Sort(keys)
	assert.Equal(t, slices.Sorted(maps.Keys(project.Config)), slices.Compact(keys),
		"add a missing key to Changes, Fixed or Untested. Then run: "+record)
}

func TestChanges_AreRevertedLater(t *testing.T) {
	for _, change := range Changes {
		assert.Positive(t, change.Applied, "%v", change.Keys())
		assert.Greater(t, change.Reverted, change.Applied, "%v", change.Keys())
	}
}

func TestRecord_HasEveryStep(t *testing.T) {
	outcomes, err := Load(root)
	require.NoError(t, err)
	var names []string
	for _, step := range slices.Concat(Phases()...) {
		names = append(names, step.Name())
	}
	assert.ElementsMatch(t, names, slices.Collect(maps.Keys(outcomes)),
		"remove outcomes of deleted changes, and record new ones with: "+record)

	copied := t.TempDir()
	require.NoError(t, os.MkdirAll(strings.TrimSuffix(recordFile(copied), "/outcomes.json"), 0o755))
	require.NoError(t, outcomes.Save(copied))
	loaded, err := Load(copied)
	require.NoError(t, err)
	assert.Equal(t, outcomes, loaded)
}

func TestDocument_HasRecordedOutcomes(t *testing.T) {
	outcomes, err := Load(root)
	require.NoError(t, err)
	config, err := stackconfig.Read(root, "prod")
	require.NoError(t, err)
	defaults := map[string]string{}
	for key, value := range config.Set {
		defaults[strings.TrimPrefix(key, config.Project+":")] = value
	}
	rows, err := table(outcomes, defaults)
	require.NoError(t, err)
	const path = root + "/docs/scaling.md"
	document, err := os.ReadFile(path)
	require.NoError(t, err)
	updated, err := replaceTable(string(document), rows)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(updated), 0o644))
		return
	}
	assert.True(t, string(document) == updated,
		"the table in docs/scaling.md is stale. Run: go test ./local/internal/configchanges -update")
	_, err = replaceTable("# Other\n", "")
	require.ErrorContains(t, err, "the document needs the lines")
}

func TestNewOperation_ReadsEngineEvents(t *testing.T) {
	const cache = "urn:pulumi:prod::threa::threa:cache:Cache$aws:elasticache/replicationGroup:ReplicationGroup::cache-group"
	assert.Equal(t, &Operation{"update", "elasticache/replicationGroup", "cache-group", []string{"engine", "nodeType"}},
		NewOperation("update", cache, []string{"nodeType", "engine"}))
	for _, op := range []string{"replace", "create-replacement", "delete-replaced"} {
		assert.Equal(t, &Operation{"replace", "elasticache/replicationGroup", "cache-group", nil},
			NewOperation(op, cache, []string{"engine"}))
	}
	assert.Nil(t, NewOperation("same", cache, nil))
	for _, urn := range []string{
		"urn:pulumi:prod::threa::threa:cache:Cache::cache", "urn:pulumi:prod::threa::pulumi:pulumi:Stack::threa-prod",
		"urn:pulumi:prod::threa::pulumi:providers:aws::default_6_83_2",
	} {
		assert.Nil(t, NewOperation("update", urn, nil))
	}
}

func TestOutcome_Cells(t *testing.T) {
	service := Operation{"update", "ecs/service", "compute-service", []string{"taskDefinition"}}
	for _, c := range []struct {
		outcome Outcome
		want    string
	}{
		{Outcome{}, "nothing now: it applies to later operations | –"},
		{Outcome{Refused: true}, "refused | –"},
		{Outcome{Steps: []Operation{
			{"update", "cloudwatch/metricAlarm", "a", []string{"threshold"}}, {"create", "sns/topic", "t", nil},
		}}, "in place | –"},
		{Outcome{Steps: []Operation{service, {"replace", "ecs/taskDefinition", "compute-task", nil}, service}},
			"the tasks restart | –"},
		{Outcome{Steps: []Operation{{"update", "ssm/parameter", "p", []string{"value", "version"}}}}, "in place | –"},
		{Outcome{true, []Operation{{"replace", "elasticache/replicationGroup", "cache-group", nil}}},
			"refused; with `confirmReplacement`: **an empty cache replaces the old one; its content is lost** | " +
				"the cache for about 10 minutes"},
		{Outcome{Steps: []Operation{
			{"update", "rds/instance", "database-instance", []string{"instanceClass", "multiAz"}}, service,
		}}, "the database restarts; the tasks restart | the database for minutes; for 1 to 2 with `multiAz`"},
	} {
		cells, err := c.outcome.cells()
		require.NoError(t, err)
		assert.Equal(t, c.want, cells)
	}
}

func TestOutcome_NeedsRules(t *testing.T) {
	for _, unknown := range []Operation{
		{"update", "rds/instance", "database-instance", []string{"storageType"}},
		{"update", "sqs/queue", "q", []string{"delay"}},
		{"replace", "rds/instance", "database-instance", nil},
		{"create", "rds/instance", "another", nil},
		{"replace", "ec2/securityGroup", "network-rds", nil},
		{"delete", "ecr/repository", "compute-repository", nil},
	} {
		_, err := Outcome{Steps: []Operation{unknown}}.cells()
		assert.ErrorContains(t, err, "effects.go", unknown.Name)
	}
	_, err := table(Record{"useSpot=true": {Steps: []Operation{{"delete", "ecr/repository", "r", nil}}}}, nil)
	require.ErrorContains(t, err, "useSpot: no rule for")
}

func TestEffects_UnavailabilityHasSource(t *testing.T) {
	rules := append(slices.Collect(maps.Values(updates)), others)
	for _, effects := range rules {
		for name, effect := range effects {
			if effect.Unavailable != "" {
				assert.Regexp(t, "^https://", effect.Source, name)
			}
		}
	}
}

// table returns the Markdown table: one row for a change whose two directions have the same outcome, otherwise two.
// defaults has the default values by key.
func table(record Record, defaults map[string]string) (string, error) {
	var rows strings.Builder
	rows.WriteString("| Key | Change | What happens | Unavailable meanwhile |\n|---|---|---|---|\n")
	for _, c := range Changes {
		applied, err1 := record[Step{c, false}.Name()].cells()
		reverted, err2 := record[Step{c, true}.Name()].cells()
		if err := errors.Join(err1, err2); err != nil {
			return "", fmt.Errorf("%s: %w", c.Keys()[0], err)
		}
		keys := code(c.Keys()...)
		before, after := c.values(defaults)
		if applied == reverted {
			fmt.Fprintf(&rows, "| %s | %s ⇄ %s | %s |\n", keys, before, after, applied)
			continue
		}
		fmt.Fprintf(&rows, "| %s | %s → %s | %s |\n", keys, before, after, applied)
		fmt.Fprintf(&rows, "| %s | %s → %s | %s |\n", keys, after, before, reverted)
	}
	fixed := Change{Settings: slices.Concat(Fixed...)}
	fmt.Fprintf(&rows, "| %s | any | refused: fixed by the first `up` | – |\n", code(fixed.Keys()...))
	for _, key := range slices.Sorted(maps.Keys(Untested)) {
		fmt.Fprintf(&rows, "| %s | any | %s | |\n", code(key), Untested[key])
	}
	return rows.String(), nil
}

// values returns the values before and after the change for the table.
func (c *Change) values(defaults map[string]string) (before, after string) {
	if c.Before != "" {
		return c.Before, c.After
	}
	first := c.Settings[0]
	if value := defaults[first.Path]; value != "" {
		return code(value), code(first.Value)
	}
	return "none", code(first.Value)
}

func code(texts ...string) string { return "`" + strings.Join(texts, "`, `") + "`" }

// section matches the part of a document that holds the table.
var section = regexp.MustCompile(`(?s)(<!-- configuration changes: [^\n]* -->\n).*?(<!-- end of configuration changes -->)`)

// replaceTable replaces the table in a document.
func replaceTable(document, table string) (string, error) {
	match := section.FindStringSubmatchIndex(document)
	if match == nil {
		return "", errors.New("the document needs the lines <!-- configuration changes: … --> and " +
			"<!-- end of configuration changes --> around the table")
	}
	return document[:match[3]] + "\n" + table + "\n" + document[match[4]:], nil
}
