// Package database creates the RDS instance with PostgreSQL, its subnet and parameter group, and the read replica.
//
// The program never replaces the instance, because its data would be lost. The properties whose change would replace it
// are pinned, and a configuration with another value is an error. Discover looks up the existing instance, its version
// and the snapshot to restore, before anything is registered.
package database

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Port is the TCP port of PostgreSQL.
const Port = 5432

// Args configures the RDS instance.
type Args struct {
	// Names gives the physical names. Required.
	Names naming.Stack
	// Username is the master user. It cannot change. Required.
	Username string
	// DBName is the database that RDS creates. It cannot change. Required.
	DBName string
	// Password is the master user's password, a secret. Required.
	Password pulumi.StringInput
	// EngineVersion is the major version of PostgreSQL. Required.
	EngineVersion string
	// InstanceClass is the instance class, such as db.t4g.micro. Required.
	InstanceClass string
	// AllocatedStorage is the size of the storage in GiB. Required.
	AllocatedStorage int
	// MaxAllocatedStorage is the limit of storage autoscaling in GiB. Required.
	MaxAllocatedStorage int
	// BackupRetention is the retention of automated backups in days. Required.
	BackupRetention int
	// BackupWindow is the daily time of backups in UTC, such as 03:00-04:00. Required.
	BackupWindow string
	// MaintenanceWindow is the weekly time of maintenance in UTC, such as mon:04:30-mon:05:30. Required.
	MaintenanceWindow string
	// MultiAZ adds a standby instance in another availability zone. Default: false.
	MultiAZ bool
	// ReadReplica adds a read replica. Default: false.
	ReadReplica bool
	// DeletionProtection protects the instance in RDS and in Pulumi. Default: false.
	DeletionProtection bool
	// FinalSnapshot takes a snapshot when the instance is destroyed. Default: false.
	FinalSnapshot bool
	// RestoreFrom is the snapshot that a new instance starts with, or "latest". Default: an empty database.
	RestoreFrom string
	// Tasks is the largest number of tasks that use the database outside a deployment. Default: 0.
	Tasks int
	// Found is what Discover has found. Required for New.
	Found *Found
	// SubnetIDs are subnets in two or more availability zones. Required for New.
	SubnetIDs pulumi.StringArrayInput
	// SecurityGroupID is the database's security group. Required for New.
	SecurityGroupID pulumi.StringInput
	// Tags are the tags of all resources, which identify the stack's snapshots. Required.
	Tags pulumi.StringMap
}

// Database is the RDS instance and its read replica.
type Database struct {
	pulumi.ResourceState

	Address  pulumi.StringOutput // host name
	Endpoint pulumi.StringOutput // host name and port
	Username pulumi.StringOutput
	DBName   pulumi.StringOutput
	// AppUsername is the user of the app, which the tasks create. It owns the app's tables, but is not an administrator.
	AppUsername pulumi.StringOutput
	// AppPassword is a random secret, kept in Pulumi's state.
	AppPassword pulumi.StringOutput
	// FinalSnapshot is the name of the snapshot that a destroy takes. It is empty if a destroy takes none.
	FinalSnapshot pulumi.StringOutput
	// Replica is the read replica. It is nil without one.
	Replica *rds.Instance
}
