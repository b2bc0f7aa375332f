package recovery

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAdditions(t *testing.T) {
	const task, table = "threa-ecs-task", "rtb-1"
	const listener = "arn:aws:elasticloadbalancing:eu-central-1:42:listener/app/threa/1/2"
	definition := made(taskDefinitions, "task", "arn:1", nil)
	definition.Outputs["containerDefinitions"] = `[{"secrets":[{"name":"A","valueFrom":"arn:read"}]}]`
	state := newPulumi(t, []apitype.ResourceV3{
		made(roles, "task", task, nil), made(rolePolicies, "exec", task+":exec", nil),
		made(attachments, "read", "a-1", properties{"role": task, "policyArn": "arn:known"}),
		made(routeTables, "public", table, nil),
		made(routes, "internet", "r-1", properties{"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"}),
		made(listeners, "https", listener, nil), definition,
		made(parameters, "claim-stack", "/threa/stack", nil), made(parameters, "database-url", "/threa/database-url", nil),
	})
	c := &cloud{answers: answers{
		"iam:ListRolePolicies": "<R><ListRolePoliciesResult><PolicyNames><member>exec</member><member>admin</member>" +
			"</PolicyNames></ListRolePoliciesResult></R>",
		"iam:ListAttachedRolePolicies": "<R><ListAttachedRolePoliciesResult><AttachedPolicies>" +
			"<member><PolicyArn>arn:known</PolicyArn></member><member><PolicyArn>arn:admin</PolicyArn></member>" +
			"</AttachedPolicies></ListAttachedRolePoliciesResult></R>",
		"ec2:DescribeRouteTables": "<R><routeTableSet><item><routeSet>" +
			"<item><destinationCidrBlock>10.42.0.0/16</destinationCidrBlock><origin>CreateRouteTable</origin></item>" +
			"<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><origin>CreateRoute</origin></item>" +
			"<item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><origin>CreateRoute</origin></item>" +
			"<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId>" +
			"<origin>CreateRoute</origin></item>" +
			"</routeSet></item></routeTableSet></R>",
		"elasticloadbalancing:DescribeRules": "<R><DescribeRulesResult><Rules>" +
			"<member><RuleArn>arn:default</RuleArn><Priority>default</Priority><IsDefault>true</IsDefault></member>" +
			"<member><RuleArn>arn:rule</RuleArn><Priority>7</Priority><IsDefault>false</IsDefault></member>" +
			"</Rules></DescribeRulesResult></R>",
		"ssm:GetParametersByPath": `{"Parameters":[{"Name":"/threa/stack"},{"Name":"/threa/database-url"},
			{"Name":"/threa/read","ARN":"arn:read"},{"Name":"/threa/own"},{"Name":"/threa/other"}]}`,
	}}
	export := encode(t, map[string]any{"version": 3, "deployment": state.deployment})
	found, skipped, err := newAPI(t, c).Additions(t.Context(), export, []string{"/threa/own"})
	require.NoError(t, err)
	assert.Empty(t, skipped)
	assert.Equal(t, []Addition{
		{"inline policy admin of the role threa-ecs-task",
			"aws iam delete-role-policy --role-name threa-ecs-task --policy-name admin"},
		{"policy arn:admin attached to the role threa-ecs-task",
			"aws iam detach-role-policy --role-name threa-ecs-task --policy-arn arn:admin"},
		{"route to ::/0 in public",
			"aws ec2 delete-route --region eu-central-1 --route-table-id rtb-1 --destination-ipv6-cidr-block ::/0"},
		{"route to pl-1 in public", "aws ec2 modify-vpc-endpoint --region eu-central-1 --vpc-endpoint-id vpce-1 " +
			"--remove-route-table-ids rtb-1"},
		{"rule of https with priority 7", "aws elbv2 delete-rule --region eu-central-1 --rule-arn arn:rule"},
		{"parameter /threa/other", "aws ssm delete-parameter --region eu-central-1 --name /threa/other"},
	}, found)

	c.answers["iam:ListRolePolicies"] = "error <R><Error><Code>AccessDenied</Code></Error></R>"
	c.answers["ssm:GetParametersByPath"] = `error {"__type":"AccessDeniedException"}`
	found, skipped, err = newAPI(t, c).Additions(t.Context(), export, nil)
	require.NoError(t, err)
	assert.Len(t, found, 3)
	assert.Equal(t, []string{"policies of roles", "parameters"}, skipped)
	c.answers["ec2:DescribeRouteTables"] = "error <R><Errors><Error><Code>Invalid</Code></Error></Errors></R>"
	_, _, err = newAPI(t, c).Additions(t.Context(), export, nil)
	require.ErrorContains(t, err, "look for routes of public")

	for call, code := range map[string]string{
		"iam:ListRolePolicies": "NoSuchEntity", "elasticloadbalancing:DescribeRules": "ListenerNotFound",
		"ec2:DescribeRouteTables": "InvalidRouteTableID.NotFound",
	} {
		c.answers[call] = "error <R><Errors><Error><Code>" + code + "</Code></Error></Errors></R>"
	}
	found, skipped, err = newAPI(t, c).Additions(t.Context(), export, nil)
	require.NoError(t, err, "deleted by hand: the preview of drift reports it")
	assert.Empty(t, found)
	assert.Equal(t, []string{"parameters"}, skipped)
}
