//go:build unix

package control

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask makes a call for which there is no SDK here.
func (a *account) ask(t *testing.T, service, action string, parameters map[string]string, answer any) {
	t.Helper()
	require.NoError(t, a.query.Query(t.Context(), service, action, parameters, answer))
}

// reached makes a service whose tasks stand in a security group and behind a target group, if any.
func (a *account) reached(t *testing.T, group string, balancers ...types.LoadBalancer) *Deployment {
	t.Helper()
	var subnets struct {
		ID []string `xml:"subnetSet>item>subnetId"`
	}
	a.ask(t, "ec2", "DescribeSubnets", nil, &subnets)
	_, err := a.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("app"), ServiceName: aws.String("reached"), TaskDefinition: aws.String("app"), DesiredCount: aws.Int32(1),
		LoadBalancers: balancers,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: subnets.ID[:1], SecurityGroups: []string{group},
		}},
	})
	require.NoError(t, err)
	d, err := a.Read(t.Context(), "app", "reached")
	require.NoError(t, err)
	return d
}

// group makes a security group in the default VPC.
func (a *account) group(t *testing.T) (group, vpc string) {
	t.Helper()
	var vpcs struct {
		ID string `xml:"vpcSet>item>vpcId"`
	}
	a.ask(t, "ec2", "DescribeVpcs", nil, &vpcs)
	var made struct {
		ID string `xml:"groupId"`
	}
	a.ask(t, "ec2", "CreateSecurityGroup", map[string]string{"GroupName": "tasks", "GroupDescription": "Tasks", "VpcId": vpcs.ID}, &made)
	return made.ID, vpcs.ID
}

func TestAGroupWithoutInboundRulesLetsNobodyInWhateverMayGoOut(t *testing.T) {
	a := newAccount(t, startMoto(t))
	a.create(t)
	group, _ := a.group(t)
	d := a.reached(t, group)
	ways, err := a.Ways(t.Context(), d)
	require.NoError(t, err)
	assert.Equal(t, []SecurityGroup{{ID: group}}, ways.SecurityGroups, "its rule for the way out, which every group has, is none")
	assert.Empty(t, ways.TargetGroups)

	for _, rule := range []map[string]string{
		{"IpProtocol": "tcp", "FromPort": "3000", "ToPort": "3000", "IpRanges.1.CidrIp": "0.0.0.0/0"},
		{"IpProtocol": "udp", "FromPort": "1", "ToPort": "9", "Groups.1.GroupId": group},
	} {
		parameters := map[string]string{"GroupId": group}
		for key, value := range rule {
			parameters["IpPermissions.1."+key] = value
		}
		a.ask(t, "ec2", "AuthorizeSecurityGroupIngress", parameters, nil)
	}
	ways, err = a.Ways(t.Context(), d)
	require.NoError(t, err)
	require.Len(t, ways.SecurityGroups, 1)
	assert.ElementsMatch(t, []string{"tcp 3000 from 0.0.0.0/0", "udp 1-9 from " + group}, ways.SecurityGroups[0].Inbound)
}

func TestTheSettingsOfATargetGroupAreThoseThatAWSHas(t *testing.T) {
	a := newAccount(t, startMoto(t))
	a.create(t)
	group, vpc := a.group(t)
	var made struct {
		ARN string `xml:"CreateTargetGroupResult>TargetGroups>member>TargetGroupArn"`
	}
	a.ask(t, "elasticloadbalancing", "CreateTargetGroup", map[string]string{
		"Name": "app-12345", "Protocol": "HTTP", "Port": "3000", "VpcId": vpc, "TargetType": "ip",
	}, &made)
	a.ask(t, "elasticloadbalancing", "ModifyTargetGroupAttributes", map[string]string{
		"TargetGroupArn": made.ARN, "Attributes.member.1.Key": "deregistration_delay.timeout_seconds", "Attributes.member.1.Value": "40",
	}, nil)
	d := a.reached(t, group, types.LoadBalancer{
		TargetGroupArn: &made.ARN, ContainerName: aws.String("app"), ContainerPort: aws.Int32(3000),
	})
	ways, err := a.Ways(t.Context(), d)
	require.NoError(t, err)
	require.Len(t, ways.TargetGroups, 1)
	assert.Equal(t, "app-12345", ways.TargetGroups[0].Name)
	assert.Equal(t, "40", ways.TargetGroups[0].Attributes["deregistration_delay.timeout_seconds"])
	assert.Equal(t, "false", ways.TargetGroups[0].Attributes["stickiness.enabled"])
}
