package shim

import (
	"errors"

	"github.com/beevik/etree"
)

// checkUnreferenced refuses to delete a security group that a rule of another group refers to. moto deletes it. Source:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
func (a *account) checkUnreferenced(c *call) error {
	id := c.form.Get("GroupId")
	answer, err := a.upstream.query(c, "ec2", "DescribeSecurityGroupRules")
	if errors.Is(err, errRefused) {
		return nil // moto refuses the deletion, too
	}
	if err != nil {
		return err
	}
	for _, rule := range answer.FindElements(".//item") {
		for _, reference := range rule.FindElements("./referencedGroupInfo") {
			if childText(reference, "groupId") == id && childText(rule, "groupId") != id {
				return badRequest("DependencyViolation", "resource %s has a dependent object", id)
			}
		}
	}
	return nil
}

// keepRuleDescription keeps the description of a rule that refers to another group. moto keeps it, but does not return
// it. The provider creates each rule with a call of its own.
func (a *account) keepRuleDescription(c *call, answer *reply) error {
	description := c.form.Get("IpPermissions.1.Groups.1.Description")
	if description == "" {
		return nil
	}
	root, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	for _, rule := range root.FindElements(".//securityGroupRuleSet/item") {
		a.ruleDescriptions[regional{c.region, childText(rule, "securityGroupRuleId")}] = description
	}
	return nil
}

func (a *account) changeRuleDescriptions(c *call, _ *reply) error {
	p := params(c.form)
	p.each("SecurityGroupRule", "SecurityGroupRuleId", func(element string) {
		rule := regional{c.region, p.text(element+"SecurityGroupRuleId", "")}
		a.ruleDescriptions[rule] = p.text(element+"SecurityGroupRule.Description", "")
	})
	return nil
}

func (a *account) addRuleDescriptions(c *call, answer *reply) error {
	return answer.editXML(func(root *etree.Element) {
		for _, rule := range root.FindElements(".//securityGroupRuleSet/item") {
			description := a.ruleDescriptions[regional{c.region, childText(rule, "securityGroupRuleId")}]
			if description != "" && childText(rule, "description") == "" {
				setChild(rule, "description", description)
			}
		}
	})
}
