package database

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/program"
)

// latest is the RestoreFrom for the newest snapshot of the instance that RDS has not taken by itself.
const latest = "latest"

// findSnapshot looks up the snapshot that a new instance starts with. An existing instance would have to be replaced,
// so its snapshot, which may be deleted by now, is not looked up.
func (l *lookup) findSnapshot() error {
	switch {
	case l.existing == nil && l.RestoreFrom == "":
		return l.warnOfEmptyDatabase()
	case l.RestoreFrom == "":
		return nil
	case l.existing != nil:
		return program.Note(l.ctx, fmt.Sprintf("threa:restoreFromSnapshot has no effect: the database %s exists, and "+
			"only a new one starts with a snapshot", l.Names.Name))
	}
	query := &rds.LookupSnapshotArgs{DbSnapshotIdentifier: &l.RestoreFrom}
	if l.RestoreFrom == latest {
		query = &rds.LookupSnapshotArgs{
			DbInstanceIdentifier: &l.Names.Name, MostRecent: pulumi.BoolRef(true), SnapshotType: pulumi.StringRef("manual"),
		}
	}
	snapshot, err := rds.LookupSnapshot(l.ctx, query)
	if err != nil {
		return l.missingSnapshot(err)
	}
	if err := l.checkSnapshot(snapshot); err != nil {
		return err
	}
	l.source = snapshot
	return program.Note(l.ctx, fmt.Sprintf("the database %s starts with the snapshot %s of %s", l.Names.Name, snapshot.Id,
		snapshot.SnapshotCreateTime))
}

// warnOfEmptyDatabase warns if a new database would be empty although the stack has snapshots. If the instance was
// deleted by hand, pulumi up --refresh creates it again without its data.
func (l *lookup) warnOfEmptyDatabase() error {
	snapshots, err := l.listSnapshots()
	if err != nil || len(snapshots) == 0 {
		return err
	}
	return program.Warn(l.ctx, fmt.Sprintf("the database %s does not exist, and a new one would be empty. "+
		"These snapshots have the tags of this stack: %s\n"+
		"    To start with the newest:  pulumi config set restoreFromSnapshot latest", l.Names.Name,
		strings.Join(snapshots, ", ")))
}

// checkSnapshot compares the snapshot with the configuration. It reports every difference that RDS would refuse during
// the update, or that would replace the instance in the next update.
func (l *lookup) checkSnapshot(snapshot *rds.LookupSnapshotResult) error {
	var problems []error
	add := func(fix, problem string) {
		problems = append(problems, fmt.Errorf("the snapshot %s of threa:restoreFromSnapshot %s.\n    %s", snapshot.Id,
			problem, fix))
	}
	version := major(snapshot.EngineVersion)
	switch {
	case snapshot.Engine != "postgres":
		add("pulumi config set restoreFromSnapshot <snapshot>", "is of "+snapshot.Engine+", not of PostgreSQL")
	case version != l.EngineVersion:
		add("pulumi config set dbEngineVersion "+version+"   (a later update upgrades it)", fmt.Sprintf(
			"is of PostgreSQL %s, but threa:dbEngineVersion is %s", snapshot.EngineVersion, l.EngineVersion))
	}
	if snapshot.Status != "available" {
		add("aws rds wait db-snapshot-available --region "+l.Names.Region+" --db-snapshot-identifier "+
			snapshot.Id, "has the status "+strconv.Quote(snapshot.Status)+", and only an available one can be restored")
	}
	if limit := snapshot.AllocatedStorage + (snapshot.AllocatedStorage+9)/10; limit > l.MaxAllocatedStorage {
		add(fmt.Sprintf("pulumi config set dbMaxAllocatedStorage %d", limit), fmt.Sprintf(
			"has %d GiB and cannot grow by the 10 %% that RDS requires below threa:dbMaxAllocatedStorage, %d",
			snapshot.AllocatedStorage, l.MaxAllocatedStorage))
	}
	if !snapshot.Encrypted {
		add(fmt.Sprintf("aws rds copy-db-snapshot --region %[2]s --kms-key-id alias/aws/rds "+
			"--source-db-snapshot-identifier %[1]s --target-db-snapshot-identifier %[1]s-encrypted\n"+
			"    pulumi config set restoreFromSnapshot %[1]s-encrypted", snapshot.Id, l.Names.Region),
			"is not encrypted, and the database must be")
	}
	return errors.Join(problems...)
}

// missingSnapshot returns the error for a snapshot that does not exist, with those that do.
func (l *lookup) missingSnapshot(cause error) error {
	problem := fmt.Errorf("threa:restoreFromSnapshot is %q, but RDS shows no such snapshot of %s: %w", l.RestoreFrom,
		l.Names.Name, cause)
	snapshots, err := l.listSnapshots()
	switch {
	case err != nil:
		return errors.Join(problem, err)
	case len(snapshots) == 0:
		return fmt.Errorf("%w\n    No snapshot has the tags of this stack. To start with an empty database:  "+
			"pulumi config rm restoreFromSnapshot", problem)
	}
	return fmt.Errorf("%w\n    These have the tags of this stack: %s\n    pulumi config set restoreFromSnapshot %s",
		problem, strings.Join(snapshots, ", "), snapshots[len(snapshots)-1])
}

// listSnapshots returns the snapshots with the tags of the stack, which RDS copies from the instance. The provider has
// no other function that lists snapshots.
func (l *lookup) listSnapshots() ([]string, error) {
	var filters []resourcegroupstaggingapi.GetResourcesTagFilter
	for _, key := range slices.Sorted(maps.Keys(l.Tags)) {
		if value, plain := l.Tags[key].(pulumi.String); plain {
			filters = append(filters, resourcegroupstaggingapi.GetResourcesTagFilter{Key: key, Values: []string{string(value)}})
		}
	}
	tagged, err := resourcegroupstaggingapi.GetResources(l.ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"rds:snapshot"}, TagFilters: filters,
	})
	if err != nil {
		return nil, fmt.Errorf("list the snapshots of the stack: %w", err)
	}
	var names []string
	for _, mapping := range tagged.ResourceTagMappingLists {
		if _, name, ok := strings.Cut(mapping.ResourceArn, ":snapshot:"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
