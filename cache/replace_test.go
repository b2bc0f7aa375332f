package cache

import (
	"context"
	"errors"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/elasticache"
	"threa-infra/internal/preconditions"
)

func TestReplace_OnlyWhenConfirmed(t *testing.T) {
	version, confirmable := []string{"engineVersion", "parameterGroupName"},
		[]string{"atRestEncryptionEnabled", "port", "transitEncryptionEnabled", "transitEncryptionMode"}
	for name, row := range map[string]struct {
		running, wanted string
		tls, confirmed  bool
		pinned, changes []string
	}{
		"no cache yet": {"", "valkey", true, false, confirmable, nil},
		"the running engine": {"valkey", "valkey", true, false, append(confirmable, version...),
			[]string{"nodeType", "authToken"}},
		"confirmed, same engine":   {"valkey", "valkey", true, true, version, confirmable},
		"Redis OSS to Valkey":      {"redis", "valkey", true, false, confirmable, append(version, "engine")},
		"Valkey to Redis OSS":      {"valkey", "redis", true, false, append(version, "engine"), nil},
		"the same, confirmed":      {"valkey", "redis", true, true, nil, append(version, "engine")},
		"without TLS":              {"redis", "redis", false, false, append(confirmable, "authToken"), nil},
		"without TLS, confirmed":   {"redis", "redis", false, true, version, append(confirmable, "authToken")},
		"confirmed, no cache":      {"", "redis", true, true, version, confirmable},
		"an existing engine":       {"redis", "redis", true, false, append(version, "engine"), nil},
		"Redis OSS, other version": {"redis", "redis", true, true, version, nil},
	} {
		aws := &mocks.AWS{}
		if row.running != "" {
			aws = running(row.running)
		}
		aws.Recorded = map[string]map[string]any{groupToken: {"engine": row.wanted}} // no property differs after the update
		group := mustBuild(t, aws, func(a *Args) { a.Engine, a.TLS, a.MayReplace = row.wanted, row.tls, row.confirmed }).group
		ignored := group.Request.GetIgnoreChanges()
		assert.Subset(t, ignored, row.pinned, name)
		assert.Subset(t, ignored, []string{"subnetGroupName", "kmsKeyId", "networkType", "dataTieringEnabled",
			"snapshotName"}, name)
		for _, property := range row.changes {
			assert.NotContains(t, ignored, property, name)
		}
		assert.True(t, group.Request.GetDeleteBeforeReplace(), "the ID is fixed")
		assert.Equal(t, []string{"transitEncryptionEnabled"}, group.Request.GetReplaceOnChanges(), "nodes change in place")
	}
}

func TestReplace_RefusesWithBothWaysOut(t *testing.T) {
	const confirm = "pulumi config set --path 'confirmReplacement[0]' cache"
	for name, row := range map[string]struct {
		actual map[string]any
		change func(*Args)
		want   []string // no error if empty
	}{
		"engine and TLS": {
			map[string]any{"engine": "valkey", "transitEncryptionEnabled": true}, func(a *Args) { a.TLS = false },
			[]string{
				`threa:cacheEngine is "redis", but the cache was created with "valkey", and only a new, empty cache can`,
				"pulumi config set cacheEngine valkey",
				`threa:redisTls is "false", but the cache was created with "true"`,
				"pulumi config set redisTls true", confirm,
			},
		},
		"an imported group": {
			map[string]any{"atRestEncryptionEnabled": false, "port": 6380.0}, nil,
			[]string{
				`the cache has atRestEncryptionEnabled "false", but the program requires "true"`,
				`the cache has port "6380", but the program requires "6379"`, confirm,
			},
		},
		"redis without TLS":  {map[string]any{"transitEncryptionEnabled": false}, func(a *Args) { a.TLS = false }, nil},
		"valkey with TLS":    {map[string]any{"engine": "valkey"}, func(a *Args) { a.Engine = "valkey" }, nil},
		"nothing is changed": {nil, nil, nil},
	} {
		o := mocks.Options{AWS: &mocks.AWS{Recorded: map[string]map[string]any{groupToken: row.actual}}}
		_, err := tryBuild(t, o, row.change)
		if row.want == nil {
			require.NoError(t, err, name)
		}
		for _, text := range row.want {
			require.ErrorContains(t, err, text, name)
		}
	}
}

