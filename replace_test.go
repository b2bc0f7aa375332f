package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

func isUpserted(r mocks.Resource) bool {
	row, _ := resources.Find(r.Type)
	return row.Upserts != nil
}

// checkUpsert wants the old resource to be deleted first if its replacement can have the same identity.
func checkUpsert(r mocks.Resource, _ map[string]string) error {
	row, _ := resources.Find(r.Type)
	for _, property := range row.Replacing {
		if !slices.Contains(row.Upserts, property) && !r.Request.GetDeleteBeforeReplace() {
			return fmt.Errorf("a change of %s replaces it, and deleting the old one removes the new one", property)
		}
	}
	return nil
}

// checkUpgrade wants a new parameter group before the old one is deleted.
func checkUpgrade(r mocks.Resource, _ map[string]string) error {
	if !r.Request.GetDeleteBeforeReplaceDefined() || r.Request.GetDeleteBeforeReplace() {
		return fmt.Errorf("RDS refuses to delete it while the database uses it")
	}
	return nil
}

// fixedNames are the properties that hold the physical name of a resource. If the program sets one, pulumi-aws deletes
// the old resource before it creates the replacement, unless the program decides otherwise.
var fixedNames = []string{"name", "replicationGroupId", "identifier", "targetId"}

func hasFixedName(r mocks.Resource) bool {
	return slices.ContainsFunc(fixedNames, func(property string) bool { return r.Text(property) != "" })
}

// replaced collects the resources of which configurations have different values for a property that replaces them.
type replaced struct {
	values    map[string]string // by type, logical name and property
	resources map[string]mocks.Resource
}

func newReplaced() *replaced {
	return &replaced{values: map[string]string{}, resources: map[string]mocks.Resource{}}
}

// add compares a resource with those of the same type and logical name in other configurations.
func (c *replaced) add(r mocks.Resource) {
	for _, property := range resources.Replacing(r.Type) {
		if property == "vpcId" {
			continue // a change of vpc is refused
		}
		key := r.Type + " " + r.Name
		value, known := c.values[key+" "+property]
		if !known {
			c.values[key+" "+property] = r.Text(property)
		} else if value != r.Text(property) {
			c.resources[key] = r
		}
	}
}

// check requires that the program sets DeleteBeforeReplace on every resource with a fixed name that a configuration
// change replaces.
func (c *replaced) check(t *testing.T) {
	t.Helper()
	decided := 0
	for key, r := range c.resources {
		if !hasFixedName(r) {
			continue
		}
		decided++
		assert.True(t, r.Request.GetDeleteBeforeReplaceDefined(),
			"%s: a configuration change replaces it and its name is fixed: set DeleteBeforeReplace", key)
	}
	require.Positive(t, decided, "no configuration replaces a resource with a fixed name")
}
