package bridge

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	alarmURN    = "urn:pulumi:prod::threa::threa:monitoring:Monitoring$aws:cloudwatch/metricAlarm:MetricAlarm::cpu"
	bridgeURN   = "urn:pulumi:prod::threa::threa:monitoring:Monitoring$aws:index/cloudwatchMetricAlarm:CloudwatchMetricAlarm::cpu"
	bridgeAlarm = "aws:index/cloudwatchMetricAlarm:CloudwatchMetricAlarm"
	groupURN    = "urn:pulumi:prod::threa::aws:ec2/securityGroup:SecurityGroup::sg"
)

// fakeBridge answers what a test tells it to; anything else panics.
type fakeBridge struct {
	pulumirpc.ResourceProviderClient

	check  func(*pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error)
	diff   func(*pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error)
	create func(*pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error)
	invoke func(*pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error)
}

func (f *fakeBridge) Check(
	_ context.Context, r *pulumirpc.CheckRequest, _ ...grpc.CallOption,
) (*pulumirpc.CheckResponse, error) {
	return f.check(r)
}

func (f *fakeBridge) Diff(
	_ context.Context, r *pulumirpc.DiffRequest, _ ...grpc.CallOption,
) (*pulumirpc.DiffResponse, error) {
	return f.diff(r)
}

func (f *fakeBridge) Create(
	_ context.Context, r *pulumirpc.CreateRequest, _ ...grpc.CallOption,
) (*pulumirpc.CreateResponse, error) {
	return f.create(r)
}

func (f *fakeBridge) Invoke(
	_ context.Context, r *pulumirpc.InvokeRequest, _ ...grpc.CallOption,
) (*pulumirpc.InvokeResponse, error) {
	return f.invoke(r)
}

func TestTheBridgeSeesItsOwnNamesAndTheEngineThoseOfPulumiAWS(t *testing.T) {
	p := &Provider{Bridge: &fakeBridge{
		create: func(r *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
			assert.Equal(t, bridgeURN, r.GetUrn())
			assert.Equal(t, bridgeAlarm, r.GetType())
			assert.Equal(t, map[string]any{"alarmName": "cpu"}, r.GetProperties().AsMap())
			return &pulumirpc.CreateResponse{Id: "cpu", Properties: object(t, "alarmName", "cpu")}, nil
		},
	}}
	got, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: alarmURN, Properties: object(t, "name", "cpu")})
	require.NoError(t, err)
	assert.Equal(t, "cpu", got.GetId())
	assert.Equal(t, map[string]any{"name": "cpu"}, got.GetProperties().AsMap())
}

func TestAnUnknownTypeNeverReachesTheBridge(t *testing.T) {
	p := &Provider{Bridge: &fakeBridge{}}
	urn := "urn:pulumi:prod::threa::aws:s3/bucket:Bucket::b"
	_, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn})
	require.ErrorContains(t, err, "aws:s3/bucket:Bucket yet: add it to")
	_, err = p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn})
	require.ErrorContains(t, err, "aws:s3/bucket:Bucket yet: add it to")
	_, err = p.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "aws:s3/getBucket:getBucket"})
	require.ErrorContains(t, err, "aws:s3/getBucket:getBucket yet: add it to")
}

func TestADiffAndItsExceptionsAreInTheUsersNames(t *testing.T) {
	p := &Provider{Bridge: &fakeBridge{
		diff: func(r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
			assert.Equal(t, []string{"ingresses[0].description", "tags"}, r.GetIgnoreChanges())
			return &pulumirpc.DiffResponse{
				Replaces: []string{"egresses"}, Diffs: []string{"egresses", "tags"}, Stables: []string{"ingresses"},
				DetailedDiff: map[string]*pulumirpc.PropertyDiff{"egresses[0].cidrBlocks": {}, "tags.a": {}},
			}, nil
		},
	}}
	got, err := p.Diff(t.Context(), &pulumirpc.DiffRequest{
		Urn: groupURN, IgnoreChanges: []string{"ingress[0].description", "tags"},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"egress"}, got.GetReplaces())
	assert.Equal(t, []string{"egress", "tags"}, got.GetDiffs())
	assert.Equal(t, []string{"ingress"}, got.GetStables())
	assert.Contains(t, got.GetDetailedDiff(), "egress[0].cidrBlocks")
	assert.Contains(t, got.GetDetailedDiff(), "tags.a")
}

