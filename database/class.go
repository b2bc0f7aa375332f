package database

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"threa-infra/internal/preconditions"
)

// Classes lists the instance classes that RDS offers. *rds.Client implements it. The provider's function returns only
// one of the options.
type Classes interface {
	DescribeOrderableDBInstanceOptions(context.Context, *rds.DescribeOrderableDBInstanceOptionsInput,
		...func(*rds.Options)) (*rds.DescribeOrderableDBInstanceOptionsOutput, error)
}

// NeedsClass reports whether this deployment requires RDS to offer the instance class. It returns false if the instance
// already has the class, the version, the standby and the replica, or if Discover found no version.
func (a *Args) NeedsClass(found *Found) bool {
	e := found.existing
	hasClass := e != nil && found.engine.keep && e.class == a.InstanceClass && (e.multiAZ || !a.MultiAZ) &&
		(found.hasReplica || !a.ReadReplica)
	return found.engine.version != "" && !hasClass
}

// CheckClass returns an error if RDS does not offer the instance class for the configured version, with encrypted gp3
// storage, in enough zones. zones are the zones of the subnets. If they are not known, zones is empty.
func (a *Args) CheckClass(ctx context.Context, found *Found, classes Classes, zones []string) error {
	options, err := a.listOptions(ctx, classes)
	if err != nil && !preconditions.IsInvalid(err) { // an unknown class has no options
		return preconditions.Unanswered("whether RDS offers "+a.InstanceClass, err)
	}
	return a.checkOptions(options, found, zones)
}

func (a *Args) listOptions(ctx context.Context, classes Classes) ([]types.OrderableDBInstanceOption, error) {
	in := &rds.DescribeOrderableDBInstanceOptionsInput{
		Engine: aws.String("postgres"), DBInstanceClass: &a.InstanceClass, Vpc: aws.Bool(true),
		MaxRecords: aws.Int32(1000),
	}
	var options []types.OrderableDBInstanceOption
	for {
		page, err := classes.DescribeOrderableDBInstanceOptions(ctx, in)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller names the question
		}
		options = append(options, page.OrderableDBInstanceOptions...)
		if in.Marker = page.Marker; aws.ToString(in.Marker) == "" {
			return options, nil
		}
	}
}

func (a *Args) checkOptions(options []types.OrderableDBInstanceOption, found *Found, zones []string) error {
	versions := map[string]bool{}
	options = slices.DeleteFunc(options, func(option types.OrderableDBInstanceOption) bool {
		versions[major(aws.ToString(option.EngineVersion))] = true
		return !a.fits(option, found.engine.version)
	})
	refuse := func(what string) error {
		return fmt.Errorf("threa:dbInstanceClass is %q, which RDS does not offer %s in %s.\n%s", a.InstanceClass, what,
			a.Names.Region, a.listClasses())
	}
	offered := func(test func(types.OrderableDBInstanceOption) *bool) bool {
		return slices.ContainsFunc(options, func(o types.OrderableDBInstanceOption) bool { return aws.ToBool(test(o)) })
	}
	switch {
	case len(versions) == 0:
		return refuse("for PostgreSQL")
	case len(options) == 0:
		return refuse("for PostgreSQL " + found.engine.version + " with encrypted gp3 storage")
	case a.MultiAZ && !offered(func(o types.OrderableDBInstanceOption) *bool { return o.MultiAZCapable }):
		return refuse("with a standby in another zone (threa:multiAz)")
	case a.ReadReplica && !offered(func(o types.OrderableDBInstanceOption) *bool { return o.ReadReplicaCapable }):
		return refuse("with a read replica (threa:dbReadReplica)")
	}
	return a.checkZones(options, zones)
}

// listClasses returns a line with the command that lists the classes that RDS offers in the region.
func (a *Args) listClasses() string {
	return fmt.Sprintf("    List the classes:  aws rds describe-orderable-db-instance-options --region %s "+
		"--engine postgres --query 'OrderableDBInstanceOptions[?StorageType==`gp3`].[EngineVersion,DBInstanceClass,AvailabilityZones[].Name]' "+
		"--output json", a.Names.Region)
}

// fits reports whether an option has the version, storage type and encryption that the program uses.
func (a *Args) fits(option types.OrderableDBInstanceOption, version string) bool {
	offered := aws.ToString(option.EngineVersion)
	return (offered == version || major(offered) == version) && aws.ToString(option.StorageType) == "gp3" &&
		aws.ToBool(option.SupportsStorageEncryption)
}

// checkZones returns an error if RDS does not offer the class in one of the subnets' zones, or in two with a standby.
func (a *Args) checkZones(options []types.OrderableDBInstanceOption, zones []string) error {
	necessary := 1
	if a.MultiAZ {
		necessary = 2
	}
	var offering []string
	for _, option := range options {
		for _, zone := range option.AvailabilityZones {
			offering = append(offering, aws.ToString(zone.Name))
		}
	}
	slices.Sort(offering)
	offering = slices.Compact(offering)
	usable := slices.DeleteFunc(slices.Clone(zones), func(zone string) bool { return !slices.Contains(offering, zone) })
	if len(zones) == 0 || len(offering) == 0 || len(usable) >= necessary {
		return nil
	}
	return fmt.Errorf("threa:dbInstanceClass is %q, which RDS offers in %s, but the database's subnets are in %s, and it "+
		"needs %d of them.\n%s", a.InstanceClass, strings.Join(offering, ", "), strings.Join(zones, ", "), necessary,
		a.listClasses())
}