func TestRemoval_IsRefused(t *testing.T) {
	check := func(change func(*mocks.AWS)) error {
		aws := running("redis")
		change(aws)
		_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
			found, err := LookUp(ctx, "threa")
			if err != nil {
				return err
			}
			return CheckRemoval(found)
		}, mocks.Options{AWS: aws})
		return err
	}
	err := check(func(*mocks.AWS) {})
	for _, text := range []string{
		`threa:enableRedis is "false", but the stack has a cache`, "pulumi config set enableRedis true",
		"pulumi config set --path 'confirmReplacement[0]' cache",
	} {
		require.ErrorContains(t, err, text)
	}
	require.NoError(t, check(func(aws *mocks.AWS) { aws.Existing = nil }), "the stack has no cache")
	require.NoError(t, check(func(aws *mocks.AWS) { delete(aws.Existing[nodeToken][0], "tags") }),
		"the cache is another stack's")
	require.NoError(t, check(func(aws *mocks.AWS) { aws.Existing[nodeToken][0]["deleted"] = true }),
		"the tagging API lists a deleted node")
	for _, function := range []string{
		"aws:elasticache/getCluster:getCluster", "aws:resourcegroupstaggingapi/getResources:getResources",
	} {
		require.ErrorContains(t, check(func(aws *mocks.AWS) { aws.Refused = []string{function} }), "AccessDenied")
	}
}

// failing fails for another reason than a missing permission.
type failing struct{ NodeTypes }

func (failing) DescribeReservedCacheNodesOfferings(context.Context, *sdk.DescribeReservedCacheNodesOfferingsInput,
	...func(*sdk.Options),
) (*sdk.DescribeReservedCacheNodesOfferingsOutput, error) {
	return nil, errors.New("ThrottlingException")
}

// The answer can only warn, so no error stops the deployment.
func TestNodeType_IsSkippedAfterAnyError(t *testing.T) {
	mocks.MustRun(t, func(ctx *pulumi.Context) error {
		args := arguments(nil)
		_, err := preconditions.Run(func() error { return args.CheckNodeType(ctx, failing{}) })
		return err
	}, mocks.Options{})
}

func TestNodeType_WarnsOfUnknownTypes(t *testing.T) {
	for name, row := range map[string]struct {
		aws      *mocks.AWS
		nodeType string
		want     string // no warning if empty
	}{
		"for sale":                   {&mocks.AWS{}, "cache.t4g.small", ""},
		"not for sale":               {(&mocks.AWS{}).Add(elasticache.NodeType), "cache.zz9.micro", "sells no cache.zz9"},
		"the type of the cache":      {running("redis").Add(elasticache.NodeType), "cache.t4g.micro", ""},
		"another type for the cache": {running("redis").Add(elasticache.NodeType), "cache.zz9.micro", "ElastiCache sells no"},
	} {
		recording := mocks.MustRun(t, func(ctx *pulumi.Context) error {
			args := arguments(func(a *Args) { a.NodeType = row.nodeType })
			found, err := LookUp(ctx, args.Names.Name)
			if err != nil || !args.NeedsNodeType(found) {
				return err
			}
			return args.CheckNodeType(ctx, elasticache.Client{AWS: row.aws})
		}, mocks.Options{AWS: row.aws})
		if row.want == "" {
			assert.Empty(t, recording.Warnings(), name)
		} else {
			assert.Contains(t, recording.Warnings(), row.want, name)
		}
	}
}
