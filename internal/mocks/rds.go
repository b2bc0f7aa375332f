package mocks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Snapshot is one of an RDS instance with PostgreSQL, encrypted and of 20 GiB unless said otherwise.
type Snapshot struct {
	Name     string
	Instance string // of which it was made
	Version  string // of the engine
	Storage  int    // GiB
	Engine   string
	Open     bool              // not encrypted
	System   bool              // made by RDS itself
	Tags     map[string]string // those of the instance
}

func (s Snapshot) answer() resource.PropertyMap {
	if s.Engine == "" {
		s.Engine = "postgres"
	}
	if s.Storage == 0 {
		s.Storage = 20
	}
	return answer(map[string]any{
		"id": s.Name, "engine": s.Engine, "engineVersion": s.Version, "allocatedStorage": float64(s.Storage), "encrypted": !s.Open,
		"snapshotCreateTime": "2026-01-31T12:00:00Z",
	})
}

// instances answers the one filter that is ever asked for, db-instance-id.
func (a *AWS) instances(filters []resource.PropertyValue) resource.PropertyMap {
	var found []any
	for _, filter := range filters {
		for _, wanted := range filter.ObjectValue()["values"].ArrayValue() {
			if _, there := a.Databases[wanted.StringValue()]; there {
				found = append(found, wanted.StringValue())
			}
		}
	}
	return answer(map[string]any{"instanceIdentifiers": found})
}

func (a *AWS) instance(identifier string) (resource.PropertyMap, error) {
	version, there := a.Databases[identifier]
	if !there {
		return nil, fmt.Errorf("DBInstanceNotFound: DBInstance %s not found", identifier)
	}
	tags := map[string]any{}
	for key, value := range a.DatabaseTags {
		tags[key] = value
	}
	return answer(map[string]any{
		"dbInstanceIdentifier": identifier, "engine": "postgres", "engineVersion": version, "resourceId": "db-ABC123", "tags": tags,
	}), nil
}

// engineVersion answers for a version of PostgreSQL that an instance runs: it may be out of sale, so all have to be asked for.
func (a *AWS) engineVersion(asked resource.PropertyMap) (resource.PropertyMap, error) {
	version := text(asked, "version")
	if !asked["includeAll"].IsBool() || !asked["includeAll"].BoolValue() || text(asked, "engine") != "postgres" {
		return nil, fmt.Errorf("no RDS engine versions found: %s", version)
	}
	targets := []any{}
	for _, target := range a.Upgrades[version] {
		targets = append(targets, target)
	}
	return answer(map[string]any{"engine": "postgres", "version": version, "validMajorTargets": targets}), nil
}

// snapshot answers for one by its name, or for the newest of an instance: the last in the list.
func (a *AWS) snapshot(asked resource.PropertyMap) (resource.PropertyMap, error) {
	for _, one := range slices.Backward(a.Snapshots) {
		matches := text(asked, "dbSnapshotIdentifier") == one.Name
		if instance := text(asked, "dbInstanceIdentifier"); instance != "" {
			matches = instance == one.Instance && asked["mostRecent"].BoolValue() && text(asked, "snapshotType") == "manual" && !one.System
		}
		if matches {
			return one.answer(), nil
		}
	}
	return nil, fmt.Errorf("your query returned no results")
}

// tagged answers the tagging API.
func (a *AWS) tagged(asked resource.PropertyMap) (resource.PropertyMap, error) {
	var filters []resource.PropertyValue
	if asked["tagFilters"].IsArray() {
		filters = asked["tagFilters"].ArrayValue()
	}
	switch types := asked["resourceTypeFilters"].ArrayValue(); {
	case len(types) == 1 && types[0].StringValue() == "ecs:service":
		return a.taggedServices(filters), nil
	case len(types) == 1 && types[0].StringValue() == "rds:snapshot":
		return a.taggedSnapshots(filters), nil
	case len(types) == 1 && types[0].StringValue() == "elasticache:cluster":
		return a.taggedCaches(filters), nil
	default:
		return nil, fmt.Errorf("the make-believe AWS has no tags of %v", types)
	}
}

func (a *AWS) taggedSnapshots(filters []resource.PropertyValue) resource.PropertyMap {
	var found []any
	for _, one := range a.Snapshots {
		all := true
		for _, filter := range filters {
			value, there := one.Tags[filter.ObjectValue()["key"].StringValue()]
			all = all && there && strings.Contains(fmt.Sprint(filter.ObjectValue()["values"]), value)
		}
		if all {
			found = append(found, map[string]any{"resourceArn": arn("rds", "snapshot:"+one.Name)})
		}
	}
	return answer(map[string]any{"resourceTagMappingLists": found})
}
