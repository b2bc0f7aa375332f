package shim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// elbRule refuses what moto's load balancers put up with, and knows the TLS policies that are newer than moto.
type elbRule struct {
	upstream *upstream

	mu       sync.Mutex
	policies map[string]string // of listeners, by ARN, where moto does not know the policy
}

// newPolicies are those that moto refuses in a change and takes at creation. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
var newPolicies = []string{
	"ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
}

func newELBRule(up *upstream) *elbRule {
	return &elbRule{upstream: up, policies: map[string]string{}}
}

func (r *elbRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.policies)
}

func (r *elbRule) before(c *call) (*reply, error) {
	switch c.action {
	case "CreateLoadBalancer":
		return nil, r.checkSubnets(c)
	case "DeleteLoadBalancer":
		return nil, r.checkProtection(c)
	case "ModifyListener":
		r.takePolicy(c)
	}
	return nil, nil
}

func (r *elbRule) after(c *call, answer *reply) error {
	if c.action != "DescribeListeners" && c.action != "ModifyListener" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.policies) == 0 {
		return nil
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	for _, list := range tree.all("Listeners") {
		for _, listener := range list.children {
			if policy, known := r.policies[listener.value("ListenerArn")]; known {
				listener.set("SslPolicy", policy)
			}
		}
	}
	answer.body = tree.encode()
	return nil
}

// takePolicy keeps a policy that moto would refuse.
func (r *elbRule) takePolicy(c *call) {
	policy, listener := c.form.Get("SslPolicy"), c.form.Get("ListenerArn")
	if policy == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.policies, listener)
	if slices.Contains(newPolicies, policy) {
		r.policies[listener] = policy
		c.form.Del("SslPolicy")
		c.setForm(c.form)
	}
}

func (r *elbRule) checkProtection(c *call) error {
	arn := c.form.Get("LoadBalancerArn")
	answer, err := askELB(r.upstream, c, url.Values{"Action": {"DescribeLoadBalancerAttributes"}, "LoadBalancerArn": {arn}})
	if err != nil {
		return err
	}
	for _, list := range answer.all("Attributes") {
		for _, attribute := range list.children {
			if attribute.value("Key") == "deletion_protection.enabled" && attribute.value("Value") == "true" {
				return badRequest("OperationNotPermitted", "Load balancer '%s' cannot be deleted because deletion protection is enabled", arn)
			}
		}
	}
	return nil
}

// checkSubnets wants two zones, and no two subnets in one.
func (r *elbRule) checkSubnets(c *call) error {
	p := params(c.form)
	if strings.HasPrefix(p.text("Name", ""), "internal-") {
		return badRequest("ValidationError", "Load balancer name cannot begin with 'internal-'")
	}
	form := url.Values{"Action": {"DescribeSubnets"}, "Version": {"2016-11-15"}}
	for i, subnet := range p.list("Subnets.member") {
		form.Set(fmt.Sprintf("SubnetId.%d", i+1), subnet)
	}
	answer, err := r.upstream.query(c, "ec2", form)
	if err != nil {
		return fmt.Errorf("ask moto for subnets: %w", err)
	}
	if answer.status != http.StatusOK {
		return badRequest("SubnetNotFound", "The subnets of the load balancer do not exist: %s", answer.body)
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	zones := map[string]bool{}
	for _, zone := range tree.all("availabilityZone") {
		if zones[zone.text] {
			return badRequest("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone")
		}
		zones[zone.text] = true
	}
	if len(zones) < 2 {
		return badRequest("ValidationError", "At least two subnets in two different Availability Zones must be specified")
	}
	return nil
}

// askELB asks moto about load balancers.
func askELB(up *upstream, c *call, form url.Values) (*element, error) {
	form.Set("Version", "2015-12-01")
	answer, err := up.query(c, "elasticloadbalancing", form)
	if err != nil {
		return nil, fmt.Errorf("ask moto for %s: %w", form.Get("Action"), err)
	}
	if answer.status != http.StatusOK {
		return nil, fmt.Errorf("ask moto for %s: status %d: %s", form.Get("Action"), answer.status, answer.body)
	}
	return parseXML(answer.body)
}
