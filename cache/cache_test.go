package cache

import (
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const (
	groupToken   = "aws:elasticache/replicationGroup:ReplicationGroup"
	subnetsToken = "aws:elasticache/subnetGroup:SubnetGroup"
)

// arguments ask for a cache, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Engine: "redis", NodeType: "cache.t4g.micro", Nodes: 1, TLS: true, Seed: seed(pulumitest.Password),
		SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), SecurityGroupID: pulumi.String("sg-cache"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func seed(text string) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
}

// build makes a cache and waits for what it tells.
func build(t *testing.T, args *Args) (group pulumitest.Resource, address, token pulumitest.Awaited) {
	t.Helper()
	stack := pulumitest.MustRun(t, func(ctx *pulumi.Context) error {
		c, err := New(ctx, "cache", args)
		if err != nil {
			return err
		}
		if address, err = pulumitest.Await(ctx, c.Address); err != nil {
			return err
		}
		token, err = pulumitest.Await(ctx, c.AuthToken)
		return err
	}, pulumitest.Options{})
	subnets := stack.One(t, subnetsToken)
	require.Equal(t, args.Name+" subnet-a subnet-b", subnets.Text("name")+" "+subnets.Text("subnetIds[0]")+" "+subnets.Text("subnetIds[1]"))
	return stack.One(t, groupToken), address, token
}

func TestTheCacheIsOneEncryptedNodeBehindItsGroup(t *testing.T) {
	group, address, _ := build(t, arguments(nil))
	for property, want := range map[string]string{
		"replicationGroupId":       "threa",
		"nodeType":                 "cache.t4g.micro",
		"numCacheClusters":         "1",
		"automaticFailoverEnabled": "false", // needs a second node
		"multiAzEnabled":           "false",
		"port":                     "6379",
		"subnetGroupName":          "threa",
		"securityGroupIds[0]":      "sg-cache",
		"securityGroupIds[1]":      "",
		"atRestEncryptionEnabled":  "true",
		"applyImmediately":         "true",
		"snapshotRetentionLimit":   "",
		"tags.Project":             "threa",
	} {
		assert.Equal(t, want, group.Text(property), property)
	}
	assert.Equal(t, "master.threa.abc123.euc1.cache.amazonaws.com", address.Value)
	assert.Equal(t, []string{"threa-001"}, NodeNames("threa", 1), "the name under which CloudWatch knows the node")
}

func TestFromTwoNodesOnAnotherZoneTakesOver(t *testing.T) {
	for nodes, failover := range map[int]string{1: "false", 2: "true", 6: "true"} {
		group, address, _ := build(t, arguments(func(a *Args) { a.Nodes = nodes }))
		assert.Equal(t, strconv.Itoa(nodes), group.Text("numCacheClusters"))
		assert.Equal(t, failover, group.Text("automaticFailoverEnabled"), "%d nodes", nodes)
		assert.Equal(t, failover, group.Text("multiAzEnabled"), "%d nodes", nodes)
		assert.Equal(t, "master.threa.abc123.euc1.cache.amazonaws.com", address.Value, "the primary, whichever node that is")
		assert.NotContains(t, group.Request.GetReplaceOnChanges(), "numCacheClusters", "nodes come and go in place")
	}
	assert.Equal(t, []string{"threa-001", "threa-002", "threa-003"}, NodeNames("threa", 3))
}

func TestEachEngineHasAVersionWithItsParameters(t *testing.T) {
	for engine, want := range map[string]string{"redis": "7.1 default.redis7", "valkey": "8.1 default.valkey8"} {
		group, _, _ := build(t, arguments(func(a *Args) { a.Engine = engine }))
		assert.Equal(t, engine, group.Text("engine"))
		assert.Equal(t, want, group.Text("engineVersion")+" "+group.Text("parameterGroupName"))
		assert.Equal(t, "false", group.Text("autoMinorVersionUpgrade"), "a version below the running one would replace the cache")
	}
}

func TestWithTLSTheCacheAsksForTheTokenThatIsTold(t *testing.T) {
	group, _, token := build(t, arguments(nil))
	assert.Equal(t, "true", group.Text("transitEncryptionEnabled"))
	assert.Equal(t, "required", group.Text("transitEncryptionMode"), "nobody may connect without TLS")
	assert.Regexp(t, "^[0-9a-f]{64}$", token.Value, "no character that a URL would have to escape")
	assert.Equal(t, token.Value, group.Text("authToken"))
	assert.True(t, token.Secret)
	assert.True(t, group.IsSecret("authToken"))
}

