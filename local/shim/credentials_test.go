//go:build unix

package shim

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim/moto"
)

func credentials(t *testing.T, c *client) Credentials {
	t.Helper()
	var all Credentials
	require.NoError(t, json.Unmarshal([]byte(c.do("GET", "/_local/credentials", "", "", "", "").body), &all))
	return all
}

// TestCredentials_FollowTheMasterPassword uses moto itself, whose answers have the user and the database.
func TestCredentials_FollowTheMasterPassword(t *testing.T) {
	server, err := moto.Start(t.Context(), filepath.Join(t.TempDir(), "moto.log"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	c := newClient(t, server.URL().String())
	do := func(action string, args ...string) {
		t.Helper()
		answer := c.query("rds", action, args...)
		require.Equal(t, http.StatusOK, answer.status, answer.body)
	}
	// passwords returns the password of each instance and checks its other credentials.
	passwords := func() map[string]string {
		t.Helper()
		all := map[string]string{}
		for _, one := range credentials(t, c).Databases {
			assert.Equal(t, [2]string{"threa", "app"}, [2]string{one.Username, one.DBName}, one.Identifier)
			assert.NotEmpty(t, one.Region)
			all[one.Identifier] = one.Password
		}
		return all
	}
	assert.Empty(t, passwords())

	do("CreateDBInstance", "DBInstanceIdentifier", "Threa", "Engine", "postgres", "EngineVersion", "17", "DBName", "app",
		"DBInstanceClass", "db.t4g.micro", "AllocatedStorage", "20",
		"MasterUsername", "threa", "MasterUserPassword", "first-one")
	assert.Equal(t, map[string]string{"threa": "first-one"}, passwords())

	do("CreateDBSnapshot", "DBInstanceIdentifier", "threa", "DBSnapshotIdentifier", "by-hand")
	do("ModifyDBInstance", "DBInstanceIdentifier", "threa", "MasterUserPassword", "second&one=%")
	do("ModifyDBInstance", "DBInstanceIdentifier", "threa", "AllocatedStorage", "30")
	assert.Equal(t, map[string]string{"threa": "second&one=%"}, passwords(), "a change that names no password keeps it")
	refused := c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "MasterUserPassword", "short")
	refused.refused(t, http.StatusBadRequest, "InvalidParameterValue")

	do("RestoreDBInstanceFromDBSnapshot", "DBInstanceIdentifier", "restored", "DBSnapshotIdentifier", "by-hand",
		"DBInstanceClass", "db.t4g.micro")
	do("RestoreDBInstanceToPointInTime", "SourceDBInstanceIdentifier", "threa", "TargetDBInstanceIdentifier", "earlier")
	assert.Equal(t, map[string]string{"threa": "second&one=%", "restored": "first-one", "earlier": "second&one=%"},
		passwords())

	do("CreateDBInstanceReadReplica", "DBInstanceIdentifier", "copy", "SourceDBInstanceIdentifier", "threa")
	assert.Equal(t, "second&one=%", passwords()["copy"], "a replica has the users of its source")
	do("DeleteDBInstance", "DBInstanceIdentifier", "copy", "SkipFinalSnapshot", "true")

	do("ModifyDBInstance", "DBInstanceIdentifier", "threa", "NewDBInstanceIdentifier", "renamed", "ApplyImmediately",
		"true")
	do("DeleteDBInstance", "DBInstanceIdentifier", "restored", "SkipFinalSnapshot", "true")
	do("DeleteDBInstance", "DBInstanceIdentifier", "earlier", "FinalDBSnapshotIdentifier", "last")
	assert.Equal(t, map[string]string{"renamed": "second&one=%"}, passwords())
	do("RestoreDBInstanceFromDBSnapshot", "DBInstanceIdentifier", "back", "DBSnapshotIdentifier", "last",
		"DBInstanceClass", "db.t4g.micro")
	assert.Equal(t, map[string]string{"renamed": "second&one=%", "back": "second&one=%"}, passwords())
	require.Equal(t, http.StatusOK, c.do("POST", "/moto-api/reset", "", "", "", "").status)
	assert.Empty(t, passwords())
}

func TestCredentials_IgnoreRefusedPasswords(t *testing.T) {
	c, m := rdsShim(t)
	createInstance(c, "MasterUserPassword", "long-enough")
	delete(m.answers, "ModifyDBInstance")
	c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "MasterUserPassword", "another-one").
		refused(t, http.StatusBadRequest, "InvalidAction")
	assert.Equal(t, "long-enough", credentials(t, c).Databases[0].Password)
}

func TestCredentials_FollowTheAuthToken(t *testing.T) {
	c, _ := newShim(t, nil)
	assert.Empty(t, credentials(t, c).Caches)
	createGroup(c)
	group := func() CacheCredentials {
		t.Helper()
		all := credentials(t, c).Caches
		require.Len(t, all, 1)
		return all[0]
	}
	assert.Equal(t, CacheCredentials{Region: "eu-central-1", ID: "threa", AuthToken: "0123456789abcdef", TLS: true},
		group())

	modifyGroup(c, "AuthToken", "fedcba9876543210", "AuthTokenUpdateStrategy", "ROTATE")
	modifyGroup(c, "CacheNodeType", "cache.t4g.small")
	assert.Equal(t, "fedcba9876543210", group().AuthToken)

	modifyGroup(c, "TransitEncryptionEnabled", "false").refused(t, http.StatusBadRequest, "InvalidParameterCombination")
	modifyGroup(c, "AuthTokenUpdateStrategy", "DELETE")
	assert.Empty(t, group().AuthToken)
	modifyGroup(c, "TransitEncryptionMode", "preferred")
	modifyGroup(c, "TransitEncryptionEnabled", "false")
	assert.False(t, group().TLS)

	c.query("elasticache", "DeleteReplicationGroup", "ReplicationGroupId", "threa")
	assert.JSONEq(t, `{"databases": [], "caches": []}`, c.do("GET", "/_local/credentials", "", "", "", "").body)
}
