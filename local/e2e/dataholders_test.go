package e2e

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/resources"
)

// TestDataHolders_SurviveEveryChange tries every way to lose a data holder on one running stack. Nothing protects the
// stack, so that what keeps the data is the program.
func TestDataHolders_SurviveEveryChange(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	holdersCreated(t, s)
	for _, way := range []step[*sandbox]{
		{"configuration changes", holdersKeptByConfiguration},
		{"an engine upgrade by AWS", holdersKeptByUpgrades},
		{"resources that were made differently", holdersMadeDifferently},
		{"a confirmed deletion of the cache", cacheDeletionConfirmed},
		{"a database that was deleted by hand", databaseDeletedByHand},
	} {
		t.Run(way.name, func(t *testing.T) { way.run(t, s) })
	}
}

// losses returns the steps of a plan that delete or replace a data holder, as "operation logical-name".
func losses(t *testing.T, plan []byte) []string {
	t.Helper()
	var parsed struct {
		Steps []struct{ Op, URN string }
	}
	require.NoError(t, json.Unmarshal(plan, &parsed))
	harmless := map[string]bool{"same": true, "update": true, "create": true, "refresh": true, "read": true, "import": true}
	var lost []string
	for _, step := range parsed.Steps {
		urn := resource.URN(step.URN)
		if resources.HoldsData(string(urn.Type()), urn.Name()) && !harmless[step.Op] {
			lost = append(lost, step.Op+" "+urn.Name())
		}
	}
	return lost
}

// keepsHolders previews what is configured. The preview must be refused with that text, or plan no loss where it is empty.
func keepsHolders(t *testing.T, s *sandbox, refusal string, args ...string) {
	t.Helper()
	plan, err := s.command(append([]string{"preview", "--json"}, args...)...).Output()
	if err == nil {
		assert.Empty(t, losses(t, plan), "the plan loses data")
		assert.Empty(t, refusal, "the preview must be refused")
		return
	}
	out := s.fails(t, append([]string{"preview"}, args...)...)
	if assert.NotEmpty(t, refusal, "the preview is refused:\n%s", out) {
		assert.Contains(t, out, refusal)
	}
}

func holdersCreated(t *testing.T, s *sandbox) {
	configure(t, s, "cacheEngine", "valkey", "deletionProtection", "false")
	s.must(t, "up")
	keepsHolders(t, s, "")
}

// configurationChanges have the key, the value, and the refusal; none where the change is in place.
var configurationChanges = [][3]string{
	{"enableRedis", "false", `threa:enableRedis is "false", but the stack has a cache`},
	{"cacheEngine", "redis", `threa:cacheEngine is "redis", but`},
	{"redisTls", "false", `threa:redisTls is "false", but`},
	{"redisNodes", "2", ""}, {"redisNodeType", "cache.t4g.small", ""},
	{"appName", "other", `appName is "other", but`},
	{"environment", "staging", `environment is "staging", but`},
	{"aws:region", "us-east-1", "pulumi config set aws:region eu-central-1"},
	{"vpc", "default", `vpc is "default", but`},
	{"dbUsername", "someone", `threa:dbUsername is "someone", but`},
	{"dbName", "something", `threa:dbName is "something", but`},
	{"dbEngineVersion", "18", ""}, {"dbInstanceClass", "db.t4g.small", ""}, {"dbAllocatedStorage", "30", ""}, {"multiAz", "true", ""},
	{"dbReadReplica", "true", ""}, {"restoreFromSnapshot", "latest", ""}, {"finalSnapshot", "false", ""},
	{"logRetentionDays", "1", ""}, {"containerInsights", "true", ""}, {"deletionProtection", "true", ""},
}

func holdersKeptByConfiguration(t *testing.T, s *sandbox) {
	for _, change := range configurationChanges {
		t.Run(change[0], func(t *testing.T) {
			before := map[string]string{"cacheEngine": "valkey", "deletionProtection": "false", "aws:region": "eu-central-1"}[change[0]]
			s.must(t, "config", "set", change[0], change[1])
			keepsHolders(t, s, change[2])
			if before == "" {
				s.must(t, "config", "rm", change[0])
				return
			}
			s.must(t, "config", "set", change[0], before)
		})
	}
}

