package ownership

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
)

const kindRole = "IAM role"

// resource is a resource in AWS that has one of the stack's names.
type resource struct {
	kind, name string
	tags       map[string]string
}

// tagged holds the tags of the resources that a lookup finds, by their names.
type tagged map[string]map[string]string

// A lookup finds the resources of one kind that have the stack's names. In the provider, it lists them first: a data
// source that finds nothing writes an error to the log. The tagging API lists every type, but also what was deleted
// hours ago.
type lookup struct {
	kind string
	find func() (tagged, error)
}

func (l lookup) run() ([]resource, error) {
	tags, err := l.find()
	if err != nil {
		return nil, fmt.Errorf("look up %ss: %w", l.kind, err)
	}
	var found []resource
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		found = append(found, resource{l.kind, name, tags[name]})
	}
	return found, nil
}

// lookups returns the lookups in the provider.
func (b *builder) lookups() []lookup {
	return []lookup{
		{"RDS instance", b.findInstance},
		{"SSM parameter", func() (tagged, error) { return readTags(b.Names.Parameters(), b.parameters, nil) }},
		{"log group", b.findLogGroups},
	}
}

func (b *builder) findInstance() (tagged, error) {
	names := []string{b.Names.Name}
	filters := []rds.GetInstancesFilter{{Name: "db-instance-id", Values: names}}
	listed, err := rds.GetInstances(b.ctx, &rds.GetInstancesArgs{Filters: filters})
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	return readTags(names, listed.InstanceIdentifiers, func(name string) (map[string]string, error) {
		instance, err := rds.LookupInstance(b.ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &name})
		if err != nil {
			return nil, err //nolint:wrapcheck // readTags names the instance
		}
		return instance.Tags, nil
	})
}

func (b *builder) findLogGroups() (tagged, error) {
	prefix := b.Names.LogGroup()
	listed, err := cloudwatch.GetLogGroups(b.ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &prefix})
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	names := []string{prefix, b.Names.ExecLogGroup()}
	return readTags(names, listed.LogGroupNames, func(name string) (map[string]string, error) {
		group, err := cloudwatch.LookupLogGroup(b.ctx, &cloudwatch.LookupLogGroupArgs{Name: name})
		if err != nil {
			return nil, err //nolint:wrapcheck // readTags names the group
		}
		return group.Tags, nil
	})
}

// readTags reads the tags of those names that are listed. read is nil for a kind whose tags do not matter.
func readTags(names, listed []string, read func(name string) (map[string]string, error)) (found tagged, err error) {
	found = tagged{}
	for _, name := range names {
		if !slices.Contains(listed, name) {
			continue
		}
		found[name] = nil
		if read == nil {
			continue
		}
		if found[name], err = read(name); err != nil {
			return nil, fmt.Errorf("read the tags of %s: %w", name, err)
		}
	}
	return found, nil
}
