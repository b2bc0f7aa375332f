package shim

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// newPolicies are the TLS policies that moto refuses in a change of a listener and accepts at its creation. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
var newPolicies = []string{
	"ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
}

// keepListenerPolicy keeps a TLS policy that moto would refuse.
func (a *account) keepListenerPolicy(c *call) (*reply, error) {
	policy, listener := c.form.Get("SslPolicy"), c.form.Get("ListenerArn")
	if policy == "" {
		return nil, nil
	}
	delete(a.listenerPolicies, listener)
	if slices.Contains(newPolicies, policy) {
		a.listenerPolicies[listener] = policy
		c.form.Del("SslPolicy")
		c.setForm(c.form)
	}
	return nil, nil
}

func (a *account) addListenerPolicies(_ *call, answer *reply) error {
	return answer.editXML(func(root *etree.Element) {
		for _, listener := range root.FindElements(".//Listeners/member") {
			if policy, ok := a.listenerPolicies[childText(listener, "ListenerArn")]; ok {
				setChild(listener, "SslPolicy", policy)
			}
		}
	})
}

// checkBalancerProtection refuses to delete a load balancer with deletion protection. moto deletes it.
func (a *account) checkBalancerProtection(c *call) error {
	arn := c.form.Get("LoadBalancerArn")
	answer, err := a.upstream.query(c, "elasticloadbalancing", "DescribeLoadBalancerAttributes", "LoadBalancerArn", arn)
	if err != nil {
		return err
	}
	for _, attribute := range answer.FindElements(".//Attributes/member") {
		if childText(attribute, "Key") == "deletion_protection.enabled" && childText(attribute, "Value") == "true" {
			return badRequest("OperationNotPermitted",
				"Load balancer '%s' cannot be deleted because deletion protection is enabled", arn)
		}
	}
	return nil
}

// checkBalancerSubnets requires subnets in two zones, and no two subnets in the same one.
func (a *account) checkBalancerSubnets(c *call) error {
	p := params(c.form)
	if strings.HasPrefix(p.text("Name", ""), "internal-") {
		return badRequest("ValidationError", "Load balancer name cannot begin with 'internal-'")
	}
	var parameters []string
	for n, subnet := range p.list("Subnets.member") {
		parameters = append(parameters, "SubnetId."+strconv.Itoa(n+1), subnet)
	}
	answer, err := a.upstream.query(c, "ec2", "DescribeSubnets", parameters...)
	if errors.Is(err, errRefused) {
		return badRequest("SubnetNotFound", "The subnets of the load balancer do not exist: %v", err)
	}
	if err != nil {
		return err
	}
	var zones []string
	for _, subnet := range answer.FindElements("./subnetSet/item") {
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
