// Package cache creates the ElastiCache replication group and its subnet group.
//
// The app stores nothing in the cache that it cannot compute again, so the group has one node by default and no
// snapshots. Still, nothing replaces or deletes the group unless the user confirms it.
package cache

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Port is the TCP port of the cache.
const Port = 6379

// Args configures the cache.
type Args struct {
	// Names gives the ID of the replication group, which no other stack in the account has. Required.
	Names naming.Stack
	// Engine is "redis" or "valkey". Required.
	Engine string
	// NodeType is the instance type of a node, such as "cache.t4g.micro". Required.
	NodeType string
	// Nodes is the number of nodes. With two or more, another node takes over when the primary fails. Required.
	Nodes int
	// TLS encrypts connections and requires an AUTH token.
	TLS bool
	// FormerSeed is the secret that the AUTH token was derived from by earlier versions. Required with TLS.
	FormerSeed pulumi.StringInput
	// MayReplace allows a changed Engine or TLS to replace the cache and lose its data.
	MayReplace bool
	// Found is what Discover has found. Required for New.
	Found *Found
	// SubnetIDs are subnets in two or more availability zones. Required for New.
	SubnetIDs pulumi.StringArrayInput
	// SecurityGroupID is the cache's security group. Required for New.
	SecurityGroupID pulumi.StringInput
	// Tags are the tags of all resources. One has the key naming.TagStack and the value Names.Name.
	Tags pulumi.StringMap
}

// Cache is the replication group.
type Cache struct {
	pulumi.ResourceState

	// Address is the host name of the primary endpoint.
	Address pulumi.StringOutput
	// AuthToken is a secret. It is empty without TLS: ElastiCache has tokens on encrypted connections only.
	AuthToken pulumi.StringOutput
}
