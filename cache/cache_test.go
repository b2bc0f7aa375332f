package cache

import (
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const (
	groupToken   = "aws:elasticache/replicationGroup:ReplicationGroup"
	subnetsToken = "aws:elasticache/subnetGroup:SubnetGroup"
)

// arguments ask for a cache, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Engine: "redis", NodeType: "cache.t4g.micro", Nodes: 1, TLS: true, Seed: seed(mocks.Password),
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
func build(t *testing.T, args *Args) (group mocks.Resource, address, token mocks.Awaited) {
	t.Helper()
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		c, err := New(ctx, "cache", args)
		if err != nil {
			return err
		}
		if address, err = mocks.Await(ctx, c.Address); err != nil {
			return err
		}
		token, err = mocks.Await(ctx, c.AuthToken)
		return err
	}, mocks.Options{})
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
	_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		c, err := New(ctx, "cache", arguments(change))
		if err != nil {
			return err
		}
		_, err = mocks.Await(ctx, c.Address)
		return err
	}, mocks.Options{AWS: &mocks.AWS{Recorded: map[string]map[string]any{groupToken: was}}})
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

// withCache is an AWS with a replication group that runs an engine.
func withCache(engine, version string) *mocks.AWS {
	return &mocks.AWS{Caches: []mocks.Cache{{
		Name: "threa", Engine: engine, Version: version, Tags: map[string]string{"Stack": "threa"},
	}}}
}

func TestCache_IsReplacedOnlyWhenConfirmed(t *testing.T) {
	version, confirmable := []string{"engineVersion", "parameterGroupName"},
		[]string{"atRestEncryptionEnabled", "port", "transitEncryptionEnabled", "transitEncryptionMode"}
	for name, row := range map[string]struct {
		running, wanted string
		tls, confirmed  bool
		pinned, changes []string
	}{
		"no cache yet":             {"", "valkey", true, false, confirmable, nil},
		"the engine that runs":     {"valkey", "valkey", true, false, append(confirmable, version...), []string{"nodeType", "authToken"}},
		"confirmed, same engine":   {"valkey", "valkey", true, true, version, confirmable},
		"Redis OSS to Valkey":      {"redis", "valkey", true, false, confirmable, append(version, "engine")},
		"Valkey to Redis OSS":      {"valkey", "redis", true, false, append(version, "engine"), nil},
		"the same, confirmed":      {"valkey", "redis", true, true, nil, append(version, "engine")},
		"without TLS":              {"redis", "redis", false, false, append(confirmable, "authToken"), nil},
		"without TLS, confirmed":   {"redis", "redis", false, true, version, append(confirmable, "authToken")},
		"confirmed, no cache":      {"", "redis", true, true, version, confirmable},
		"an engine that AWS has":   {"redis", "redis", true, false, append(version, "engine"), nil},
		"Redis OSS, other version": {"redis", "redis", true, true, version, nil},
	} {
		aws := &mocks.AWS{}
		if row.running != "" {
			aws = withCache(row.running, "9.9.9")
		}
		group := register(t, aws, func(a *Args) { a.Engine, a.TLS, a.MayReplace = row.wanted, row.tls, row.confirmed })
		ignored := group.Request.GetIgnoreChanges()
		assert.Subset(t, ignored, row.pinned, name)
		assert.Subset(t, ignored, []string{"subnetGroupName", "kmsKeyId", "networkType", "dataTieringEnabled", "snapshotName"}, name)
		for _, property := range row.changes {
			assert.NotContains(t, ignored, property, name)
		}
		assert.True(t, group.Request.GetDeleteBeforeReplace(), "the id is fixed")
	}
}

// register makes a cache in an AWS that has what an earlier up has made.
func register(t *testing.T, aws *mocks.AWS, change func(*Args)) mocks.Resource {
	t.Helper()
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "cache", arguments(change))
		return err
	}, mocks.Options{AWS: aws})
	return stack.One(t, groupToken)
}

func TestCache_MadeDifferentlyIsRefused(t *testing.T) {
	err := running(t, map[string]any{"atRestEncryptionEnabled": false, "port": 6380.0}, nil)
	require.ErrorContains(t, err, `the cache has atRestEncryptionEnabled "false", and the program makes it with "true"`)
	require.ErrorContains(t, err, `the cache has port "6380", and the program makes it with "6379"`)
	require.ErrorContains(t, err, "pulumi config set --path 'confirmReplacement[0]' cache")
}

func TestCache_RemovalIsRefused(t *testing.T) {
	check := func(aws *mocks.AWS) error {
		_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
			return CheckRemoval(ctx, "threa")
		}, mocks.Options{AWS: aws})
		return err
	}
	err := check(withCache("redis", "7.1.0"))
	require.ErrorContains(t, err, `threa:enableRedis is "false", but the stack has a cache`)
	require.ErrorContains(t, err, "pulumi config set enableRedis true")
	require.ErrorContains(t, err, "pulumi config set --path 'confirmReplacement[0]' cache")

	require.NoError(t, check(&mocks.AWS{}), "there is no cache")
	foreign := withCache("redis", "7.1.0")
	foreign.Caches[0].Tags = nil
	require.NoError(t, check(foreign), "the cache is another stack's")
	deleted := withCache("redis", "7.1.0")
	deleted.Caches[0].Deleted = true
	require.NoError(t, check(deleted), "the tagging API lists a node that is gone")
	for _, function := range []string{"aws:elasticache/getCluster:getCluster", "aws:resourcegroupstaggingapi/getResources:getResources"} {
		denied := withCache("redis", "7.1.0")
		denied.Refused = []string{function}
		require.ErrorContains(t, check(denied), "AccessDenied", "an error that is not about a missing cache")
	}
}
