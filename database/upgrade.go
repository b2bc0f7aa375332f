package database

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// engine is what is asked of RDS about the version of PostgreSQL.
type engine struct {
	version string // a major version, of which RDS takes its default, or a complete one
	kept    bool   // whatever the state says: the instance runs the major version that is wanted
}

// instance is the database as it is in AWS before this deployment.
type instance struct {
	version       string // of PostgreSQL, with the minor version
	resourceID    string // random, made by RDS
	finalSnapshot string // name of the snapshot that a destroy leaves; empty for an instance without the tag
}

// runningVersion is the complete version that the instance runs, empty if there is none.
func (i *instance) runningVersion() string {
	if i == nil {
		return ""
	}
	return i.version
}

// findInstance looks up the instance. It returns nil if there is none.
func findInstance(ctx *pulumi.Context, args *Args) (*instance, error) {
	there, err := rds.GetInstances(ctx, &rds.GetInstancesArgs{
		Filters: []rds.GetInstancesFilter{{Name: "db-instance-id", Values: []string{args.Name}}},
	})
	if err != nil {
		return nil, fmt.Errorf("find out whether the database exists: %w", err)
	}
	if len(there.InstanceIdentifiers) == 0 {
		return nil, nil
	}
	found, err := rds.LookupInstance(ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: pulumi.StringRef(args.Name)})
	if err != nil {
		return nil, fmt.Errorf("find out what the database runs: %w", err)
	}
	return &instance{version: found.EngineVersion, resourceID: strings.ToLower(found.ResourceId), finalSnapshot: found.Tags[snapshotTag]}, nil
}

// chooseEngine holds the running version against the configuration. A new instance gets the default minor version of RDS.
// An upgrade cannot: minor upgrades happen by themselves, and RDS refuses to go from a minor version to a major one of
// before it. What comes afterwards is left to the maintenance window. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html
func chooseEngine(ctx *pulumi.Context, wanted, running string) (engine, error) {
	if running == "" {
		return engine{version: wanted}, nil
	}
	switch is := major(running); slices.Compare(numbers(is), numbers(wanted)) {
	case 0:
		return engine{version: wanted, kept: true}, nil
	case 1:
		return engine{}, fmt.Errorf("threa:dbEngineVersion is %s, but the database runs PostgreSQL %s and RDS does not go back to an older major version.\n"+
			"    pulumi config set dbEngineVersion %s", wanted, running, is)
	}
	version, err := upgradeTarget(ctx, wanted, running)
	return engine{version: version}, err
}

// upgradeTarget is the newest version of the wanted major version that RDS upgrades the running one to. The running one may
// be out of sale by now, and still has targets.
func upgradeTarget(ctx *pulumi.Context, wanted, running string) (string, error) {
	found, err := rds.GetEngineVersion(ctx, &rds.GetEngineVersionArgs{
		Engine: "postgres", Version: pulumi.StringRef(running), IncludeAll: pulumi.BoolRef(true),
	})
	if err != nil {
		return "", fmt.Errorf("find out what PostgreSQL %s can be upgraded to: %w", running, err)
	}
	targets := slices.SortedFunc(slices.Values(found.ValidMajorTargets), func(a, b string) int {
		return slices.Compare(numbers(a), numbers(b))
	})
	var majors []string
	for _, target := range slices.Backward(targets) {
		if major(target) == wanted {
			return target, nil
		}
		majors = append(majors, major(target))
	}
	problem := fmt.Sprintf("threa:dbEngineVersion is %s, but the database runs PostgreSQL %s and RDS does not upgrade that to %s at once", wanted, running, wanted)
	slices.Reverse(majors)
	majors = slices.Compact(majors)
	if len(majors) == 0 {
		return "", fmt.Errorf("%s, nor to any other major version.\n    pulumi config set dbEngineVersion %s", problem, major(running))
	}
	return "", fmt.Errorf("%s. It can go to %s.\n    pulumi config set dbEngineVersion %s", problem, strings.Join(majors, ", "), nearest(majors, wanted))
}

// nearest is the last major version on the way to the wanted one, or the first beyond it if none is on the way.
func nearest(majors []string, wanted string) string {
	near := majors[0]
	for _, one := range majors {
		if slices.Compare(numbers(one), numbers(wanted)) < 0 {
			near = one
		}
	}
	return near
}

func major(version string) string {
	before, _, _ := strings.Cut(version, ".")
	return before
}

// numbers are those in a version, which is compared by them: 17.10 comes after 17.9. A version in extended support has more
// than two, as in 13.23-rds.20260301.
func numbers(version string) []int {
	var all []int
	for _, part := range strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }) {
		if number, err := strconv.Atoi(part); err == nil {
			all = append(all, number)
		}
	}
	return all
}
