package bridge

import (
	"context"
	"fmt"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	alarmURN    = "urn:pulumi:prod::threa::threa:monitoring:Monitoring$aws:cloudwatch/metricAlarm:MetricAlarm::cpu"
	bridgeAlarm = "aws:index/cloudwatchMetricAlarm:CloudwatchMetricAlarm"
	bridgeURN   = "urn:pulumi:prod::threa::threa:monitoring:Monitoring$" + bridgeAlarm + "::cpu"
	groupURN    = "urn:pulumi:prod::threa::aws:ec2/securityGroup:SecurityGroup::sg"
)

// fakeBridge answers the calls of a provider.
type fakeBridge func(in, out proto.Message) error

func (f fakeBridge) Invoke(_ context.Context, _ string, in, out any, _ ...grpc.CallOption) error {
	return f(in.(proto.Message), out.(proto.Message))
}

func (f fakeBridge) NewStream(
	context.Context, *grpc.StreamDesc, string, ...grpc.CallOption,
) (grpc.ClientStream, error) {
	panic("the provider has no streams")
}

// newClient returns a client of a provider that is served to it.
func newClient(t *testing.T, bridge fakeBridge) pulumirpc.ResourceProviderClient {
	t.Helper()
	stop := make(chan bool)
	served, err := serve(stop, (&provider{version: "6.83.2", bridge: bridge, lease: &Lease{}}).call)
	require.NoError(t, err)
	conn, err := connect(fmt.Sprintf("127.0.0.1:%d", served.Port))
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, conn.Close())
		close(stop)
	})
	return pulumirpc.NewResourceProviderClient(conn)
}

func object(t *testing.T, fields map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(fields)
	require.NoError(t, err)
	return s
}

func TestProvider_TranslatesNames(t *testing.T) {
	alarm := map[string]any{"alarmName": "cpu"}
	c := newClient(t, func(in, out proto.Message) error {
		r := in.(*pulumirpc.CreateRequest)
		assert.Equal(t, []any{bridgeURN, bridgeAlarm, alarm}, []any{r.GetUrn(), r.GetType(), r.GetProperties().AsMap()})
		proto.Merge(out, &pulumirpc.CreateResponse{Id: "cpu", Properties: object(t, alarm)})
		return nil
	})
	name := map[string]any{"name": "cpu"}
	got, err := c.Create(t.Context(), &pulumirpc.CreateRequest{Urn: alarmURN, Properties: object(t, name)})
	require.NoError(t, err)
	assert.Equal(t, "cpu", got.GetId())
	assert.Equal(t, name, got.GetProperties().AsMap())
}

func TestProvider_RefusesUnknownTypesAndMethods(t *testing.T) {
	c := newClient(t, func(proto.Message, proto.Message) error { panic("must not reach the bridge") })
	_, err := c.Check(t.Context(), &pulumirpc.CheckRequest{Urn: "urn:pulumi:prod::threa::aws:s3/bucket:Bucket::b"})
	require.ErrorContains(t, err, "aws:s3/bucket:Bucket yet: add it to")
	_, err = c.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "aws:s3/getBucket:getBucket"})
	require.ErrorContains(t, err, "aws:s3/getBucket:getBucket yet: add it to")
	_, err = c.Handshake(t.Context(), &pulumirpc.ProviderHandshakeRequest{})
	assert.Equal(t, codes.Unimplemented, status.Code(err), "the engine goes on with Configure")
	info, err := c.GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "6.83.2", info.GetVersion())
}

func TestDiff_TranslatesPaths(t *testing.T) {
	c := newClient(t, func(in, out proto.Message) error {
		assert.Equal(t, []string{"ingresses[0].description", "tags"}, in.(*pulumirpc.DiffRequest).GetIgnoreChanges())
		proto.Merge(out, &pulumirpc.DiffResponse{
			Replaces: []string{"egresses"}, Diffs: []string{"egresses", "tags"}, Stables: []string{"ingresses"},
			DetailedDiff: map[string]*pulumirpc.PropertyDiff{"egresses[0].cidrBlocks": {}, "tags.a": {}},
		})
		return nil
	})
	got, err := c.Diff(t.Context(), &pulumirpc.DiffRequest{
		Urn: groupURN, IgnoreChanges: []string{"ingress[0].description", "tags"},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"egress"}, got.GetReplaces())
	assert.Equal(t, []string{"egress", "tags"}, got.GetDiffs())
	assert.Equal(t, []string{"ingress"}, got.GetStables())
	assert.Contains(t, got.GetDetailedDiff(), "egress[0].cidrBlocks")
	assert.Contains(t, got.GetDetailedDiff(), "tags.a")
}

