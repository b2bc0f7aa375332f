package cache

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
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
		FormerSeed: pulumi.ToSecret(pulumi.String(fixtures.Password)).(pulumi.StringOutput),
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
		args := arguments(change)
		var err error
		if args.Found, err = LookUp(ctx, args.Names.Name); err != nil {
			return err
		}
		c, err := New(ctx, "cache", args)
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
		"nodeType": "cache.t4g.micro",
		"tags":     map[string]string{"Stack": "threa"},
	})
}

func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"redis":       nil,
		"valkey":      func(a *Args) { a.Engine, a.Nodes = "valkey", 2 },
		"without-tls": func(a *Args) { a.TLS = false },
	} {
		d := mustBuild(t, nil, change)
		fixtures.Golden(t, name+".txt", d.stack.Describe())
		assert.Equal(t, "master.threa.abc123.euc1.cache.amazonaws.com", d.address.Value, "the primary endpoint")
		assert.Equal(t, name == "without-tls", d.token.Value == "")
	}
}
