package toggles

import (
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const root = "../../.."

// declared are the keys of Pulumi.yaml.
func declared(t *testing.T) []string {
	t.Helper()
	var project struct{ Config map[string]any }
	text, err := os.ReadFile(root + "/Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &project))
	var keys []string
	for key := range project.Config {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// listed are the keys of the tables, each as often as a switch or a list has it.
func listed() []string {
	var keys []string
	for _, one := range switches() {
		keys = append(keys, one.Keys()...)
	}
	for _, set := range Fixed {
		for _, one := range set {
			keys = append(keys, one.Path)
		}
	}
	for key := range Unproved {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func TestEveryKeyIsSwitchedOrSaysWhyNot(t *testing.T) {
	keys := listed()
	for _, key := range declared(t) {
		assert.Contains(t, keys, key, "add it to a phase in switches.go, or to Fixed or Unproved; then run: "+
			"go test ./local/e2e -run TestEveryToggle -timeout 60m -args -update")
	}
	assert.Equal(t, declared(t), slices.Compact(keys), "no key that does not exist")
}

func TestEverySwitchGoesBothWaysInTheOrderInWhichItCan(t *testing.T) {
	on := map[*Switch]bool{}
	turned := map[*Switch]int{}
	for _, phase := range Phases {
		for _, move := range phase {
			assert.Equal(t, move.Back, on[move.Switch], "%v", move.Keys())
			on[move.Switch] = !move.Back
			turned[move.Switch]++
		}
	}
	for one, times := range turned {
		assert.Equal(t, 2, times, "%v", one.Keys())
	}
}

// update writes the README anew, for a rule that says it in other words.
var update = flag.Bool("update", false, "write the table of the README anew, from what was seen")

func TestTheTableOfTheReadmeIsWhatWasSeen(t *testing.T) {
	seen, err := Load(root)
	require.NoError(t, err)
	for _, phase := range Phases {
		for _, move := range phase {
			_, known := seen[move.Name()]
			assert.True(t, known, "%s was not seen yet: go test ./local/e2e -run TestEveryToggle -timeout 60m -args -update", move.Name())
		}
	}
	if *update {
		require.NoError(t, WriteReadme(root, seen))
	}
	document, err := os.ReadFile(root + "/docs/scaling.md")
	require.NoError(t, err)
	written, err := readme(root, string(document), seen)
	require.NoError(t, err)
	assert.True(t, string(document) == written, "the table is stale: go test ./local/internal/toggles -update")
}

func step(op, kind, name string, properties ...string) Step {
	return Step{Op: op, Kind: kind, Name: name, Properties: properties}
}

func TestTheEnginesOperationsAreReadAsSteps(t *testing.T) {
	const cache = "urn:pulumi:prod::threa::threa:cache:Cache$aws:elasticache/replicationGroup:ReplicationGroup::cache-group"
	assert.Equal(t, &Step{"update", "elasticache/replicationGroup", "cache-group", []string{"engine", "nodeType"}},
		NewStep("update", cache, []string{"nodeType", "engine"}))
	for _, op := range []string{"replace", "create-replacement", "delete-replaced"} {
		assert.Equal(t, &Step{"replace", "elasticache/replicationGroup", "cache-group", nil}, NewStep(op, cache, []string{"engine"}))
	}
	assert.Nil(t, NewStep("same", cache, nil))
	for _, urn := range []string{
		"urn:pulumi:prod::threa::threa:cache:Cache::cache", "urn:pulumi:prod::threa::pulumi:providers:aws::default_6_83_2",
		"urn:pulumi:prod::threa::pulumi:pulumi:Stack::threa-prod",
	} {
		assert.Nil(t, NewStep("update", urn, nil))
	}
}

func TestWhatComesOfOperations(t *testing.T) {
	service := step("update", "ecs/service", "compute-service", "taskDefinition")
	cache := "elasticache/replicationGroup"
	for name, one := range map[string]struct {
		steps []Step
		words string
	}{
		"nothing":      {nil, "nothing: it concerns what comes later | –"},
		"unseen":       {[]Step{step("update", "cloudwatch/metricAlarm", "a", "threshold"), step("create", "sns/topic", "t")}, "in place | –"},
		"restart once": {[]Step{service, step("replace", "ecs/taskDefinition", "compute-task", "cpu"), service}, restart.Does + " | –"},
		"new secret":   {[]Step{step("update", "ssm/parameter", "p", "value", "version")}, restart.Does + " | –"},
		"other cache":  {[]Step{step("replace", cache, "cache-group")}, others["replace elasticache/replicationGroup"].Does + " | the cache for about 10 minutes"},
		"two things": {[]Step{step("update", "rds/instance", "database-instance", "instanceClass", "multiAz"), service},
			"the database restarts; the tasks restart | the database for minutes; for 1 to 2 with `multiAz`"},
	} {
		words, err := Outcome{Steps: one.steps}.Words()
		require.NoError(t, err, name)
		assert.Equal(t, one.words, words, name)
	}
}

func TestAnOperationWithoutARuleIsAnError(t *testing.T) {
	for _, unknown := range []Step{
		step("update", "rds/instance", "database-instance", "storageType"),
		step("update", "sqs/queue", "q", "delay"),
		step("replace", "rds/instance", "database-instance"),
		step("create", "rds/instance", "another"),
		step("replace", "ec2/securityGroup", "network-rds"),
		step("delete", "ecr/repository", "compute-repository"),
	} {
		_, err := Outcome{Steps: []Step{unknown}}.Words()
		assert.ErrorContains(t, err, "effects.go", unknown.Name)
	}
}

func TestEveryRuleThatTakesSomethingAwayHasASource(t *testing.T) {
	for kind, properties := range updates {
		for property, effect := range properties {
			if effect.Away != "" {
				assert.Regexp(t, "^https://", effect.Source, "%s %s", kind, property)
			}
		}
	}
	for operation, effect := range others {
		if effect.Away != "" {
			assert.Regexp(t, "^https://", effect.Source, operation)
		}
	}
}

func TestASwitchHasOneRowWhereBothWaysAreTheSame(t *testing.T) {
	replaced := []Step{step("replace", "elasticache/replicationGroup", "cache-group")}
	table, err := Table(Record{
		"useSpot=true": {Steps: []Step{step("update", "ecs/service", "s", "triggers")}}, "useSpot=true back": {Steps: []Step{step("update", "ecs/service", "s", "triggers")}},
		"enableRedis=false":      {Steps: []Step{step("delete", "elasticache/replicationGroup", "cache-group")}},
		"enableRedis=false back": {Steps: []Step{step("create", "elasticache/replicationGroup", "cache-group")}},
		"redisTls=false":         {Refused: true, Steps: replaced}, "redisTls=false back": {Refused: true},
	}, map[string]string{"useSpot": "false", "enableRedis": "true", "redisTls": "true"})
	require.NoError(t, err)
	for _, row := range []string{
		"| `useSpot` | `false` ⇄ `true` | the tasks restart | – |\n",
		"| `enableRedis` | `true` → `false` | **the cache goes, with all that is in it** | the cache |\n" +
			"| `enableRedis` | `false` → `true` | an empty cache comes, in 5 to 6 minutes | – |\n",
		"| `redisTls` | `true` → `false` | refused; with `confirmReplacement`: **a new cache",
		"| `redisTls` | `false` → `true` | refused | – |\n",
		"`dbName` | any | refused: chosen before the first `up` | – |\n",
	} {
		assert.Contains(t, table, row)
	}
	_, err = Table(Record{"useSpot=true": {Steps: []Step{step("delete", "ecr/repository", "r")}}}, nil)
	require.ErrorContains(t, err, "useSpot: no rule says")
}

func TestWhatWasSeenIsKept(t *testing.T) {
	seen, err := Load(root)
	require.NoError(t, err)
	project := t.TempDir()
	require.NoError(t, seen.Save(project))
	kept, err := Load(project)
	require.NoError(t, err)
	assert.Equal(t, seen, kept, "with nothing that is no move")
	_, err = Load(t.TempDir())
	require.ErrorContains(t, err, "read what was seen of the toggles")
}

func TestATableInADocumentIsMadeAnewAndTheRestStays(t *testing.T) {
	const before = "# Mine\n<!-- toggles: x -->\nstale\n<!-- end of the toggles -->\nafter\n"
	once, err := Rewrite(before, "| new |\n")
	require.NoError(t, err)
	assert.Equal(t, "# Mine\n<!-- toggles: x -->\n\n| new |\n\n<!-- end of the toggles -->\nafter\n", once)
	twice, err := Rewrite(once, "| new |\n")
	require.NoError(t, err)
	assert.Equal(t, once, twice)
	_, err = Rewrite("# Mine\n", "")
	require.ErrorContains(t, err, "there is no place for the table")
}
