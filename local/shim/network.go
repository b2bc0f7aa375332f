package shim

import (
	"errors"
	"slices"
	"strconv"
	"strings"

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
	for _, reference := range answer.FindElements(".//item/referencedGroupInfo") {
		if childText(reference, "groupId") == id && childText(reference.Parent(), "groupId") != id {
			return badRequest("DependencyViolation", "resource %s has a dependent object", id)
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
	for _, id := range root.FindElements(".//securityGroupRuleId") {
		a.keep(c, id.Text(), "description", description)
	}
	return nil
}

// setAllPorts completes rules for all protocols, which have no ports. moto requires some.
func setAllPorts(c *call) error {
	for _, rule := range c.form.structures("SecurityGroupRule", "SecurityGroupRuleId") {
		rule += "SecurityGroupRule."
		if c.form.Get(rule+"IpProtocol") == "-1" {
			c.setForm(rule+"FromPort", "-1", rule+"ToPort", "-1")
		}
	}
	return nil
}

func (a *account) changeRuleDescriptions(c *call, _ *reply) error {
	for _, rule := range c.form.structures("SecurityGroupRule", "SecurityGroupRuleId") {
		description := c.form.Get(rule + "SecurityGroupRule.Description")
		a.keep(c, c.form.Get(rule+"SecurityGroupRuleId"), "description", description)
	}
	return nil
}

// subnets returns EC2's descriptions of subnets.
func (a *account) subnets(c *call, ids []string) ([]*etree.Element, error) {
	var parameters []string
	for n, id := range ids {
		parameters = append(parameters, "SubnetId."+strconv.Itoa(n+1), id)
	}
	answer, err := a.upstream.query(c, "ec2", "DescribeSubnets", parameters...)
	if errors.Is(err, errRefused) {
		return nil, badRequest("InvalidSubnet", "At least one of the subnets %s does not exist.", strings.Join(ids, ", "))
	}
	if err != nil {
		return nil, err
	}
	return answer.FindElements("./subnetSet/item"), nil
}

// checkBalancerSubnets requires subnets in two zones, no two subnets in the same one, and a VPC with an internet
// gateway. Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
func (a *account) checkBalancerSubnets(c *call) error {
	subnets, err := a.subnets(c, c.form.list("Subnets.member"))
	if err != nil {
		return err
	}
	var zones []string
	for _, subnet := range subnets {
		zone := childText(subnet, "availabilityZone")
		if slices.Contains(zones, zone) {
			return badRequest("InvalidConfigurationRequest",
				"A load balancer cannot be attached to multiple subnets in the same Availability Zone")
		}
		zones = append(zones, zone)
	}
	if len(zones) < 2 {
		return badRequest("ValidationError", "At least two subnets in two different Availability Zones must be specified")
	}
	vpc := childText(subnets[0], "vpcId")
	gateways, err := a.upstream.query(c, "ec2", "DescribeInternetGateways",
		"Filter.1.Name", "attachment.vpc-id", "Filter.1.Value.1", vpc)
	if err != nil {
		return err
	}
	if len(gateways.FindElements("./internetGatewaySet/item")) == 0 {
		return badRequest("InvalidSubnet", "VPC %s has no internet gateway", vpc)
	}
	return nil
}

// checkBalancerProtection refuses to delete a load balancer with deletion protection. moto deletes it.
func (a *account) checkBalancerProtection(c *call) error {
	arn := c.form.Get("LoadBalancerArn")
	answer, err := a.upstream.query(c, "elasticloadbalancing", "DescribeLoadBalancerAttributes", "LoadBalancerArn", arn)
	if err != nil {
		return err
	}
	if value := answer.FindElement(".//member[Key='deletion_protection.enabled']/Value"); value != nil &&
		value.Text() == "true" {
		return badRequest("OperationNotPermitted",
			"Load balancer '%s' cannot be deleted because deletion protection is enabled", arn)
	}
	return nil
}

// keepListenerPolicy keeps the TLS policy of a changed listener from moto, which refuses the newest policies. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
func (a *account) keepListenerPolicy(c *call) error {
	if policy := c.form.Get("SslPolicy"); policy != "" {
		a.keep(c, c.form.Get("ListenerArn"), "SslPolicy", policy)
		c.setForm("SslPolicy", "")
	}
	return nil
}

// forwardedGroups returns the ARNs of the target groups that listeners forward to. moto's own answer for a target group
// knows only the listener that it was created with.
func (a *account) forwardedGroups(c *call) ([]string, error) {
	balancers, err := a.upstream.query(c, "elasticloadbalancing", "DescribeLoadBalancers")
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, balancer := range balancers.FindElements(".//LoadBalancerArn") {
		listeners, err := a.upstream.query(c, "elasticloadbalancing", "DescribeListeners", "LoadBalancerArn", balancer.Text())
		if err != nil {
			return nil, err
		}
		for _, group := range listeners.FindElements(".//TargetGroupArn") {
			groups = append(groups, group.Text())
		}
	}
	return groups, nil
}
