package control

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Ingress is what lets clients reach a service's tasks.
type Ingress struct {
	SecurityGroups []SecurityGroup
	TargetGroups   []TargetGroup
}

// SecurityGroup is a security group of the tasks.
type SecurityGroup struct {
	ID      string
	Inbound []string // rules such as "tcp 3000 from 0.0.0.0/0"
}

// TargetGroup is a target group of the load balancer.
type TargetGroup struct {
	Name       string
	Attributes map[string]string
}

// ReadIngress returns the security groups and target groups of a deployment.
func (c *Client) ReadIngress(ctx context.Context, d *Deployment) (*Ingress, error) {
	ingress := &Ingress{}
	var securityGroups []string
	if network := d.Service.NetworkConfiguration; network != nil && network.AwsvpcConfiguration != nil {
		securityGroups = network.AwsvpcConfiguration.SecurityGroups
	}
	for _, id := range securityGroups {
		rules, err := c.inboundRules(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("describe the rules of security group %s: %w", id, err)
		}
		ingress.SecurityGroups = append(ingress.SecurityGroups, SecurityGroup{ID: id, Inbound: rules})
	}
	for _, balancer := range d.Service.LoadBalancers {
		if balancer.TargetGroupArn == nil {
			continue
		}
		arn := aws.ToString(balancer.TargetGroupArn)
		var answer struct {
			Attributes []struct{ Key, Value string } `xml:"DescribeTargetGroupAttributesResult>Attributes>member"`
		}
		parameters := map[string]string{"TargetGroupArn": arn}
		err := c.query.Query(ctx, "elasticloadbalancing", "DescribeTargetGroupAttributes", parameters, &answer)
		if err != nil {
			return nil, fmt.Errorf("describe the attributes of %s: %w", arn, err)
		}
		name := strings.Split(arn[strings.LastIndex(arn, ":")+1:], "/") // targetgroup/<name>/<id>
		group := TargetGroup{Name: name[min(1, len(name)-1)], Attributes: map[string]string{}}
		for _, attribute := range answer.Attributes {
			group.Attributes[attribute.Key] = attribute.Value
		}
		ingress.TargetGroups = append(ingress.TargetGroups, group)
	}
	return ingress, nil
}

func (c *Client) inboundRules(ctx context.Context, group string) ([]string, error) {
	var answer struct {
		Rules []struct {
			Egress   bool   `xml:"isEgress"`
			Protocol string `xml:"ipProtocol"`
			From     string `xml:"fromPort"`
			To       string `xml:"toPort"`
			IPv4     string `xml:"cidrIpv4"`
			IPv6     string `xml:"cidrIpv6"`
			Group    string `xml:"referencedGroupInfo>groupId"`
			List     string `xml:"prefixListId"`
		} `xml:"securityGroupRuleSet>item"`
	}
	parameters := map[string]string{"Filter.1.Name": "group-id", "Filter.1.Value.1": group}
	if err := c.query.Query(ctx, "ec2", "DescribeSecurityGroupRules", parameters, &answer); err != nil {
		return nil, err
	}
	var rules []string
	for _, rule := range answer.Rules {
		if rule.Egress {
			continue
		}
		ports := rule.From
		if rule.To != rule.From {
			ports += "-" + rule.To
		}
		rules = append(rules, fmt.Sprintf("%s %s from %s", rule.Protocol, ports, rule.IPv4+rule.IPv6+rule.Group+rule.List))
	}
	return rules, nil
}