func TestErrors_TranslateNamesAndState(t *testing.T) {
	alarm := map[string]any{"alarmName": "cpu"}
	c := newClient(t, func(in, out proto.Message) error {
		if _, ok := in.(*pulumirpc.CheckRequest); ok {
			proto.Merge(out, &pulumirpc.CheckResponse{
				Failures: []*pulumirpc.CheckFailure{{Property: "alarmName", Reason: bridgeAlarm + " is wrong"}},
			})
			return nil
		}
		s, err := status.New(codes.Unknown, "creating "+bridgeURN+": refused").WithDetails(
			&pulumirpc.ErrorResourceInitFailed{Id: "cpu", Properties: object(t, alarm), Reasons: []string{bridgeURN}})
		require.NoError(t, err)
		return s.Err()
	})
	checked, err := c.Check(t.Context(), &pulumirpc.CheckRequest{Urn: alarmURN})
	require.NoError(t, err)
	assert.Equal(t, "name", checked.GetFailures()[0].GetProperty())
	assert.Equal(t, "aws:cloudwatch/metricAlarm:MetricAlarm is wrong", checked.GetFailures()[0].GetReason())

	_, err = c.Create(t.Context(), &pulumirpc.CreateRequest{Urn: alarmURN})
	got := status.Convert(err)
	assert.Equal(t, codes.Unknown, got.Code())
	assert.Equal(t, "creating "+alarmURN+": refused", got.Message())
	require.Len(t, got.Details(), 1)
	failed := got.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
	assert.Equal(t, map[string]any{"name": "cpu"}, failed.GetProperties().AsMap())
	assert.Equal(t, []string{alarmURN}, failed.GetReasons())
}

func TestCheck_PrefersThePrefixToAGeneratedName(t *testing.T) {
	c := newClient(t, func(in, out proto.Message) error {
		assert.NotContains(t, in.(*pulumirpc.CheckRequest).GetNews().AsMap(), "namePrefix")
		proto.Merge(out, &pulumirpc.CheckResponse{
			Inputs: object(t, map[string]any{"name": "tasks-1234567", "__defaults": []any{"name"}}),
		})
		return nil
	})
	prefix := map[string]any{"namePrefix": "threa-"}
	got, err := c.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn: "urn:pulumi:prod::threa::aws:lb/targetGroup:TargetGroup::tasks", News: object(t, prefix),
	})
	require.NoError(t, err)
	assert.Equal(t, prefix, got.GetInputs().AsMap())
}

func TestDiff_DeletesBeforeReplace(t *testing.T) {
	type fields = map[string]any
	for _, test := range []struct {
		token, replaces string
		inputs          fields
		want            bool
	}{
		{"aws:rds/parameterGroup:ParameterGroup", "family", fields{"name": "threa"}, true},
		{"aws:rds/parameterGroup:ParameterGroup", "", fields{"name": "threa"}, false},
		{"aws:rds/parameterGroup:ParameterGroup", "family", fields{"name": "p-1", "__defaults": []any{"name"}}, false},
		{"aws:rds/subnetGroup:SubnetGroup", "tags", fields{"name": "threa", "__defaults": []any{"tags"}}, true},
		{"aws:lb/targetGroup:TargetGroup", "port", fields{"namePrefix": "threa-"}, false},
		{"aws:elasticache/replicationGroup:ReplicationGroup", "engine", fields{"replicationGroupId": "threa"}, true},
		{"aws:ecr/lifecyclePolicy:LifecyclePolicy", "policy", fields{"repository": "threa"}, false},
		{"aws:route53/record:Record", "type", fields{"name": "app.example.com"}, false},
		{"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId", fields{"name": "any"}, false},
	} {
		c := newClient(t, func(_, out proto.Message) error {
			if test.replaces != "" {
				out.(*pulumirpc.DiffResponse).Replaces = []string{test.replaces}
			}
			return nil
		})
		got, err := c.Diff(t.Context(), &pulumirpc.DiffRequest{
			Urn: "urn:pulumi:prod::threa::" + test.token + "::r", News: object(t, test.inputs),
		})
		require.NoError(t, err)
		assert.Equal(t, test.want, got.GetDeleteBeforeReplace(), "%v", test)
	}
}

func TestRead_ReturnsValidInputs(t *testing.T) {
	c := newClient(t, func(_, out proto.Message) error {
		proto.Merge(out, &pulumirpc.ReadResponse{Id: "sg-1", Inputs: object(t, map[string]any{
			"name": "threa-rds", "securityGroupId": "sg-1", "egresses": []any{map[string]any{}}, "tags": map[string]any{},
			"ingresses": []any{map[string]any{"fromPort": 5432}},
		})})
		return nil
	})
	read, err := c.Read(t.Context(), &pulumirpc.ReadRequest{Id: "sg-1", Urn: groupURN})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"name": "threa-rds", "ingress": []any{map[string]any{"fromPort": 5432.0}},
		"tags": map[string]any{}}, read.GetInputs().AsMap())
}