func TestErrorsAndFailedChecksNameWhatTheUserWrote(t *testing.T) {
	p := &Provider{Bridge: &fakeBridge{
		check: func(r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
			return &pulumirpc.CheckResponse{
				Inputs:   r.GetNews(),
				Failures: []*pulumirpc.CheckFailure{{Property: "alarmName", Reason: bridgeAlarm + " is wrong"}},
			}, nil
		},
		create: func(r *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
			return nil, status.Errorf(codes.Unknown, "creating %s: refused", r.GetUrn())
		},
	}}
	checked, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: alarmURN, News: object(t, "name", "cpu")})
	require.NoError(t, err)
	assert.Equal(t, "name", checked.GetFailures()[0].GetProperty())
	assert.Equal(t, "aws:cloudwatch/metricAlarm:MetricAlarm is wrong", checked.GetFailures()[0].GetReason())

	_, err = p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: alarmURN})
	assert.Equal(t, codes.Unknown, status.Code(err))
	assert.Equal(t, "creating "+alarmURN+": refused", status.Convert(err).Message())
}

func TestAResourceThatDidNotGetReadyKeepsItsState(t *testing.T) {
	failed, err := status.New(codes.Unknown, "not ready").WithDetails(&pulumirpc.ErrorResourceInitFailed{
		Id: "cpu", Properties: object(t, "alarmName", "cpu"), Inputs: object(t, "alarmName", "cpu"),
		Reasons: []string{bridgeURN},
	})
	require.NoError(t, err)
	got := status.Convert(userError("aws:cloudwatch/metricAlarm:MetricAlarm", failed.Err()))
	require.Len(t, got.Details(), 1)
	detail := got.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
	assert.Equal(t, "cpu", detail.GetId())
	assert.Equal(t, map[string]any{"name": "cpu"}, detail.GetProperties().AsMap())
	assert.Equal(t, map[string]any{"name": "cpu"}, detail.GetInputs().AsMap())
	assert.Equal(t, []string{alarmURN}, detail.GetReasons())
}

func TestAnAlarmWithoutANameGetsOneAndKeepsIt(t *testing.T) {
	p := &Provider{Bridge: &fakeBridge{
		check: func(r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
			return &pulumirpc.CheckResponse{Inputs: r.GetNews()}, nil
		},
	}}
	request := func(olds *structpb.Struct) *pulumirpc.CheckRequest {
		return &pulumirpc.CheckRequest{Urn: alarmURN, Olds: olds, RandomSeed: []byte{0x12, 0x34, 0x56, 0x78}}
	}
	first, err := p.Check(t.Context(), request(nil))
	require.NoError(t, err)
	generated := []any{"name"}
	assert.Equal(t, map[string]any{"name": "cpu-1234567", "__defaults": generated}, first.GetInputs().AsMap())
	second, err := p.Check(t.Context(), request(object(t, "name", "mine")))
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"name": "mine", "__defaults": generated}, second.GetInputs().AsMap())
}

func TestAPrefixExcludesANameThatTheBridgeMakesUp(t *testing.T) {
	const targetsURN = "urn:pulumi:prod::threa::aws:lb/targetGroup:TargetGroup::tasks"
	p := &Provider{Bridge: &fakeBridge{
		check: func(r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
			assert.NotContains(t, r.GetNews().AsMap(), "namePrefix")
			out, err := structpb.NewStruct(map[string]any{"name": "tasks-1234567", "__defaults": []any{"name"}})
			return &pulumirpc.CheckResponse{Inputs: out}, err
		},
	}}
	news := object(t, "namePrefix", "threa-")
	got, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: targetsURN, News: news})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"namePrefix": "threa-"}, got.GetInputs().AsMap())
	assert.Equal(t, map[string]any{"namePrefix": "threa-"}, news.AsMap(), "the argument stays as it was")
}

func TestThePluginAnswersAsPulumiAWS(t *testing.T) {
	info, err := (&Provider{Version: "6.83.2"}).GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "6.83.2", info.GetVersion())
}

func object(t *testing.T, name, value string) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(map[string]any{name: value})
	require.NoError(t, err)
	return s
}
