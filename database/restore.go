package database

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// latest asks for the newest snapshot of the instance, be it a final one or one made by hand.
const latest = "latest"

// snapshot is what a new instance starts with.
type snapshot struct {
	name    string
	storage int // GiB, which the instance cannot go below
}

// findSnapshot finds what a new instance is to start with, nil for an empty database. An instance that exists is left
// alone: it would have to be replaced, data and all, and the snapshot may be gone by now.
func findSnapshot(ctx *pulumi.Context, args *Args, exists bool) (*snapshot, error) {
	if args.RestoreFrom == "" {
		return nil, warnOfEmptyDatabase(ctx, args, exists)
	}
	if exists {
		return nil, say(ctx, "threa:restoreFromSnapshot has no effect: the database %s exists, and only a new one starts with a snapshot", args.Name)
	}
	wanted := &rds.LookupSnapshotArgs{DbSnapshotIdentifier: pulumi.StringRef(args.RestoreFrom)}
	if args.RestoreFrom == latest {
		wanted = &rds.LookupSnapshotArgs{
			DbInstanceIdentifier: pulumi.StringRef(args.Name), MostRecent: pulumi.BoolRef(true), SnapshotType: pulumi.StringRef("manual"),
		}
	}
	found, err := rds.LookupSnapshot(ctx, wanted)
	if err != nil {
		return nil, missing(ctx, args, err)
	}
	if err := fits(args, found); err != nil {
		return nil, err
	}
	return &snapshot{name: found.Id, storage: found.AllocatedStorage},
		say(ctx, "the database %s starts with the snapshot %s of %s", args.Name, found.Id, found.SnapshotCreateTime)
}

// warnOfEmptyDatabase says that a new database would be empty although the stack has had one. Somebody may have deleted
// the instance by hand, and up --refresh, which puts back everything else, would not put back the data.
func warnOfEmptyDatabase(ctx *pulumi.Context, args *Args, exists bool) error {
	if exists {
		return nil
	}
	snapshots, err := tagged(ctx, args)
	if err != nil || len(snapshots) == 0 {
		return err
	}
	warning := fmt.Sprintf("the database %s does not exist, and a new one would be empty. "+
		"These snapshots have the tags of this stack: %s\n"+
		"    To start with the newest:  pulumi config set restoreFromSnapshot latest", args.Name, strings.Join(snapshots, ", "))
	if err := ctx.Log.Warn(warning, nil); err != nil {
		return fmt.Errorf("write to the log: %w", err)
	}
	return nil
}

func say(ctx *pulumi.Context, format string, values ...any) error {
	if err := ctx.Log.Info(fmt.Sprintf(format, values...), nil); err != nil {
		return fmt.Errorf("write to the log: %w", err)
	}
	return nil
}

// fits holds a snapshot against the configuration: RDS would refuse a difference in the middle of an up, or the instance
// would be replaced by the next one. It reports everything at once.
func fits(args *Args, found *rds.LookupSnapshotResult) error {
	var problems []error
	problem := func(mend, format string, values ...any) {
		problems = append(problems, fmt.Errorf("the snapshot %s, which threa:restoreFromSnapshot asks for, "+format+".\n    "+mend,
			slices.Insert(values, 0, any(found.Id))...))
	}
	version := major(found.EngineVersion)
	switch {
	case found.Engine != "postgres":
		problem("pulumi config set restoreFromSnapshot <another one>", "is one of %s, not of PostgreSQL", found.Engine)
	case version != args.EngineVersion:
		problem("pulumi config set dbEngineVersion "+version+"   (a later up upgrades it)",
			"is one of PostgreSQL %s, but threa:dbEngineVersion is %s", found.EngineVersion, args.EngineVersion)
	}
	if least := found.AllocatedStorage + (found.AllocatedStorage+9)/10; least > args.MaxAllocatedStorage {
		problem(fmt.Sprintf("pulumi config set dbMaxAllocatedStorage %d", least),
			"has %d GiB, which leaves no room to grow below threa:dbMaxAllocatedStorage, %d", found.AllocatedStorage, args.MaxAllocatedStorage)
	}
	if !found.Encrypted {
		problem(fmt.Sprintf("aws rds copy-db-snapshot --kms-key-id alias/aws/rds --source-db-snapshot-identifier %s --target-db-snapshot-identifier %s-encrypted\n"+
			"    pulumi config set restoreFromSnapshot %s-encrypted", found.Id, found.Id, found.Id), "is not encrypted, and the database has to be")
	}
	return errors.Join(problems...)
}

// missing says which snapshots there are instead.
func missing(ctx *pulumi.Context, args *Args, cause error) error {
	problem := fmt.Errorf("threa:restoreFromSnapshot is %q, but RDS shows no such snapshot of %s: %w", args.RestoreFrom, args.Name, cause)
	others, err := tagged(ctx, args)
	switch {
	case err != nil:
		return errors.Join(problem, err)
	case len(others) == 0:
		return fmt.Errorf("%w\n    No snapshot has the tags of this stack. To start with an empty database:  pulumi config rm restoreFromSnapshot", problem)
	}
	return fmt.Errorf("%w\n    These have the tags of this stack: %s\n    pulumi config set restoreFromSnapshot %s",
		problem, strings.Join(others, ", "), others[len(others)-1])
}

// tagged lists the snapshots with the tags of the stack, which RDS copies from the instance. The provider lists none by
// other means.
func tagged(ctx *pulumi.Context, args *Args) ([]string, error) {
	var filters []resourcegroupstaggingapi.GetResourcesTagFilter
	for _, key := range slices.Sorted(maps.Keys(args.Tags)) {
		if value, plain := args.Tags[key].(pulumi.String); plain {
			filters = append(filters, resourcegroupstaggingapi.GetResourcesTagFilter{Key: key, Values: []string{string(value)}})
		}
	}
	found, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"rds:snapshot"}, TagFilters: filters,
	})
	if err != nil {
		return nil, fmt.Errorf("list the snapshots of the stack: %w", err)
	}
	var names []string
	for _, one := range found.ResourceTagMappingLists {
		if _, name, ok := strings.Cut(one.ResourceArn, ":snapshot:"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
