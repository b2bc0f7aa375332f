//go:build unix

package control

import (
	"testing"
	"threa-infra/local/shim/moto/mototest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadIngress_ReturnsRulesAndAttributes(t *testing.T) {
	a := newAccount(t, mototest.Start(t).URL().String())
	a.create(t)
	var network struct {
		VPC    string `xml:"subnetSet>item>vpcId"`
		Subnet string `xml:"subnetSet>item>subnetId"`
	}
	a.ask(t, "ec2", "DescribeSubnets", map[string]string{"Filter.1.Name": "availability-zone",
		"Filter.1.Value.1": "eu-central-1a"}, &network)
	var group struct {
		ID string `xml:"groupId"`
	}
	a.ask(t, "ec2", "CreateSecurityGroup",
		map[string]string{"GroupName": "tasks", "GroupDescription": "Tasks", "VpcId": network.VPC}, &group)
	var targets struct {
		ARN string `xml:"CreateTargetGroupResult>TargetGroups>member>TargetGroupArn"`
	}
	a.ask(t, "elasticloadbalancing", "CreateTargetGroup", map[string]string{
		"Name": "app-12345", "Protocol": "HTTP", "Port": "3000", "VpcId": network.VPC, "TargetType": "ip",
	}, &targets)
	a.ask(t, "elasticloadbalancing", "ModifyTargetGroupAttributes", map[string]string{
		"TargetGroupArn": targets.ARN, "Attributes.member.1.Key": "deregistration_delay.timeout_seconds",
		"Attributes.member.1.Value": "40",
	}, nil)
	_, err := a.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("app"), ServiceName: aws.String("reached"),
		TaskDefinition: aws.String("app"), DesiredCount: aws.Int32(1),
		LoadBalancers: []types.LoadBalancer{
			{TargetGroupArn: &targets.ARN, ContainerName: aws.String("app"), ContainerPort: aws.Int32(3000)},
		},
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: []string{network.Subnet}, SecurityGroups: []string{group.ID},
		}},
	})
	require.NoError(t, err)
	d, err := a.Read(t.Context(), "app", "reached")
	require.NoError(t, err)
	ingress, err := a.ReadIngress(t.Context(), d)
	require.NoError(t, err)
	assert.Equal(t, []SecurityGroup{{ID: group.ID}}, ingress.SecurityGroups,
		"the egress rule of every group is not inbound")
	require.Len(t, ingress.TargetGroups, 1)
	assert.Equal(t, "app-12345", ingress.TargetGroups[0].Name)
	assert.Equal(t, "40", ingress.TargetGroups[0].Attributes["deregistration_delay.timeout_seconds"])
	assert.Equal(t, "false", ingress.TargetGroups[0].Attributes["stickiness.enabled"])

	for _, rule := range []map[string]string{
		{"IpProtocol": "tcp", "FromPort": "3000", "ToPort": "3000", "IpRanges.1.CidrIp": "0.0.0.0/0"},
		{"IpProtocol": "udp", "FromPort": "1", "ToPort": "9", "Groups.1.GroupId": group.ID},
	} {
		request := map[string]string{"GroupId": group.ID}
		for key, value := range rule {
			request["IpPermissions.1."+key] = value
		}
		a.ask(t, "ec2", "AuthorizeSecurityGroupIngress", request, nil)
	}
	ingress, err = a.ReadIngress(t.Context(), d)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"tcp 3000 from 0.0.0.0/0", "udp 1-9 from " + group.ID},
		ingress.SecurityGroups[0].Inbound)
}
