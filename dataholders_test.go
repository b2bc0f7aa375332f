package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
)

const cacheNodeType = "aws:elasticache/cluster:Cluster"

// deployedAccount has the cache and the database of an earlier up, in versions to which AWS has upgraded them.
func deployedAccount(cacheEngine string) *mocks.AWS {
	aws := account()
	aws.Parameters["/threa/stack"] = prodOwner.String()
	aws.Recorded = map[string]map[string]any{mocks.OwnerID: {"output": map[string]any{"id": prodOwner.ID}}}
	return aws.Add(resources.Database, mocks.Database("threa", "17.99")).Add(cacheNodeType, mocks.Item{
		"clusterId": "threa-001", "replicationGroupId": "threa", "engine": cacheEngine, "engineVersion": "9.9.9",
		"nodeType": "cache.t4g.micro",
		"tags":     map[string]string{naming.TagStack: "threa"},
	})
}

// TestDataHolders_AreNeverReplaced checks the properties whose change would replace a data holder. In each
// configuration, Pulumi must ignore their changes, unless the table says that the change is in place or confirmed.
func TestDataHolders_AreNeverReplaced(t *testing.T) {
	for name, row := range map[string]struct {
		runs      string
		given     map[string]string
		mayChange []string // of the cache
	}{
		"as it is":                  {"redis", nil, nil},
		"the other engine in place": {"redis", set("cacheEngine=valkey"), []string{"engine", "engineVersion"}},
		"an older engine":           {"valkey", nil, nil},
		"confirmed, nothing changes": {"redis", set(`confirmReplacement=["cache"]`),
			[]string{"atRestEncryptionEnabled", "port"}},
		"confirmed, an older engine": {"valkey", set(`confirmReplacement=["cache"]`),
			[]string{"atRestEncryptionEnabled", "port", "engine", "engineVersion"}},
		"unprotected": {"redis", set("deletionProtection=false"), nil},
	} {
		o := options(t, "prod", row.given)
		o.AWS = deployedAccount(row.runs)
		recording := mocks.MustRun(t, deploy, o)
		for _, token := range []string{resources.Database, resources.Cache, resources.Repository, resources.LogGroup} {
			holders := recording.OfType(token)
			require.NotEmpty(t, holders, token)
			for _, r := range holders {
				for _, property := range resources.Replacing(token) {
					if token == resources.Cache && slices.Contains(row.mayChange, property) || !resources.HoldsData(token, r.Name) {
						continue
					}
					assert.Contains(t, r.Request.GetIgnoreChanges(), property, "%s: %s %s", name, token, r.Name)
				}
			}
		}
	}
}

// TestDataHolders_ShorterRetentionWarns deploys the defaults, 14 days of logs and 7 of backups, on a running stack.
func TestDataHolders_ShorterRetentionWarns(t *testing.T) {
	for days, want := range map[int]bool{30: true, 5: false} {
		o := options(t, "prod", running)
		o.AWS = deployedAccount("redis").Add(resources.LogGroup, mocks.Item{"name": "/ecs/threa", "retentionInDays": days})
		o.AWS.Existing[resources.Database][0]["backupRetentionPeriod"] = days
		warnings := mocks.MustRun(t, deploy, o).Warnings()
		for _, key := range []string{"logRetentionDays", "dbBackupRetentionDays"} {
			fix := "Keep them:  pulumi config set --stack prod " + key + " 30"
			assert.Equal(t, want, strings.Contains(warnings, fix), "%s %d: %s", key, days, warnings)
		}
	}
}
