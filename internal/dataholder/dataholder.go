// Package dataholder lists the AWS resource types that hold data which a deployment cannot make again.
//
// One rule holds for all of them: a `pulumi up` never replaces and never deletes one, unless the user has confirmed it.
// The packages that create them get the properties to ignore from here, and the tests of the rule get the types.
// A `pulumi destroy` is another matter: the key deletionProtection is about that.
package dataholder

import (
	"maps"
	"slices"
	"strings"
)

// The Pulumi type tokens of the data holders.
const (
	Database   = "aws:rds/instance:Instance"
	Cache      = "aws:elasticache/replicationGroup:ReplicationGroup"
	Repository = "aws:ecr/repository:Repository"
	LogGroup   = "aws:cloudwatch/logGroup:LogGroup"
	Bucket     = "aws:s3/bucketV2:BucketV2" // the Pulumi state, in bootstrap/
	Key        = "aws:kms/key:Key"          // the secrets in that state
)

// forceReplacement has, for each data holder, the properties of which a change makes the provider replace the resource.
// They are the answers of terraform-provider-aws 5.100.0 to a plan for each property of the type. The program sets few
// of them. The others matter for a resource that was imported: it may have a value where the program has none.
var forceReplacement = map[string][]string{
	Database: {
		"availabilityZone", "backupTarget", "characterSetName", "customIamInstanceProfile", "dbName", "engine", "kmsKeyId",
		"ncharCharacterSetName", "restoreToPointInTime", "s3Import", "snapshotIdentifier", "storageEncrypted", "timezone",
		"username",
	},
	// engine and engineVersion replace a group on the way back to an older one only.
	Cache: {
		"atRestEncryptionEnabled", "dataTieringEnabled", "engine", "engineVersion", "globalReplicationGroupId", "kmsKeyId",
		"networkType", "port", "replicationGroupId", "securityGroupNames", "snapshotArns", "snapshotName", "subnetGroupName",
	},
	Repository: {"encryptionConfigurations", "name"},
	LogGroup:   {"logGroupClass", "name", "namePrefix"},
	Bucket:     {"bucket", "bucketPrefix", "objectLockConfiguration", "objectLockEnabled"},
	Key:        {"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"},
}

// Types returns the type tokens of all data holders.
func Types() []string { return slices.Sorted(maps.Keys(forceReplacement)) }

// ForceReplacement returns the properties of a type of which a change would replace the resource.
func ForceReplacement(token string) []string { return slices.Clone(forceReplacement[token]) }

// Holds tells whether a resource holds data. A read replica does not: all that is in it is in its source, too.
func Holds(token, name string) bool {
	_, known := forceReplacement[token]
	return known && (token != Database || !strings.HasSuffix(name, "-replica"))
}
