package translate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"threa-infra/local/offline/translate"
)

func TestProperties_HaveCounterparts(t *testing.T) {
	schema := bridgeSchema(t)
	var tokens []string
	for key, structs := range sdkTypes {
		token := tokenOf(key)
		tokens = append(tokens, token)
		translated, err := translate.ResourceToken(token)
		if strings.Contains(token, "/get") {
			translated, err = translate.FunctionToken(token)
		}
		require.NoError(t, err)
		properties, ok := schema[translated]
		require.True(t, ok, "the bridge has no %s", translated)
		for _, value := range structs {
			compare(t, token, "", sdkTree(sdkType(value)), properties)
		}
	}
	assert.ElementsMatch(t, translate.Tokens(), tokens)
}

// unsupported are properties that the program does not use and that have another name or form for the bridge, or that
// the provider no longer has.
var unsupported = map[string]bool{
	"aws:ecs/service:Service serviceConnectConfiguration":         true,
	"aws:route53/record:Record failoverRoutingPolicies":           true,
	"aws:route53/record:Record geolocationRoutingPolicies":        true,
	"aws:route53/record:Record latencyRoutingPolicies":            true,
	"aws:route53/record:Record weightedRoutingPolicies":           true,
	"aws:rds/instance:Instance name":                              true,
	"aws:s3/bucketV2:BucketV2 lifecycleRules":                     true,
	"aws:s3/bucketV2:BucketV2 loggings":                           true,
	"aws:s3/bucketV2:BucketV2 objectLockConfiguration":            true,
	"aws:s3/bucketV2:BucketV2 replicationConfigurations":          true,
	"aws:s3/bucketV2:BucketV2 serverSideEncryptionConfigurations": true,
	"aws:s3/bucketV2:BucketV2 versionings":                        true,
	"aws:s3/bucketV2:BucketV2 websites":                           true,
}

// compare reports the properties that the program can use and the bridge does not know.
func compare(t *testing.T, token, path string, ours, theirs any) {
	t.Helper()
	switch o := ours.(type) {
	case map[string]any:
		if translate.Reformed(token, path) {
			return
		}
		fields, ok := theirs.(map[string]any)
		if !assert.True(t, ok, "%s is an object for the SDK and %v for the bridge", path, theirs) {
			return
		}
		for name, value := range o {
			if unsupported[token+" "+name] {
				continue
			}
			at := strings.TrimPrefix(path+"."+name, ".")
			mapped := name
			if path == "" {
				mapped = translate.PathToBridge(token, name)
				assert.Equal(t, name, translate.PathFromBridge(token, mapped))
			}
			if assert.Contains(t, fields, mapped, "%s is unknown to the bridge", at) {
				compare(t, token, at, value, fields[mapped])
			}
		}
	case []any:
		if translate.Reformed(token, path) {
			return
		}
		list, ok := theirs.([]any)
		if assert.True(t, ok, "%s is a list for the SDK and not for the bridge", path) {
			compare(t, token, path+"[]", o[0], list[0])
		}
	default:
		if o == "any" || translate.Reformed(token, path) {
			return
		}
		if theirs == "integer" {
			theirs = "number"
		}
		assert.Equal(t, o, theirs, path)
	}
}

func TestTokens_RefuseUnknownTypes(t *testing.T) {
	_, err := translate.ResourceToken("aws:s3/bucket:Bucket")
	require.EqualError(t, err,
		"the local AWS does not know the resource type aws:s3/bucket:Bucket yet: add it to internal/resources")
	_, err = translate.FunctionToken("aws:s3/getBucket:getBucket")
	require.ErrorContains(t, err, "the function aws:s3/getBucket:getBucket")
	_, _, err = translate.URN("urn:pulumi:prod::threa::aws:s3/bucket:Bucket::b")
	require.ErrorContains(t, err, "aws:s3/bucket:Bucket")
}

func TestText_NamesPulumiTypes(t *testing.T) {
	urns := []string{
		"urn:pulumi:prod::threa::aws:ecs/service:Service::api",
		"urn:pulumi:prod::threa::threa:compute:Compute$aws:ecs/service:Service::compute-service",
	}
	for _, urn := range urns {
		mapped, token, err := translate.URN(urn)
		require.NoError(t, err)
		assert.Equal(t, "aws:ecs/service:Service", token)
		assert.Contains(t, mapped, "aws:index/ecsService:EcsService::")
		assert.Equal(t, "creating "+urn+": broken", translate.Text("creating "+mapped+": broken"))
	}
}

