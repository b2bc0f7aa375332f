package front

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestARuleBetweenGroupsKeepsItsDescription(t *testing.T) {
	rules := "<securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId></item></securityGroupRuleSet>"
	c, _ := newFront(t, map[string]string{
		"AuthorizeSecurityGroupIngress": "<R>" + rules + "</R>",
		"DescribeSecurityGroupRules":    "<R>" + rules + "</R>",
		"ModifySecurityGroupRules":      "<R/>",
	})
	c.query("ec2", "AuthorizeSecurityGroupIngress", "GroupId", "sg-1", "IpPermissions.1.Groups.1.Description", "ECS tasks")
	assert.Equal(t, "ECS tasks", one(t, c.query("ec2", "DescribeSecurityGroupRules"), "item").value("description"))

	c.query("ec2", "ModifySecurityGroupRules", "SecurityGroupRule.1.SecurityGroupRuleId", "sgr-1",
		"SecurityGroupRule.1.SecurityGroupRule.Description", "Tasks")
	assert.Equal(t, "Tasks", one(t, c.query("ec2", "DescribeSecurityGroupRules"), "item").value("description"))
}
