package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
)

// TestTheStoresSurviveWhatTheyShould switches a second node of the cache and a read replica on and off while the stack
// runs, protected as in prod, and brings a destroyed stack back with its data. Each step builds on the one before.
func TestTheStoresSurviveWhatTheyShould(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	follow(t, s, []step[*sandbox]{
		{"a replica and a second node come in place", storesOn},
		{"an upgrade moves database and replica to a new parameter group", upgradeDatabase},
		{"and go in place, while the database is protected", storesOff},
		{"a restore changes nothing on a running stack", restoreIgnored},
		{"a destroyed stack comes back with what it had", restored},
	})
}

// inPlace wants the operations of a preview to leave the stores where they are.
func inPlace(t *testing.T, s *sandbox, wanted ...string) {
	t.Helper()
	operations := s.operations(t)
	assert.Subset(t, operations, wanted)
	for _, operation := range operations {
		assert.NotContains(t, operation, "database-instance")
		for _, destructive := range []string{"delete cache-group", "replace cache-group", "create-replacement cache-group", "delete-replaced cache-group"} {
			assert.NotEqual(t, destructive, operation)
		}
	}
}

type stores struct {
	nodes    []string
	failover string
	multiAZ  string
	replicas []string
	urls     []string
}

// look asks AWS for what concerns the availability of the stores.
func look(t *testing.T, s *sandbox) stores {
	t.Helper()
	groups := aws[[]struct {
		MemberClusters             []string
		AutomaticFailover, MultiAZ string
	}](t, s, "elasticache", "describe-replication-groups", "--query", "ReplicationGroups")
	require.Len(t, groups, 1)
	source := aws[[][]string](t, s, "rds", "describe-db-instances", "--db-instance-identifier", "threa",
		"--query", "DBInstances[].ReadReplicaDBInstanceIdentifiers")
	require.Len(t, source, 1)
	urls := aws[[]string](t, s, "ssm", "get-parameters-by-path", "--path", "/threa", "--query", "sort_by(Parameters, &Name)[].Name")
	return stores{groups[0].MemberClusters, groups[0].AutomaticFailover, groups[0].MultiAZ, source[0], urls}
}

func storesOn(t *testing.T, s *sandbox) {
	s.must(t, "up")
	s.must(t, "config", "set", "redisNodes", "2")
	s.must(t, "config", "set", "dbReadReplica", "true")
	inPlace(t, s, "update cache-group", "create database-replica", "create secrets-database-replica-url")
	s.must(t, "up")
	assert.Equal(t, stores{
		nodes: []string{"threa-001", "threa-002"}, failover: "enabled", multiAZ: "enabled", replicas: []string{"threa-replica"},
		urls: []string{"/threa/database-replica-url", "/threa/database-url", "/threa/redis-url", "/threa/stack"},
	}, look(t, s))
	assert.Contains(t, s.outputs(t)["rdsReplicaEndpoint"], "threa-replica.")
	nothingToDo(t, s)
	noDrift(t, s)
}

// upgradeDatabase upgrades PostgreSQL while a replica uses the same parameter group. RDS refuses to delete a parameter
// group in use.
func upgradeDatabase(t *testing.T, s *sandbox) {
	assert.Equal(t, []string{"threa-postgres17"}, parameterGroups(t, s))
	s.must(t, "config", "set", "dbEngineVersion", "18")
	assert.Equal(t, []string{
		"replace database-parameters", "update database-instance", "update database-replica",
	}, s.operations(t))
	s.must(t, "up")
	assert.Equal(t, []string{"threa-postgres18"}, parameterGroups(t, s))
	used := aws[[]string](t, s, "rds", "describe-db-instances",
		"--query", "DBInstances[].DBParameterGroups[].DBParameterGroupName")
	assert.Equal(t, []string{"threa-postgres18", "threa-postgres18"}, used)
	version := aws[string](t, s, "rds", "describe-db-instances", "--db-instance-identifier", "threa",
		"--query", "DBInstances[0].EngineVersion")
	assert.True(t, strings.HasPrefix(version, "18."), version)
	nothingToDo(t, s)
}

// parameterGroups returns the names of the DB parameter groups that are not AWS's own.
func parameterGroups(t *testing.T, s *sandbox) []string {
	t.Helper()
	return aws[[]string](t, s, "rds", "describe-db-parameter-groups", "--query",
		"DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName")
}

func storesOff(t *testing.T, s *sandbox) {
	s.must(t, "config", "rm", "redisNodes")
	s.must(t, "config", "rm", "dbReadReplica")
	inPlace(t, s, "update cache-group", "delete database-replica", "delete secrets-database-replica-url")
	s.must(t, "up")
	assert.Equal(t, stores{
		nodes: []string{"threa-001"}, failover: "disabled", multiAZ: "disabled", replicas: []string{},
		urls: []string{"/threa/database-url", "/threa/redis-url", "/threa/stack"},
	}, look(t, s))
	nothingToDo(t, s)
	enough(t, s, deployrole.Deploy, "rds:CreateDBInstanceReadReplica", "elasticache:IncreaseReplicaCount", "elasticache:DecreaseReplicaCount")
}

func restoreIgnored(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "restoreFromSnapshot", "no-such-snapshot")
	out := s.must(t, "preview", "--expect-no-changes")
	assert.Contains(t, out, "threa:restoreFromSnapshot has no effect: the database threa exists")
}

// restored changes storage, password and protection of the first life, so that it shows what comes from the snapshot and
// what from the configuration.
func restored(t *testing.T, s *sandbox) {
	for key, value := range map[string]string{"deletionProtection": "false", "dbAllocatedStorage": "30"} {
		s.must(t, "config", "set", key, value)
	}
	s.must(t, "up")
	snapshot := s.outputs(t)["rdsFinalSnapshot"].(string)
	s.must(t, "destroy")
	require.Equal(t, []string{snapshot}, finalSnapshots(t, s))

	s.must(t, "config", "rm", "dbAllocatedStorage")
	out := s.fails(t, "preview")
	assert.Contains(t, out, `threa:restoreFromSnapshot is "no-such-snapshot", but RDS shows no such snapshot of threa`)
	assert.Contains(t, out, "pulumi config set restoreFromSnapshot "+snapshot)

	accesses(t, s) // a role has to be enough for the stack's own snapshots alone
	s.must(t, "config", "set", "restoreFromSnapshot", "latest")
	s.must(t, "config", "set", "--secret", "dbPassword", "a-password-of-the-second-life")
	assert.Contains(t, s.must(t, "up"), "the database threa starts with the snapshot "+snapshot)
	assert.Equal(t, []float64{30}, aws[[]float64](t, s, "rds", "describe-db-instances", "--query", "DBInstances[].AllocatedStorage"))
	nothingToDo(t, s)
	noDrift(t, s)
	assert.NotEqual(t, snapshot, s.outputs(t)["rdsFinalSnapshot"], "the next destroy leaves one of its own")

	app := startTask(t, s)
	assert.Equal(t, 200, app.get(t, "/health", nil), "it has logged in with the new password")
	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())

	s.must(t, "destroy")
	for service, list := range leftovers(t, s) {
		assert.Empty(t, list, service)
	}
	assert.Len(t, finalSnapshots(t, s), 2)
	enough(t, s, deployrole.Deploy, "rds:RestoreDBInstanceFromDBSnapshot", "rds:DeleteDBInstance")
}
