package recovery

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withOrphans is a stack, and an AWS that has more than its state.
func withOrphans(t *testing.T, more ...apitype.ResourceV3) (*pulumi, *cloud) {
	t.Helper()
	p := newPulumi(t, append(more,
		made(vpcs, "vpc", "vpc-1", properties{"tags": tags("threa")}),
		made(securityGroups, "rds", "sg-1", nil),
		made(ingressRules, "rule", "sgr-1", nil),
		made(taskDefinitions, "task", "arn:1", properties{
			"family": "threa", "tags": map[string]any{"ManagedBy": "pulumi"}, // no Name
		}),
	))
	return p, &cloud{answers: answers{
		"ec2:DescribeVpcs": ec2("<vpcId>vpc-1</vpcId>", "<vpcId>vpc-2</vpcId>"),
		describeRules: ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>", "<securityGroupRuleId>sgr-2"+
			"</securityGroupRuleId><isEgress>false</isEgress><cidrIpv4>0.0.0.0/0</cidrIpv4><ipProtocol>tcp</ipProtocol>"),
		listRevisions:    `{"taskDefinitionArns":["arn:2","arn:1"]}`,
		describeRevision: `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`,
	}}
}

func TestRecovery_DeletesOrphansOfItsOwnStack(t *testing.T) {
	p, c := withOrphans(t, ownerID("7f3a"))
	c.answers[getRecord] = recordAnswer("7f3a")
	c.answers["ec2:DeleteVpc"] = "error <R><Errors><Error><Code>InvalidVpcID.NotFound</Code></Error></Errors></R>"
	var questions []string
	printed, err := recoverStack(t, p, c, func(r *Recovery) {
		r.Approve = func(question string) bool { questions = append(questions, question); return true }
	})
	require.NoError(t, err, "a repeated call has deleted the VPC")
	require.Len(t, questions, 1)
	for _, id := range []string{
		"vpc-2 (VPC)", "sgr-2 (rule of rds that lets 0.0.0.0/0 in", "arn:2 (task definition revision)",
	} {
		assert.Contains(t, printed, "Deleted "+id)
		assert.Contains(t, questions[0], "delete: "+id)
	}
	assert.Equal(t, []string{"ec2:DeleteVpc VpcId=vpc-2"}, c.called("ec2:DeleteVpc"))
	assert.Equal(t, []string{"ec2:RevokeSecurityGroupIngress GroupId=sg-1&SecurityGroupRuleId.1=sgr-2"},
		c.called("ec2:RevokeSecurityGroupIngress"))
	assert.Len(t, c.called("ecs:DeregisterTaskDefinition"), 1)
}

func TestUnmanaged_ListsOrphans(t *testing.T) {
	p, c := withOrphans(t)
	state := encode(t, map[string]any{"version": 3, "deployment": p.deployment})
	lines, err := newAPI(t, c).Unmanaged(t.Context(), state)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"vpc-2: a VPC", "arn:2: a task definition revision",
		"sgr-2: a rule of rds that lets 0.0.0.0/0 in (protocol tcp, ports  to )",
	}, lines)
}
