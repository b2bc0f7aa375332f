package control

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Ways are the ways on which somebody may reach a service's tasks, as AWS tells them.
type Ways struct {
	SecurityGroups []SecurityGroup
	TargetGroups   []TargetGroup
}

// SecurityGroup is one of the tasks'.
type SecurityGroup struct {
	ID      string
	Inbound []string // such as "tcp 3000 from 0.0.0.0/0"
}

// TargetGroup is one that a load balancer sends requests to.
type TargetGroup struct {
	Name       string
	Attributes map[string]string
}

// places notes in what the service stands.
func (d *Deployment) places(service types.Service) {
	if network := service.NetworkConfiguration; network != nil && network.AwsvpcConfiguration != nil {
		d.securityGroups = network.AwsvpcConfiguration.SecurityGroups
	}
	for _, balancer := range service.LoadBalancers {
		if balancer.TargetGroupArn != nil {
			d.targetGroups = append(d.targetGroups, *balancer.TargetGroupArn)
		}
	}
}

// Ways asks for the rules of the tasks' security groups and for the settings of their target groups.
func (c *Client) Ways(ctx context.Context, d *Deployment) (*Ways, error) {
	ways := &Ways{}
	for _, id := range d.securityGroups {
		rules, err := c.inbound(ctx, id)
		if err != nil {
			return nil, err
		}
		ways.SecurityGroups = append(ways.SecurityGroups, SecurityGroup{ID: id, Inbound: rules})
	}
	for _, arn := range d.targetGroups {
		attributes, err := c.attributes(ctx, arn)
		if err != nil {
			return nil, err
		}
		name := strings.Split(arn[strings.LastIndex(arn, ":")+1:], "/") // targetgroup/<name>/<id>
		ways.TargetGroups = append(ways.TargetGroups, TargetGroup{Name: name[min(1, len(name)-1)], Attributes: attributes})
	}
	return ways, nil
}

func (c *Client) inbound(ctx context.Context, group string) ([]string, error) {
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
		return nil, fmt.Errorf("ask for the rules of security group %s: %w", group, err)
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

func (c *Client) attributes(ctx context.Context, targetGroup string) (map[string]string, error) {
	var answer struct {
		Attributes []struct{ Key, Value string } `xml:"DescribeTargetGroupAttributesResult>Attributes>member"`
	}
	parameters := map[string]string{"TargetGroupArn": targetGroup}
	if err := c.query.Query(ctx, "elasticloadbalancing", "DescribeTargetGroupAttributes", parameters, &answer); err != nil {
		return nil, fmt.Errorf("ask for the attributes of %s: %w", targetGroup, err)
	}
	attributes := map[string]string{}
	for _, one := range answer.Attributes {
		attributes[one.Key] = one.Value
	}
	return attributes, nil
}
