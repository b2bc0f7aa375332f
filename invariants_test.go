package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// The types that several rules are about.
const (
	databaseType = "aws:rds/instance:Instance"
	cacheType    = "aws:elasticache/replicationGroup:ReplicationGroup"
	serviceType  = "aws:ecs/service:Service"
	roleType     = "aws:iam/role:Role"
)

// invariant is a rule that holds for some resources in every configuration.
type invariant struct {
	name  string
	about func(mocks.Resource) bool
	check func(r mocks.Resource, given map[string]string) error
}

func ofType(tokens ...string) func(mocks.Resource) bool {
	return func(r mocks.Resource) bool { return slices.Contains(tokens, r.Type) }
}

func custom(r mocks.Resource) bool { return r.Request.GetCustom() }

// isReplica selects the read replica, which has no data that the database does not have.
func isReplica(r mocks.Resource) bool { return r.Name == "database-replica" }

func except(excluded, about func(mocks.Resource) bool) func(mocks.Resource) bool {
	return func(r mocks.Resource) bool { return about(r) && !excluded(r) }
}

// properties returns a check for fixed values of properties.
func properties(want map[string]string) func(mocks.Resource, map[string]string) error {
	return func(r mocks.Resource, _ map[string]string) error { return wants(r, want) }
}

var invariants = append([]invariant{
	{"every resource belongs to a component", custom, func(r mocks.Resource, _ map[string]string) error {
		if !strings.Contains(r.Request.GetParent(), "threa:") {
			return fmt.Errorf("its parent is %q", r.Parent())
		}
		return nil
	}},
	{"every resource that takes tags has the stack's", func(r mocks.Resource) bool {
		row, _ := resources.Find(r.Type)
		return custom(r) && !row.Untaggable
	}, properties(map[string]string{
		"tags.Project": "threa", "tags.Environment": "prod", "tags.ManagedBy": "pulumi", "tags.Stack": "threa",
	})},
	{"every resource has a price or is free", custom, func(r mocks.Resource, _ map[string]string) error {
		return priced(r)
	}},
	{
		"a read replica can be removed at any time", isReplica,
		func(r mocks.Resource, _ map[string]string) error {
			if r.Request.GetProtect() {
				return fmt.Errorf("it is protected")
			}
			return wants(r, map[string]string{"deletionProtection": "false", "skipFinalSnapshot": "true"})
		},
	},
	{
		"one key protects database, images and load balancer in Pulumi",
		except(isReplica, ofType(databaseType, "aws:ecr/repository:Repository", "aws:lb/loadBalancer:LoadBalancer")),
		func(r mocks.Resource, given map[string]string) error {
			if fmt.Sprint(r.Request.GetProtect()) != given["threa:deletionProtection"] {
				return fmt.Errorf("protect is %v", r.Request.GetProtect())
			}
			return nil
		},
	},
	{
		"the same key protects the database in RDS", except(isReplica, ofType(databaseType)),
		func(r mocks.Resource, given map[string]string) error {
			return wants(r, map[string]string{"deletionProtection": given["threa:deletionProtection"]})
		},
	},
	{
		"the same key protects the load balancer in AWS", ofType("aws:lb/loadBalancer:LoadBalancer"),
		func(r mocks.Resource, given map[string]string) error {
			return wants(r, map[string]string{"enableDeletionProtection": given["threa:deletionProtection"]})
		},
	},
	{
		"a cache of several nodes fails over to another zone", ofType(cacheType),
		func(r mocks.Resource, given map[string]string) error {
			several := fmt.Sprint(given["threa:redisNodes"] != "1")
			return wants(r, map[string]string{"automaticFailoverEnabled": several, "multiAzEnabled": several})
		},
	},
	{
		"the on-demand fallback needs Spot and its key", ofType(serviceType),
		func(r mocks.Resource, given map[string]string) error {
			fallback := given["threa:useSpot"] == "true" && given["threa:spotFallback"] == "true"
			if r.Name == "compute-standby" && !fallback {
				return fmt.Errorf("the configuration has no fallback")
			}
			return nil
		},
	},
	{
		"a service depends on its capacity and role policies", ofType(serviceType),
		func(r mocks.Resource, _ map[string]string) error {
			dependencies := strings.Join(r.Request.GetDependencies(), " ")
			for _, name := range []string{"compute-capacity", "compute-execution-image", "compute-execution-ssm"} {
				if !strings.Contains(dependencies, "::"+name) {
					return fmt.Errorf("it does not depend on %s", name)
				}
			}
			return nil
		},
	},
	{"a failed deployment is rolled back", ofType(serviceType), properties(map[string]string{
		"deploymentCircuitBreaker.enable": "true", "deploymentCircuitBreaker.rollback": "true", "waitForSteadyState": "true",
	})},
	{"a replacement survives the deletion of the old resource", isUpserted, checkUpsert},
	{"a parameter group is deleted after the upgrade", ofType("aws:rds/parameterGroup:ParameterGroup"), checkUpgrade},
	{"a policy added by hand does not stop a destroy", ofType(roleType), properties(map[string]string{
		"forceDetachPolicies": "true",
	})},
}, securityInvariants...)

func TestDeploy_KeepsInvariants(t *testing.T) {
	matched, changes := make([]int, len(invariants)), newReplaced()
	for _, c := range combinations() {
		given := c.given()
		config := maps.Clone(running)
		config["threa:tunnelToken"] = fixtures.TunnelToken
		maps.Copy(config, given)
		o := options(t, "prod", config)
		resources := mocks.MustRun(t, deploy, o).All()
		for _, r := range resources {
			changes.add(r)
		}
		for i, rule := range invariants {
			for _, r := range resources {
				if rule.about(r) {
					matched[i]++
					assert.NoError(t, rule.check(r, given), "%s: %s %s with %v", rule.name, r.Type, r.Name, given)
				}
			}
		}
		if t.Failed() {
			return // the first combination that fails is enough to read
		}
	}
	for i, rule := range invariants {
		require.Positive(t, matched[i], "%s: the rule matched no resource", rule.name)
	}
	changes.check(t)
}