func TestWithoutTLSThereIsNoToken(t *testing.T) {
	group, _, token := build(t, arguments(func(a *Args) { a.TLS = false }))
	assert.Equal(t, "false", group.Text("transitEncryptionEnabled"), "said explicitly: the default differs between engines")
	assert.True(t, group.Value("authToken").IsNull())
	assert.True(t, group.Value("transitEncryptionMode").IsNull())
	assert.Empty(t, token.Value)
}

func TestTheTokenDependsOnSeedAndNameAndNothingElse(t *testing.T) {
	token := func(change func(*Args)) any {
		_, _, token := build(t, arguments(change))
		return token.Value
	}
	// A token that an update of the program changed would lock out the tasks that run.
	const known = "cd16030c13127272a22ce74cc98aa4bdaa64ad63489c18fd8fa1c093ca2e36af"
	assert.Equal(t, known, token(nil))
	assert.Equal(t, known, token(func(a *Args) { a.Engine, a.NodeType = "valkey", "cache.t4g.small" }))
	assert.NotEqual(t, known, token(func(a *Args) { a.Seed = seed("another password") }))
	assert.NotEqual(t, known, token(func(a *Args) { a.Name = "threa-staging" }), "two stacks with one password have two tokens")
}

func TestTheTokenIsSecretEvenWhenTheSeedIsNot(t *testing.T) {
	_, _, token := build(t, arguments(func(a *Args) { a.Seed = pulumi.String("in the clear") }))
	assert.True(t, token.Secret)
}

func TestTLSIsChangedByANewCacheInPlaceOfTheOldOne(t *testing.T) {
	group, _, _ := build(t, arguments(nil))
	assert.Equal(t, []string{"transitEncryptionEnabled"}, group.Request.GetReplaceOnChanges())
	assert.True(t, group.Request.GetDeleteBeforeReplace(), "the id is fixed")
}

// running makes a cache where one is from an earlier up, and waits for its address.
func running(t *testing.T, was map[string]any, change func(*Args)) error {
	t.Helper()
	_, err := pulumitest.Run(t, func(ctx *pulumi.Context) error {
		c, err := New(ctx, "cache", arguments(change))
		if err != nil {
			return err
		}
		_, err = pulumitest.Await(ctx, c.Address)
		return err
	}, pulumitest.Options{AWS: &pulumitest.AWS{Recorded: map[string]map[string]any{groupToken: was}}})
	return err
}

func TestWhatWouldReplaceTheCacheIsRefusedWithBothWaysOut(t *testing.T) {
	err := running(t, map[string]any{"engine": "valkey", "transitEncryptionEnabled": true}, func(a *Args) { a.TLS = false })
	require.ErrorContains(t, err, `threa:cacheEngine is "redis", but the cache was made with "valkey", and only a new, empty one can have the other`)
	require.ErrorContains(t, err, "pulumi config set cacheEngine valkey")
	require.ErrorContains(t, err, `threa:redisTls is "false", but the cache was made with "true"`)
	require.ErrorContains(t, err, "pulumi config set redisTls true")
	require.ErrorContains(t, err, "pulumi config set --path 'confirmReplacement[0]' cache")
}

func TestACacheThatIsAsAskedForIsLeftInPeace(t *testing.T) {
	for _, tls := range []bool{true, false} {
		for _, engine := range []string{"redis", "valkey"} {
			change := func(a *Args) { a.Engine, a.TLS = engine, tls }
			require.NoError(t, running(t, map[string]any{"engine": engine, "transitEncryptionEnabled": tls}, change))
		}
	}
}

func TestNothingReplacesTheCacheUnlessTheUserHasSaidSo(t *testing.T) {
	for name, one := range map[string]struct {
		change func(*Args)
		pinned []string
	}{
		"redis":           {nil, []string{"transitEncryptionEnabled", "transitEncryptionMode", "engine", "engineVersion", "parameterGroupName"}},
		"valkey":          {func(a *Args) { a.Engine = "valkey" }, []string{"transitEncryptionEnabled", "transitEncryptionMode"}},
		"without TLS":     {func(a *Args) { a.Engine, a.TLS = "valkey", false }, []string{"transitEncryptionEnabled", "transitEncryptionMode", "authToken"}},
		"may be replaced": {func(a *Args) { a.MayReplace = true }, nil},
	} {
		group, _, _ := build(t, arguments(one.change))
		assert.ElementsMatch(t, one.pinned, group.Request.GetIgnoreChanges(), name)
		assert.True(t, group.Request.GetDeleteBeforeReplace(), "the id is fixed")
	}
}
