package shim

import (
	"maps"
	"slices"
	"strings"
)

// groupParameters are the parameters of CreateReplicationGroup and
// ModifyReplicationGroup that are served. Three of them have nothing to show
// here: ApplyImmediately, PreferredCacheClusterAZs and SnapshottingClusterId.
var groupParameters = []string{
	"Action", "Version", "Tags",
	"ApplyImmediately", "AtRestEncryptionEnabled", "AuthToken", "AuthTokenUpdateStrategy",
	"AutoMinorVersionUpgrade", "AutomaticFailoverEnabled", "CacheNodeType", "CacheParameterGroupName",
	"CacheSubnetGroupName", "Engine", "EngineVersion", "KmsKeyId", "MultiAZEnabled",
	"NotificationTopicArn", "NumCacheClusters", "Port", "PreferredCacheClusterAZs",
	"PreferredMaintenanceWindow", "ReplicationGroupDescription", "ReplicationGroupId", "SecurityGroupIds",
	"SnapshotRetentionLimit", "SnapshotWindow", "SnapshottingClusterId", "TransitEncryptionEnabled",
	"TransitEncryptionMode",
}

// checkGroupParameters refuses what is not served: dropping it in silence would
// come back as a difference that no deployment removes.
func checkGroupParameters(p params) error {
	for _, key := range slices.Sorted(maps.Keys(p)) {
		name, _, _ := strings.Cut(key, ".")
		if !slices.Contains(groupParameters, name) {
			return badRequest("InvalidParameterValue",
				"%s does not work on the local AWS: it serves replication groups without cluster mode, user groups or log delivery", name)
		}
	}
	return nil
}
