package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/resources"
)

// TestDataHolders_SurviveEveryChange tries every way to lose a data holder on one running stack. Deletion protection is
// off, so only the program keeps the data.
func TestDataHolders_SurviveEveryChange(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	s.set(t, "cacheEngine", "valkey", "deletionProtection", "false")
	s.must(t, "up")
	checkDataHoldersKept(t, s, "")
	for _, way := range []step[*sandbox]{
		{"configuration changes", changeConfiguration},
		{"an engine upgrade by AWS", upgradeEngines},
		{"resources that were recreated by hand", recreateByHand},
		{"a confirmed deletion of the cache", confirmCacheDeletion},
		{"a database deleted by hand", deleteDatabaseByHand},
	} {
		t.Run(way.name, func(t *testing.T) { way.run(t, s) })
	}
}

// plannedLosses returns the steps of a plan that delete or replace a data holder, as "operation logical-name".
func plannedLosses(p plan) []string {
	harmless := map[string]bool{"same": true, "update": true, "create": true, "refresh": true, "read": true,
		"import": true}
	var lost []string
	for _, step := range p.Steps {
		if resources.HoldsData(string(step.URN.Type()), step.URN.Name()) && !harmless[step.Op] {
			lost = append(lost, step.Op+" "+step.URN.Name())
		}
	}
	return lost
}

// checkDataHoldersKept previews the configuration. The preview must fail with the text refusal; if refusal is empty,
// the preview must plan no loss.
func checkDataHoldersKept(t *testing.T, s *sandbox, refusal string, args ...string) {
	t.Helper()
	plan, failure := s.tryPreview(t, args...)
	if failure == "" {
		assert.Empty(t, plannedLosses(plan), "the plan deletes or replaces a data holder")
		assert.Empty(t, refusal, "the preview must fail")
		return
	}
	if assert.NotEmpty(t, refusal, "the preview failed:\n%s", failure) {
		assert.Contains(t, failure, refusal)
	}
}

// configurationChanges lists keys, values and errors.
var configurationChanges = [][3]string{
	{"enableRedis", "false", `threa:enableRedis is "false", but the stack has a cache`},
	{"cacheEngine", "redis", `threa:cacheEngine is "redis", but`},
	{"redisTls", "false", `threa:redisTls is "false", but`},
	{"appName", "other", `appName is "other", but`},
	{"environment", "staging", `environment is "staging", but`},
	{"aws:region", "us-east-1", "pulumi config set --stack prod aws:region eu-central-1"},
	{"vpc", "default", `vpc is "default", but`},
	{"dbUsername", "someone", `threa:dbUsername is "someone", but the database was created with "threa"`},
	{"dbName", "something", `threa:dbName is "something", but`},
}

// changesInPlace are keys and values, in pairs.
var changesInPlace = []string{
	"redisNodes", "2", "redisNodeType", "cache.t4g.small", "dbEngineVersion", "18", "dbInstanceClass", "db.t4g.small",
	"dbAllocatedStorage", "30", "multiAz", "true", "restoreFromSnapshot", "latest", "finalSnapshot", "false",
	"logRetentionDays", "1", "containerInsights", "true",
}

func changeConfiguration(t *testing.T, s *sandbox) {
	for _, change := range configurationChanges {
		before := map[string]string{"cacheEngine": "valkey", "aws:region": "eu-central-1"}[change[0]]
		s.set(t, change[0], change[1])
		checkDataHoldersKept(t, s, change[2])
		if before == "" {
			s.unset(t, change[0])
		} else {
			s.set(t, change[0], before)
		}
	}
	s.set(t, changesInPlace...)
	checkDataHoldersKept(t, s, "")
	for i := 0; i < len(changesInPlace); i += 2 {
		s.unset(t, changesInPlace[i])
	}
	s.set(t, "dbReadReplica", "true", "deletionProtection", "true")
	checkDataHoldersKept(t, s, "")
	s.unset(t, "dbReadReplica")
	s.set(t, "deletionProtection", "false")
}

