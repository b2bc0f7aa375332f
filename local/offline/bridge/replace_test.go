package bridge

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestDiff_DeletesBeforeReplace(t *testing.T) {
	defaults := []any{"name"}
	for name, test := range map[string]struct {
		token    string
		inputs   map[string]any
		replaces []string
		want     bool
	}{
		"name set": {
			token: "aws:rds/parameterGroup:ParameterGroup", replaces: []string{"family"}, want: true,
			inputs: map[string]any{"name": "threa-postgres17"},
		},
		"name set, update": {
			token:  "aws:rds/parameterGroup:ParameterGroup",
			inputs: map[string]any{"name": "threa-postgres17"},
		},
		"name generated": {
			token: "aws:rds/parameterGroup:ParameterGroup", replaces: []string{"family"},
			inputs: map[string]any{"name": "parameters-1234567", "__defaults": defaults},
		},
		"name prefix": {
			token: "aws:lb/targetGroup:TargetGroup", replaces: []string{"port"},
			inputs: map[string]any{"namePrefix": "threa-"},
		},
		"another default": {
			token: "aws:rds/subnetGroup:SubnetGroup", replaces: []string{"description"}, want: true,
			inputs: map[string]any{"name": "threa", "__defaults": []any{"description"}},
		},
		"other name property": {
			token: "aws:elasticache/replicationGroup:ReplicationGroup", replaces: []string{"engine"}, want: true,
			inputs: map[string]any{"replicationGroupId": "threa"},
		},
		"no name property": {
			token: "aws:ecr/lifecyclePolicy:LifecyclePolicy", replaces: []string{"policy"},
			inputs: map[string]any{"repository": "threa"},
		},
		"DNS record": {
			token: "aws:route53/record:Record", replaces: []string{"type"},
			inputs: map[string]any{"name": "app.example.com"},
		},
		"plugin framework": {
			token: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", replaces: []string{"securityGroupId"},
			inputs: map[string]any{"name": "any"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Provider{Bridge: &fakeBridge{
				diff: func(*pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
					return &pulumirpc.DiffResponse{Replaces: test.replaces}, nil
				},
			}}
			news, err := structpb.NewStruct(test.inputs)
			require.NoError(t, err)
			got, err := p.Diff(t.Context(), &pulumirpc.DiffRequest{
				Urn: "urn:pulumi:prod::threa::" + test.token + "::r", News: news,
			})
			require.NoError(t, err)
			assert.Equal(t, test.want, got.GetDeleteBeforeReplace())
		})
	}
}
