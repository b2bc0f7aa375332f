package recovery

import (
	"maps"
	"slices"
	"strings"
)

// snapshotTag is a tag that tells nothing about the owner: a database of an earlier version of the program lacks it.
const snapshotTag = "FinalSnapshot"

// belongs tells whether a resource that AWS has is this stack's. outputs is what the provider read. recordOwned says
// that the owner record proves the AWS names to be this stack's.
//
// A resource that is created with tags must have all of them: AWS gets them in the call that creates it, so that even a
// half-made resource has them. For a resource that takes no tags, proofs says what else must hold.
func belongs(known *state, resource, outputs object, recordOwned bool) bool {
	inputs := resource.object("inputs")
	if isOwnerRecord(resource) {
		return recordOwned
	}
	if tags := maps.Clone(inputs.object("tags")); len(tags) > 0 {
		delete(tags, snapshotTag)
		return hasTags(outputs.object("tags"), tags)
	}
	proof := proofs[resource.text("type")]
	return proof != nil && proof(known, inputs, outputs)
}

// proofs has the types that take no tags. A type that takes no tags and is not listed is never imported: the next up
// creates it again, or fails with what AWS says.
var proofs = map[string]func(known *state, inputs, outputs object) bool{
	"aws:appautoscaling/policy:Policy":                    partOf("aws:appautoscaling/target:Target", "resourceId"),
	"aws:cloudwatch/eventTarget:EventTarget":              partOf("aws:cloudwatch/eventRule:EventRule", "rule"),
	"aws:ec2/route:Route":                                 partOf(routeTables.token, "routeTableId"),
	"aws:ec2/routeTableAssociation:RouteTableAssociation": partOf(routeTables.token, "routeTableId"),
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":             partOf("aws:ecr/repository:Repository", "repository"),
	"aws:iam/rolePolicy:RolePolicy":                       partOf(roles, "role"),
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":   partOf(roles, "role"),
	"aws:route53/record:Record":                           pointsToLoadBalancer,
	"aws:scheduler/schedule:Schedule":                     startsStateMachine,
}

// partOf is for resources that belong to the resource that an input names.
func partOf(parentType, key string) func(known *state, inputs, outputs object) bool {
	return func(known *state, inputs, _ object) bool {
		id := inputs.text(key)
		return known.hasTagged(parentType, func(parent object) bool {
			return parent.text("id") == id || parent.object("outputs").text(key) == id
		})
	}
}

// pointsToLoadBalancer is for a DNS record that is an alias of the stack's load balancer.
func pointsToLoadBalancer(known *state, _, outputs object) bool {
	aliases, _ := outputs["aliases"].([]any)
	if len(aliases) != 1 {
		return false
	}
	alias, _ := aliases[0].(map[string]any)
	host := strings.TrimSuffix(object(alias).text("name"), ".")
	return known.hasTagged(loadBalancers, func(balancer object) bool {
		return host != "" && strings.EqualFold(balancer.object("outputs").text("dnsName"), host)
	})
}

// startsStateMachine is for a schedule of the stack's state machine.
func startsStateMachine(known *state, _, outputs object) bool {
	arn := outputs.object("target").text("arn")
	return known.hasTagged(stateMachines, func(machine object) bool { return machine.text("id") == arn })
}

// hasTagged tells whether the state has a resource that matches and has the stack's tags.
func (s *state) hasTagged(kind string, matches func(object) bool) bool {
	return slices.ContainsFunc(s.resources(), func(one object) bool {
		return one.text("type") == kind && one["external"] != true && matches(one) &&
			hasTags(one.object("outputs").object("tags"), one.object("inputs").object("tags"))
	})
}

// tag is a tag as Elastic Load Balancing, ACM and ECS write it.
type tag struct{ Key, Value string }

// asObject is tags as a resource of the state has them.
func asObject(tags []tag) object {
	all := object{}
	for _, one := range tags {
		all[one.Key] = one.Value
	}
	return all
}

// hasTags tells whether AWS has every tag of the stack. Without any tag nothing is proven.
func hasTags(actual, wanted object) bool {
	for key := range wanted {
		if _, set := actual[key]; !set || actual.text(key) != wanted.text(key) {
			return false
		}
	}
	return len(wanted) > 0
}
