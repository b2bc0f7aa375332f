package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
)

// TestStores_ReplicateAndUpgrade adds a second cache node and a read replica to a running, protected stack, removes
// them, and upgrades PostgreSQL. Each step depends on the one before.
func TestStores_ReplicateAndUpgrade(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	runSteps(t, s, []step[*sandbox]{
		{"a replica and a second node are added in place", addReplicas},
		{"an upgrade with a replica is refused", func(t *testing.T, s *sandbox) {
			s.set(t, "dbEngineVersion", "18")
			assertContains(t, s.fails(t, "preview"), "threa:dbEngineVersion is 18, but the database has a read replica")
			s.unset(t, "dbEngineVersion")
		}},
		{"replica and node are removed in place", removeReplicas},
		{"an upgrade replaces the parameter group", upgradeDatabase},
	})
}

// checkStoresKept asserts that a preview has the wanted operations and keeps database and cache.
func checkStoresKept(t *testing.T, s *sandbox, wanted ...string) {
	t.Helper()
	operations := s.operations(t)
	assert.Subset(t, operations, wanted)
	for _, operation := range operations {
		assert.NotContains(t, operation, "database-instance")
		assert.NotContains(t, []string{
			"delete cache-group", "replace cache-group", "create-replacement cache-group", "delete-replaced cache-group",
		}, operation)
	}
}

type stores struct {
	nodes    []string
	failover string
	multiAZ  string
	replicas []string
	urls     []string
}

// describeStores returns what concerns the availability of database and cache.
func describeStores(t *testing.T, s *sandbox) stores {
	t.Helper()
	groups := aws[[]struct {
		MemberClusters             []string
		AutomaticFailover, MultiAZ string
	}](t, s, "elasticache", "describe-replication-groups", "--query", "ReplicationGroups")
	require.Len(t, groups, 1)
	source := aws[[][]string](t, s, "rds", "describe-db-instances", "--db-instance-identifier", "threa",
		"--query", "DBInstances[].ReadReplicaDBInstanceIdentifiers")
	require.Len(t, source, 1)
	urls := aws[[]string](t, s, "ssm", "get-parameters-by-path", "--path", "/threa", "--query",
		"sort_by(Parameters, &Name)[].Name")
	return stores{groups[0].MemberClusters, groups[0].AutomaticFailover, groups[0].MultiAZ, source[0], urls}
}

func addReplicas(t *testing.T, s *sandbox) {
	s.must(t, "up")
	s.set(t, "redisNodes", "2", "dbReadReplica", "true")
	checkStoresKept(t, s, "update cache-group", "create database-replica", "create secrets-database-replica-url")
	s.must(t, "up")
	assert.Equal(t, stores{
		nodes: []string{"threa-001", "threa-002"}, failover: "enabled", multiAZ: "enabled",
		replicas: []string{"threa-replica"},
		urls: []string{"/threa/database-app-replica-url", "/threa/database-app-url", "/threa/database-replica-url",
			"/threa/database-url", "/threa/redis-url", "/threa/stack"},
	}, describeStores(t, s))
	assert.Contains(t, s.outputs(t)["rdsReplicaEndpoint"], "threa-replica.")
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

// upgradeDatabase upgrades PostgreSQL. RDS does not delete the old parameter group while the instance uses it.
func upgradeDatabase(t *testing.T, s *sandbox) {
	parameterGroups := func() []string {
		return aws[[]string](t, s, "rds", "describe-db-parameter-groups", "--query",
			"DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName")
	}
	assert.Equal(t, []string{"threa-postgres17"}, parameterGroups())
	s.set(t, "dbEngineVersion", "18")
	assert.Equal(t, []string{
		"replace database-parameters", "update database-instance",
	}, s.operations(t))
	s.must(t, "up")
	assert.Equal(t, []string{"threa-postgres18"}, parameterGroups())
	used := aws[[]string](t, s, "rds", "describe-db-instances",
		"--query", "DBInstances[].DBParameterGroups[].DBParameterGroupName")
	assert.Equal(t, []string{"threa-postgres18"}, used)
	version := aws[string](t, s, "rds", "describe-db-instances", "--db-instance-identifier", "threa",
		"--query", "DBInstances[0].EngineVersion")
	assert.True(t, strings.HasPrefix(version, "18."), version)
	expectNoChanges(t, s)
}

func removeReplicas(t *testing.T, s *sandbox) {
	s.unset(t, "redisNodes", "dbReadReplica")
	checkStoresKept(t, s, "update cache-group", "delete database-replica", "delete secrets-database-replica-url")
	s.must(t, "up")
	assert.Equal(t, stores{
		nodes: []string{"threa-001"}, failover: "disabled", multiAZ: "disabled", replicas: []string{},
		urls: []string{"/threa/database-app-url", "/threa/database-url", "/threa/redis-url", "/threa/stack"},
	}, describeStores(t, s))
	expectNoChanges(t, s)
	checkRole(t, s, deployrole.Deploy, "rds:CreateDBInstanceReadReplica", "elasticache:IncreaseReplicaCount",
		"elasticache:DecreaseReplicaCount")
}

// TestStores_RestoreSnapshot destroys a stack and restores its database. Storage and password differ, so that it shows
// what comes from the snapshot and what from the configuration.
func TestStores_RestoreSnapshot(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	s.set(t, "deletionProtection", "false", "dbAllocatedStorage", "30")
	s.must(t, "up")
	s.set(t, "restoreFromSnapshot", "no-such-snapshot")
	assert.Contains(t, s.must(t, "preview", "--expect-no-changes"),
		"threa:restoreFromSnapshot has no effect: the database threa exists")
	snapshot := s.outputs(t)["rdsFinalSnapshot"].(string)
	s.must(t, "destroy")
	require.Equal(t, []string{snapshot}, finalSnapshots(t, s))

	s.unset(t, "dbAllocatedStorage")
	out := s.fails(t, "preview")
	assertContains(t, out, `threa:restoreFromSnapshot is "no-such-snapshot", but RDS shows no such snapshot of threa`,
		"pulumi config set --stack prod restoreFromSnapshot "+snapshot)

	takeAuthorizations(t, s) // the role is not for the missing snapshot
	s.set(t, "restoreFromSnapshot", "latest")
	s.must(t, "config", "set", "--secret", "dbPassword", "a-password-of-the-second-life")
	assert.Contains(t, s.must(t, "up"), "the database threa starts with the snapshot "+snapshot)
	assert.Equal(t, []float64{30}, aws[[]float64](t, s, "rds", "describe-db-instances", "--query",
		"DBInstances[].AllocatedStorage"))
	expectNoChanges(t, s)
	expectNoDrift(t, s)
	assert.NotEqual(t, snapshot, s.outputs(t)["rdsFinalSnapshot"], "the next destroy creates another snapshot")

	app := startTask(t, s)
	assert.Equal(t, 200, app.get(t, "/health", nil), "the app logs in with the new password")
	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())

	s.must(t, "destroy")
	checkDestroyed(t, s)
	assert.Len(t, finalSnapshots(t, s), 2)
	checkRole(t, s, deployrole.Deploy, "rds:RestoreDBInstanceFromDBSnapshot", "rds:DeleteDBInstance")
}
