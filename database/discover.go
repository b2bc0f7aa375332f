package database

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/dbclass"
	"threa-infra/internal/program"
)

// Found is what RDS has before this deployment, and the version and snapshot to use.
type Found struct {
	existing   *instance // nil if RDS has none
	hasReplica bool
	engine     engine
	source     *rds.LookupSnapshotResult // nil unless a new instance starts with a snapshot
}

// instance is the RDS instance before this deployment.
type instance struct {
	version       string // of PostgreSQL, with the minor version
	resourceID    string // random, chosen by RDS
	finalSnapshot string // empty for an instance without the tag
	class         string
	multiAZ       bool
	username      string // of the master user
	dbName        string // of the first database
	retention     int    // of automated backups, in days
}

// engine is the version of PostgreSQL to set.
type engine struct {
	version string // a major version, of which RDS takes its default minor version, or a complete version
	keep    bool   // keeps the version in the state: the instance runs the configured major version
}

// Discover looks up the existing instance, and chooses the version and the snapshot to restore. Its error joins the
// problems of both. If it cannot look the instance up, it returns no Found.
func Discover(ctx *pulumi.Context, args *Args) (*Found, error) {
	l := &lookup{Args: args, ctx: ctx, Found: &Found{}}
	if err := l.findInstance(); err != nil {
		return nil, err
	}
	return l.Found, errors.Join(l.checkNames(), l.chooseEngine(), l.findSnapshot(), l.warnOfConnections(),
		l.warnOfRetention())
}

type lookup struct {
	*Args
	*Found
	ctx *pulumi.Context
}

// findInstance looks up the instance. It lists first, because the lookup of an instance that does not exist fails.
func (l *lookup) findInstance() error {
	name, replica := l.Names.Name, l.Names.ReadReplica()
	listed, err := rds.GetInstances(l.ctx, &rds.GetInstancesArgs{
		Filters: []rds.GetInstancesFilter{{Name: "db-instance-id", Values: []string{name, replica}}},
	})
	if err != nil {
		return fmt.Errorf("list DB instances: %w", err)
	}
	l.hasReplica = slices.Contains(listed.InstanceIdentifiers, replica)
	if !slices.Contains(listed.InstanceIdentifiers, name) {
		return l.explainFreePlan()
	}
	found, err := rds.LookupInstance(l.ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &name})
	if err != nil {
		return fmt.Errorf("look up DB instance: %w", err)
	}
	l.existing = &instance{
		version: found.EngineVersion, resourceID: strings.ToLower(found.ResourceId), finalSnapshot: found.Tags[snapshotTag],
		class: found.DbInstanceClass, multiAZ: found.MultiAz, username: found.MasterUsername, dbName: found.DbName,
		retention: found.BackupRetentionPeriod,
	}
	return nil
}

// checkNames refuses other names than those of the existing instance.
func (l *lookup) checkNames() error {
	if l.existing == nil {
		return nil
	}
	return errors.Join(refuseRename("dbUsername", l.existing.username, l.Username),
		refuseRename("dbName", l.existing.dbName, l.DBName))
}

// freePlanRetention is the backup retention in days that RDS accepts in an account on AWS's free plan. No API of RDS
// tells the plan. Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/free-tier-plans.html
const freePlanRetention = 1

// explainFreePlan logs, before the first deployment, what the error FreeTierRestrictionError of RDS would mean.
func (l *lookup) explainFreePlan() error {
	if l.BackupRetention <= freePlanRetention {
		return nil
	}
	return program.Note(l.ctx, fmt.Sprintf("threa:dbBackupRetentionDays is %d, which RDS refuses in an account on AWS's "+
		"free plan (FreeTierRestrictionError). Upgrade such an account, or keep the backups for %d day:\n"+
		"    pulumi config set dbBackupRetentionDays %[2]d", l.BackupRetention, freePlanRetention))
}

// connectionsPerTask is the maximum number of connections of the Threa app: 30 for requests, 12 for listeners and 8 for
// jobs. Its pools open connections when they need them.
const connectionsPerTask = 50

// warnOfConnections warns if the tasks may open more connections than the instance accepts. A rolling deployment starts
// as many new tasks as it replaces, but tasks rarely open all connections. Therefore the new task of a single one
// counts only in a run that changes the class: otherwise every run with the defaults would warn.
func (l *lookup) warnOfConnections() error {
	limit, needed, tasks := dbclass.MaxConnections(l.InstanceClass), l.Tasks*connectionsPerTask, "task(s)"
	if l.Tasks > 1 || l.existing != nil && l.existing.class != l.InstanceClass {
		needed, tasks = 2*needed, "task(s), and as many new ones during a deployment,"
	}
	if needed <= limit || !dbclass.Known(l.InstanceClass) {
		return nil
	}
	fix := ""
	if class := dbclass.WithConnections(l.InstanceClass, needed); class != "" {
		fix = "\n    pulumi config set dbInstanceClass " + class
	}
	return program.Warn(l.ctx, fmt.Sprintf("%d %s may open %d connections to the database (%d each), but %s accepts "+
		"about %d and refuses the others.%s", l.Tasks, tasks, needed, connectionsPerTask, l.InstanceClass, limit, fix))
}

// warnOfRetention warns if the instance keeps its backups for more days: an update then deletes the older ones.
func (l *lookup) warnOfRetention() error {
	if l.existing == nil || l.existing.retention <= l.BackupRetention {
		return nil
	}
	return program.Warn(l.ctx, fmt.Sprintf("threa:dbBackupRetentionDays is %d, but RDS keeps the backups of the database "+
		"for %d days. The update deletes the older ones, so that RDS cannot restore their points in time any more.\n"+
		"    Keep them:  pulumi config set dbBackupRetentionDays %[2]d", l.BackupRetention, l.existing.retention))
}