func TestProperties_TranslateBothWays(t *testing.T) {
	secret := func(v any) map[string]any {
		return map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": v}
	}
	const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	alias := map[string]any{"port": 3000.0}
	for _, c := range []struct {
		name, token  string
		ours, bridge map[string]any
	}{
		{"a renamed property", "aws:cloudwatch/metricAlarm:MetricAlarm",
			map[string]any{"name": "cpu", "threshold": 80.0}, map[string]any{"alarmName": "cpu", "threshold": 80.0}},
		{"an unknown stays one", "aws:sns/topicSubscription:TopicSubscription",
			map[string]any{"topic": unknown}, map[string]any{"topicArn": unknown}},
		{"a boolean as text", "aws:elasticache/replicationGroup:ReplicationGroup",
			map[string]any{"atRestEncryptionEnabled": true, "autoMinorVersionUpgrade": unknown},
			map[string]any{"atRestEncryptionEnabled": "true", "autoMinorVersionUpgrade": unknown}},
		{"a secret stays one", "aws:elasticache/replicationGroup:ReplicationGroup",
			map[string]any{"atRestEncryptionEnabled": secret(false)},
			map[string]any{"atRestEncryptionEnabled": secret("false")}},
		{"a renamed list of one", "aws:route53/record:Record",
			map[string]any{"aliases": []any{alias}, "ttl": 60.0}, map[string]any{"alias": alias, "ttl": 60.0}},
		{"a number as text", "aws:lb/targetGroup:TargetGroup",
			map[string]any{"deregistrationDelay": 40.0, "port": 3000.0}, map[string]any{"deregistrationDelay": "40",
				"port": 3000.0}},
		{"an object that is a list", "aws:lb/getLoadBalancer:getLoadBalancer",
			map[string]any{"accessLogs": alias}, map[string]any{"accessLogs": []any{alias}}},
		{"nothing to do", "aws:ec2/vpc:Vpc", map[string]any{"cidrBlock": "10.0.0.0/16"},
			map[string]any{"cidrBlock": "10.0.0.0/16"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, err := structpb.NewStruct(c.ours)
			require.NoError(t, err)
			there := translate.ToBridge(c.token, ours)
			assert.Equal(t, c.bridge, there.AsMap())
			assert.Equal(t, c.ours, translate.FromBridge(c.token, there).AsMap())
			assert.Equal(t, c.ours, ours.AsMap(), "the argument stays as it was")
		})
	}
}

func TestPaths_TranslateBothWays(t *testing.T) {
	const token = "aws:ec2/securityGroup:SecurityGroup"
	for ours, bridge := range map[string]string{
		"ingress": "ingresses", "ingress[0].cidrBlocks": "ingresses[0].cidrBlocks", "tags.ingress": "tags.ingress",
	} {
		assert.Equal(t, bridge, translate.PathToBridge(token, ours))
		assert.Equal(t, ours, translate.PathFromBridge(token, bridge))
	}
}

// TestToBridge_ProviderConfiguration has Pulumi's documented form of the default tags, and the array that the bridge
// takes.
func TestToBridge_ProviderConfiguration(t *testing.T) {
	const object = `{"tags":{"Team":"x"}}`
	given := func(text string) *structpb.Struct {
		return &structpb.Struct{Fields: map[string]*structpb.Value{"defaultTags": structpb.NewStringValue(text)}}
	}
	for _, text := range []string{object, "[" + object + "]"} {
		bridged := translate.ToBridge(translate.Provider, given(text))
		assert.Equal(t, "["+object+"]", bridged.GetFields()["defaultTags"].GetStringValue())
	}
	back := translate.FromBridge(translate.Provider, given("["+object+"]"))
	assert.Equal(t, object, back.GetFields()["defaultTags"].GetStringValue())
	assert.Equal(t, "x", translate.ToBridge(translate.Provider, given("x")).GetFields()["defaultTags"].GetStringValue(),
		"the provider refuses it")
}
