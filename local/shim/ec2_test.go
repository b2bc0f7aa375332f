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
	assert.Equal(t, "ECS tasks", one(t, c.query("ec2", "DescribeSecurityGroupRules"), "item").value("description"))

	c.query("ec2", "ModifySecurityGroupRules", "SecurityGroupRule.1.SecurityGroupRuleId", "sgr-1",
		"SecurityGroupRule.1.SecurityGroupRule.Description", "Tasks")
	assert.Equal(t, "Tasks", one(t, c.query("ec2", "DescribeSecurityGroupRules"), "item").value("description"))
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
