package shim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecurityGroupRules_KeepDescriptions(t *testing.T) {
	rules := "<securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId></item></securityGroupRuleSet>"
	c, _ := newShim(t, map[string]string{
		"AuthorizeSecurityGroupIngress": "<R>" + rules + "</R>",
		"DescribeSecurityGroupRules":    "<R>" + rules + "</R>",
		"ModifySecurityGroupRules":      "<R/>",
	})
	c.query("ec2", "AuthorizeSecurityGroupIngress", "GroupId", "sg-1", "IpPermissions.1.Groups.1.Description", "ECS tasks")
	assert.Equal(t, "ECS tasks", single(t, c.query("ec2", "DescribeSecurityGroupRules"), "item").value("description"))

	c.query("ec2", "ModifySecurityGroupRules", "SecurityGroupRule.1.SecurityGroupRuleId", "sgr-1",
		"SecurityGroupRule.1.SecurityGroupRule.Description", "Tasks")
	assert.Equal(t, "Tasks", single(t, c.query("ec2", "DescribeSecurityGroupRules"), "item").value("description"))
}

func TestDeleteSecurityGroup_RefusesReferences(t *testing.T) {
	c, m := newShim(t, map[string]string{
		"DescribeSecurityGroupRules": `<R><securityGroupRuleSet>
<item><groupId>sg-1</groupId><referencedGroupInfo><groupId>sg-2</groupId></referencedGroupInfo></item>
<item><groupId>sg-3</groupId><referencedGroupInfo><groupId>sg-3</groupId></referencedGroupInfo></item>
</securityGroupRuleSet></R>`,
		"DeleteSecurityGroup": "<DeleteSecurityGroupResponse/>",
	})
	c.query("ec2", "DeleteSecurityGroup", "GroupId", "sg-2").refused(t, http.StatusBadRequest, "DependencyViolation")
	assert.Empty(t, m.got("DeleteSecurityGroup"))
	for _, id := range []string{"sg-1", "sg-3"} {
		assert.Equal(t, http.StatusOK, c.query("ec2", "DeleteSecurityGroup", "GroupId", id).status, id)
	}
}

func TestDeleteLoadBalancer_RespectsProtection(t *testing.T) {
	for value, want := range map[string]int{"true": http.StatusBadRequest, "false": http.StatusOK} {
		c, m := newShim(t, map[string]string{"DeleteLoadBalancer": "<R/>", "DescribeLoadBalancerAttributes": `<R><Attributes>
<member><Key>idle</Key><Value>true</Value></member>
<member><Key>deletion_protection.enabled</Key><Value>` + value + `</Value></member></Attributes></R>`})
		got := c.query("elasticloadbalancing", "DeleteLoadBalancer", "LoadBalancerArn", "b")
		assert.Equal(t, want, got.status, got.body)
		assert.Equal(t, want == http.StatusOK, len(m.got("DeleteLoadBalancer")) == 1)
	}
}

func TestCreateLoadBalancer_ChecksSubnets(t *testing.T) {
	const inTwoZones = "<item><availabilityZone>a</availabilityZone></item>" +
		"<item><availabilityZone>b</availabilityZone></item>"
	for zones, code := range map[string]string{
		"<item><availabilityZone>a</availabilityZone></item><item><availabilityZone>a</availabilityZone></item>": "InvalidConfigurationRequest",
		"<item><availabilityZone>a</availabilityZone></item>":                                                    "ValidationError",
		inTwoZones: "<R/>",
		inTwoZones + "<!-- without a gateway -->": "InvalidSubnet",
	} {
		gateways := "<item/>"
		if code == "InvalidSubnet" {
			gateways = ""
		}
		c, m := newShim(t, map[string]string{
			"CreateLoadBalancer": "<R/>", "DescribeSubnets": "<R><subnetSet>" + zones + "</subnetSet></R>",
			"DescribeInternetGateways": "<R><internetGatewaySet>" + gateways + "</internetGatewaySet></R>",
		})
		created := c.query("elasticloadbalancing", "CreateLoadBalancer", "Subnets.member.1", "x", "Subnets.member.2", "y")
		assert.Contains(t, created.body, code)
		asked := m.form(t, "DescribeSubnets")
		assert.Equal(t, "x y", asked.Get("SubnetId.1")+" "+asked.Get("SubnetId.2"))
	}
}

func TestModifyListener_KeepsThePolicy(t *testing.T) {
	const answer = `<R><Listeners><member><ListenerArn>l</ListenerArn><SslPolicy>old</SslPolicy></member>
<member><ListenerArn>other</ListenerArn><SslPolicy>old</SslPolicy></member></Listeners></R>`
	c, m := newShim(t, map[string]string{"ModifyListener": answer, "DescribeListeners": answer})
	const policy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
	c.query("elasticloadbalancing", "ModifyListener", "ListenerArn", "l", "SslPolicy", policy)
	assert.NotContains(t, m.got("ModifyListener")[0], "SslPolicy")
	var policies []string
	for _, element := range every(t, c.query("elasticloadbalancing", "DescribeListeners"), "SslPolicy") {
		policies = append(policies, element.Text())
	}
	assert.Equal(t, []string{policy, "old"}, policies)
}

func TestModifySecurityGroupRules_SetsPortsOfAllProtocols(t *testing.T) {
	c, m := newShim(t, map[string]string{"ModifySecurityGroupRules": "<R/>"})
	const rule = "SecurityGroupRule.1.SecurityGroupRule."
	for protocol, port := range map[string]string{"-1": "-1", "tcp": "3000"} {
		args := []string{"SecurityGroupRule.1.SecurityGroupRuleId", "sgr-1", rule + "IpProtocol", protocol}
		if protocol == "tcp" {
			args = append(args, rule+"FromPort", port, rule+"ToPort", port)
		}
		c.query("ec2", "ModifySecurityGroupRules", args...)
		sent := m.form(t, "ModifySecurityGroupRules")
		assert.Equal(t, []string{port, port}, []string{sent.Get(rule + "FromPort"), sent.Get(rule + "ToPort")})
	}
}