// upgradesByAWS are what a maintenance window of AWS does, and what then runs.
var upgradesByAWS = []struct{ name, script, query, runs string }{
	{"cache, minor version", "aws elasticache modify-replication-group --replication-group-id threa --engine-version 8.2 --apply-immediately",
		"aws elasticache describe-cache-clusters --query 'CacheClusters[].EngineVersion' --output text", "8.2.0"},
	{"cache, major version", "aws elasticache modify-replication-group --replication-group-id threa --engine-version 9.0 --apply-immediately",
		"aws elasticache describe-cache-clusters --query 'CacheClusters[].EngineVersion' --output text", "9.0.0"},
	{"database, minor version", "aws rds modify-db-instance --db-instance-identifier threa --engine-version 17.8 --apply-immediately",
		"aws rds describe-db-instances --query 'DBInstances[].EngineVersion' --output text", "17.8"},
}

func holdersKeptByUpgrades(t *testing.T, s *sandbox) {
	for _, upgrade := range upgradesByAWS {
		t.Run(upgrade.name, func(t *testing.T) {
			s.shell(t, upgrade.script)
			keepsHolders(t, s, "")
			keepsHolders(t, s, "", "--refresh")
			confirmed(t, s, true)
			defer confirmed(t, s, false)
			keepsHolders(t, s, "", "--refresh")
		})
	}
	if t.Failed() {
		return
	}
	s.must(t, "up", "--refresh")
	nothingToDo(t, s)
	for _, upgrade := range upgradesByAWS[1:] {
		assert.Equal(t, upgrade.runs+"\n", s.shell(t, upgrade.query), upgrade.name)
	}
}

// holdersMadeDifferently has resources in place of the program's that have what only a replacement could change.
func holdersMadeDifferently(t *testing.T, s *sandbox) {
	s.shell(t, `set -e
		aws ecr delete-repository --repository-name threa --force
		aws ecr create-repository --repository-name threa --encryption-configuration encryptionType=KMS
		aws logs delete-log-group --log-group-name /ecs/threa
		aws logs create-log-group --log-group-name /ecs/threa --log-group-class INFREQUENT_ACCESS`)
	keepsHolders(t, s, "", "--refresh")

	s.shell(t, `set -e
		aws elasticache delete-replication-group --replication-group-id threa
		aws elasticache create-replication-group --replication-group-id threa --replication-group-description "by hand" \
			--engine valkey --engine-version 8.2 --cache-node-type cache.t4g.micro --num-cache-clusters 1 --port 6380 \
			--cache-subnet-group-name threa --no-at-rest-encryption-enabled --transit-encryption-enabled --transit-encryption-mode required \
			--auth-token 0123456789abcdef0123456789abcdef --tags Key=Stack,Value=threa`)
	keepsHolders(t, s, `has atRestEncryptionEnabled "false", but the program requires "true"`, "--refresh")
	keepsHolders(t, s, `has port "6380", but the program requires "6379"`, "--refresh")
}

func cacheDeletionConfirmed(t *testing.T, s *sandbox) {
	configure(t, s, "enableRedis", "false")
	keepsHolders(t, s, "pulumi config set --path 'confirmReplacement[0]' cache")
	confirmed(t, s, true)
	plan, err := s.command("preview", "--json").Output()
	require.NoError(t, err)
	assert.Equal(t, []string{"delete cache-group"}, losses(t, plan))
	s.must(t, "up", "--refresh")
	confirmed(t, s, false)
	nothingToDo(t, s)
}

func databaseDeletedByHand(t *testing.T, s *sandbox) {
	s.shell(t, `set -e
		aws rds create-db-snapshot --db-instance-identifier threa --db-snapshot-identifier threa-by-hand
		aws rds delete-db-instance --db-instance-identifier threa --skip-final-snapshot`)
	report := s.shell(t, `"$1" drift || test $? = 4`, threa)
	assert.Contains(t, report, "pulumi config set restoreFromSnapshot latest")
	assert.NotContains(t, report, "Undo it with")
	assert.Contains(t, s.must(t, "preview", "--refresh"), "a new one would be empty. These snapshots have the tags of this stack")
	configure(t, s, "restoreFromSnapshot", "latest")
	assert.Contains(t, s.must(t, "up", "--refresh"), "the database threa starts with the snapshot threa-by-hand")
}
