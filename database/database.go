package database

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is the size and the safety of the instance.
type Args struct {
	Name                string // prefix of the AWS names, identifier of the instance
	Username            string
	DBName              string
	Password            pulumi.StringInput // secret
	EngineVersion       string             // major version
	InstanceClass       string
	AllocatedStorage    int // GiB
	MaxAllocatedStorage int // GiB, the limit of automatic growth
	BackupRetention     int // days
	BackupWindow        string
	MaintenanceWindow   string
	MultiAZ             bool
	ReadReplica         bool
	DeletionProtection  bool // in RDS and in Pulumi
	FinalSnapshot       bool
	RestoreFrom         string // the snapshot that a new instance starts with, or latest; empty for an empty database
	SubnetIDs           pulumi.StringArrayInput
	SecurityGroupID     pulumi.StringInput
	Tags                pulumi.StringMap
}

// Database is the instance, and its read replica if there is one.
type Database struct {
	pulumi.ResourceState

	Address  pulumi.StringOutput // host name
	Endpoint pulumi.StringOutput // host name and port
	Username pulumi.StringOutput
	DBName   pulumi.StringOutput
	// FinalSnapshot is the name of the snapshot that a destroy leaves, empty for none.
	FinalSnapshot pulumi.StringOutput
	// Replica is nil without one.
	Replica *Replica
}

// Replica is the read replica.
type Replica struct {
	Address  pulumi.StringOutput // host name
	Endpoint pulumi.StringOutput // host name and port
}

// Port is where PostgreSQL listens.
const Port = 5432

// New creates the instance with its groups.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	existing, err := findInstance(ctx, args)
	if err != nil {
		return nil, err
	}
	postgres, err := chooseEngine(ctx, args.EngineVersion, existing.runningVersion())
	if err != nil {
		return nil, err
	}
	source, err := findSnapshot(ctx, args, existing != nil)
	if err != nil {
		return nil, err
	}
	component := &Database{}
	if err := ctx.RegisterComponentResource("threa:database:Database", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register database: %w", err)
	}
	parent := pulumi.Parent(component)

	subnets, err := newSubnetGroup(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	parameters, err := newParameterGroup(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	instance, err := newInstance(ctx, name, args, existing, source, postgres, subnets, parameters, parent)
	if err != nil {
		return nil, err
	}

	if args.ReadReplica {
		replica, err := newReplica(ctx, name, args, instance, parameters, parent)
		if err != nil {
			return nil, err
		}
		component.Replica = &Replica{Address: replica.Address, Endpoint: replica.Endpoint}
	}

	component.Address = encrypted(instance, args.Name)
	component.Endpoint = instance.Endpoint
	component.Username = unchanged(instance.Username, "dbUsername", args.Username)
	component.DBName = unchanged(instance.DbName, "dbName", args.DBName)
	component.FinalSnapshot = pulumi.String("").ToStringOutput()
	if args.FinalSnapshot {
		component.FinalSnapshot = instance.FinalSnapshotIdentifier.Elem()
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"endpoint": component.Endpoint,
		"dbName":   component.DBName,
	})
}
