package cache

import (
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	nodeToken    = "aws:elasticache/cluster:Cluster"
	groupToken   = "aws:elasticache/replicationGroup:ReplicationGroup"
	subnetsToken = "aws:elasticache/subnetGroup:SubnetGroup"
)

func arguments(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{Name: "threa"}, Engine: "redis", NodeType: "cache.t4g.micro", Nodes: 1, TLS: true,
		FormerSeed: pulumi.ToSecret(pulumi.String(mocks.Password)).(pulumi.StringOutput),
		SubnetIDs:  pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), SecurityGroupID: pulumi.String("sg-cache"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// deployment is a recorded deployment of the cache.
type deployment struct {
	stack          *mocks.Recording
	group          mocks.Resource
	address, token mocks.Awaited
}

func tryBuild(t *testing.T, o mocks.Options, change func(*Args)) (deployment, error) {
	t.Helper()
	var d deployment
	var err error
	d.stack, err = mocks.Run(t, func(ctx *pulumi.Context) error {
		c, err := New(ctx, "cache", arguments(change))
		if err != nil {
			return err
		}
		if d.address, err = mocks.Await(ctx, c.Address); err != nil {
			return err
		}
		d.token, err = mocks.Await(ctx, c.AuthToken)
		return err
	}, o)
	if err == nil {
		d.group = d.stack.Only(t, groupToken)
	}
	return d, err
}

func mustBuild(t *testing.T, aws *mocks.AWS, change func(*Args)) deployment {
	t.Helper()
	d, err := tryBuild(t, mocks.Options{AWS: aws}, change)
	require.NoError(t, err)
	return d
}

// running returns an AWS account with a replication group.
func running(engine string) *mocks.AWS {
	return (&mocks.AWS{}).Add(nodeToken, mocks.Item{
		"clusterId": "threa-001", "replicationGroupId": "threa", "engine": engine, "engineVersion": "9.9.9",
		"tags": map[string]string{"Stack": "threa"},
	})
}

func TestCache_IsOneEncryptedNode(t *testing.T) {
	d := mustBuild(t, nil, nil)
	for property, want := range map[string]string{
		"replicationGroupId":       "threa",
		"nodeType":                 "cache.t4g.micro",
		"port":                     "6379",
		"subnetGroupName":          "threa",
		"securityGroupIds[0]":      "sg-cache",
		"securityGroupIds[1]":      "",
		"atRestEncryptionEnabled":  "true",
		"transitEncryptionEnabled": "true",
		"transitEncryptionMode":    "required",
		"applyImmediately":         "true",
		"snapshotRetentionLimit":   "",
		"tags.Project":             "threa",
		"autoMinorVersionUpgrade":  "false", // a version below the running one would replace the cache
	} {
		assert.Equal(t, want, d.group.Text(property), property)
	}
	assert.Equal(t, "master.threa.abc123.euc1.cache.amazonaws.com", d.address.Value)
	subnets := d.stack.Only(t, subnetsToken)
	assert.Equal(t, []string{"threa", "subnet-a", "subnet-b"},
		[]string{subnets.Text("name"), subnets.Text("subnetIds[0]"), subnets.Text("subnetIds[1]")})
}

func TestCache_FailsOverFromTwoNodes(t *testing.T) {
	for nodes, failover := range map[int]string{1: "false", 2: "true", 6: "true"} {
		d := mustBuild(t, nil, func(a *Args) { a.Nodes = nodes })
		assert.Equal(t, strconv.Itoa(nodes), d.group.Text("numCacheClusters"))
		assert.Equal(t, failover, d.group.Text("automaticFailoverEnabled"), "%d nodes", nodes)
		assert.Equal(t, failover, d.group.Text("multiAzEnabled"), "%d nodes", nodes)
		assert.Equal(t, "master.threa.abc123.euc1.cache.amazonaws.com", d.address.Value, "the primary endpoint")
	}
}

func TestCache_EngineVersions(t *testing.T) {
	for engine, want := range map[string]string{"redis": "7.1 default.redis7", "valkey": "8.1 default.valkey8"} {
		group := mustBuild(t, nil, func(a *Args) { a.Engine = engine }).group
		assert.Equal(t, engine, group.Text("engine"))
		assert.Equal(t, want, group.Text("engineVersion")+" "+group.Text("parameterGroupName"))
	}
}

func TestCache_WithoutTLSHasNoToken(t *testing.T) {
	d := mustBuild(t, nil, func(a *Args) { a.TLS = false })
	assert.Equal(t, "false", d.group.Text("transitEncryptionEnabled"), "the default differs between engines")
	assert.True(t, d.group.Value("authToken").IsNull())
	assert.True(t, d.group.Value("transitEncryptionMode").IsNull())
	assert.Empty(t, d.token.Value)
	assert.Empty(t, d.stack.OfType(mocks.Stash))
}
