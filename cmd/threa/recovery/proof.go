package recovery

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// snapshotTag is a tag that tells nothing about the owner: a database of an earlier version of the program lacks it.
const snapshotTag = "FinalSnapshot"

// belongs returns whether a resource that AWS has is this stack's. outputs is what the provider read. recordOwned says
// that the owner record proves the AWS names to be this stack's.
//
// A resource that is created with tags must have all of them: AWS gets them in the call that creates it, so that even a
// half-created resource has them. For a resource that takes no tags, proofs says what else must hold.
func belongs(known *state, r apitype.ResourceV3, outputs properties, recordOwned bool) bool {
	inputs := properties(r.Inputs)
	if isOwnerRecord(r) {
		return recordOwned
	}
	if tags := maps.Clone(inputs.object("tags")); len(tags) > 0 {
		delete(tags, snapshotTag)
		return hasTags(outputs.object("tags"), tags)
	}
	proof := proofs[string(r.Type)]
	return proof != nil && proof(known, inputs, outputs)
}

// proofs has the types that take no tags. A type that takes no tags and is not listed is never imported: the next up
// creates it again, or fails with what AWS says.
var proofs = map[string]func(known *state, inputs, outputs properties) bool{
	"aws:appautoscaling/policy:Policy":                    partOf("aws:appautoscaling/target:Target", "resourceId"),
	"aws:cloudwatch/eventTarget:EventTarget":              partOf("aws:cloudwatch/eventRule:EventRule", "rule"),
	"aws:ec2/route:Route":                                 partOf(routeTables, "routeTableId"),
	"aws:ec2/routeTableAssociation:RouteTableAssociation": partOf(routeTables, "routeTableId"),
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":             partOf("aws:ecr/repository:Repository", "repository"),
	"aws:iam/rolePolicy:RolePolicy":                       partOf(roles, "role"),
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":   partOf(roles, "role"),
	"aws:route53/record:Record":                           pointsToLoadBalancer,
	"aws:scheduler/schedule:Schedule":                     partOf("aws:scheduler/scheduleGroup:ScheduleGroup", "groupName"),
}

// partOf is for resources that belong to the resource that an input names.
func partOf(parentType, key string) func(known *state, inputs, outputs properties) bool {
	return func(known *state, inputs, _ properties) bool {
		id := inputs.text(key)
		return known.hasTagged(parentType, func(parent apitype.ResourceV3) bool {
			return string(parent.ID) == id || properties(parent.Outputs).text(key) == id
		})
	}
}

// pointsToLoadBalancer is for a DNS record that is an alias of the stack's load balancer.
func pointsToLoadBalancer(known *state, _, outputs properties) bool {
	aliases, _ := outputs["aliases"].([]any)
	if len(aliases) != 1 {
		return false
	}
	alias, _ := aliases[0].(map[string]any)
	host := strings.TrimSuffix(properties(alias).text("name"), ".")
	return known.hasTagged(loadBalancers, func(balancer apitype.ResourceV3) bool {
		return host != "" && strings.EqualFold(properties(balancer.Outputs).text("dnsName"), host)
	})
}

// hasTagged returns whether the state has a resource of the type that matches and has the stack's tags.
func (s *state) hasTagged(kind string, matches func(apitype.ResourceV3) bool) bool {
	return slices.ContainsFunc(s.Resources, func(r apitype.ResourceV3) bool {
		return string(r.Type) == kind && !r.External && matches(r) &&
			hasTags(properties(r.Outputs).object("tags"), properties(r.Inputs).object("tags"))
	})
}

// hasTags returns whether AWS has every tag of the stack. Without any tag nothing is proven.
func hasTags(actual, expected properties) bool {
	for key := range expected {
		if _, set := actual[key]; !set || actual.text(key) != expected.text(key) {
			return false
		}
	}
	return len(expected) > 0
}