// upgradesByAWS lists upgrades in a maintenance window and the version after it.
var upgradesByAWS = []struct{ name, script, query, runs string }{
	{"cache, minor version", "aws elasticache modify-replication-group --replication-group-id threa --engine-version " +
		"8.2 --apply-immediately",
		"aws elasticache describe-cache-clusters --query 'CacheClusters[].EngineVersion' --output text", "8.2.0"},
	{"cache, major version", "aws elasticache modify-replication-group --replication-group-id threa --engine-version " +
		"9.0 --apply-immediately",
		"aws elasticache describe-cache-clusters --query 'CacheClusters[].EngineVersion' --output text", "9.0.0"},
	{"database, minor version", "aws rds modify-db-instance --db-instance-identifier threa --engine-version 17.8 " +
		"--apply-immediately",
		"aws rds describe-db-instances --query 'DBInstances[].EngineVersion' --output text", "17.8"},
}

func upgradeEngines(t *testing.T, s *sandbox) {
	for _, upgrade := range upgradesByAWS {
		t.Run(upgrade.name, func(t *testing.T) {
			s.shell(t, upgrade.script)
			checkDataHoldersKept(t, s, "")
			checkDataHoldersKept(t, s, "", "--refresh")
			setConfirmation(t, s, true)
			defer setConfirmation(t, s, false)
			checkDataHoldersKept(t, s, "", "--refresh")
		})
	}
	if t.Failed() {
		return
	}
	s.must(t, "up", "--refresh")
	expectNoChanges(t, s)
	for _, upgrade := range upgradesByAWS[1:] {
		assert.Equal(t, upgrade.runs+"\n", s.shell(t, upgrade.query), upgrade.name)
	}
}

// recreateByHand replaces resources by ones with settings that only another replacement could change.
func recreateByHand(t *testing.T, s *sandbox) {
	s.shell(t, `set -e
		aws ecr delete-repository --repository-name threa --force
		aws ecr create-repository --repository-name threa --encryption-configuration encryptionType=KMS
		aws logs delete-log-group --log-group-name /ecs/threa
		aws logs create-log-group --log-group-name /ecs/threa --log-group-class INFREQUENT_ACCESS`)
	checkDataHoldersKept(t, s, "", "--refresh")

	s.shell(t, `set -e
		aws elasticache delete-replication-group --replication-group-id threa
		aws elasticache create-replication-group --replication-group-id threa --replication-group-description "by hand" \
			--engine valkey --engine-version 8.2 --cache-node-type cache.t4g.micro --num-cache-clusters 1 --port 6380 \
			--cache-subnet-group-name threa --no-at-rest-encryption-enabled --transit-encryption-enabled --transit-encryption-mode required \
			--auth-token 0123456789abcdef0123456789abcdef --tags Key=Stack,Value=threa`)
	checkDataHoldersKept(t, s, `has atRestEncryptionEnabled "false", but the program requires "true"`, "--refresh")
	checkDataHoldersKept(t, s, `has port "6380", but the program requires "6379"`, "--refresh")
}

func confirmCacheDeletion(t *testing.T, s *sandbox) {
	s.set(t, "enableRedis", "false")
	checkDataHoldersKept(t, s, "--path 'confirmReplacement[0]' cache")
	setConfirmation(t, s, true)
	assert.Equal(t, []string{"delete cache-group"}, plannedLosses(readJSON[plan](t, s, "preview", "--json")))
	s.must(t, "up", "--refresh")
	setConfirmation(t, s, false)
	expectNoChanges(t, s)
}

func deleteDatabaseByHand(t *testing.T, s *sandbox) {
	s.shell(t, `set -e
		aws rds create-db-snapshot --db-instance-identifier threa --db-snapshot-identifier threa-by-hand
		aws rds delete-db-instance --db-instance-identifier threa --skip-final-snapshot`)
	report := s.shell(t, `"$1" drift || test $? = 4`, threa)
	assert.Contains(t, report, "pulumi config set restoreFromSnapshot latest")
	assert.NotContains(t, report, "Undo it with")
	assert.Contains(t, s.must(t, "preview", "--refresh"),
		"a new one would be empty. These snapshots have the tags of this stack")
	s.set(t, "restoreFromSnapshot", "latest")
	assert.Contains(t, s.must(t, "up", "--refresh"), "the database threa starts with the snapshot threa-by-hand")
}
