package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// EC2 gives its resources ids of its own, so they are found by their properties. Source of calls, filters and answers:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/

// ec2Item is an element of any EC2 list, as far as recovery uses it.
type ec2Item struct {
	VPCID      string `xml:"vpcId"`
	GatewayID  string `xml:"internetGatewayId"`
	TableID    string `xml:"routeTableId"`
	SubnetID   string `xml:"subnetId"`
	EndpointID string `xml:"vpcEndpointId"`
	GroupID    string `xml:"groupId"`
	RuleID     string `xml:"securityGroupRuleId"`
	Egress     bool   `xml:"isEgress"`
	Protocol   string `xml:"ipProtocol"`
	FromPort   string `xml:"fromPort"`
	ToPort     string `xml:"toPort"`
	IPv4       string `xml:"cidrIpv4"`
	IPv6       string `xml:"cidrIpv6"`
	PrefixList string `xml:"prefixListId"`
	OtherGroup string `xml:"referencedGroupInfo>groupId"`
}

// ec2Kind is a type of EC2 resource.
type ec2Kind struct {
	noun     string // for messages
	describe string // the call that lists resources of the kind
	remove   string // the call that deletes one
	idKey    string // the parameter of that call
	id       func(ec2Item) string
}

var (
	vpc = ec2Kind{"VPC", "DescribeVpcs", "DeleteVpc", "VpcId", func(i ec2Item) string { return i.VPCID }}

	internetGateway = ec2Kind{"internet gateway", "DescribeInternetGateways", "DeleteInternetGateway", "InternetGatewayId",
		func(i ec2Item) string { return i.GatewayID }}
	routeTable = ec2Kind{"route table", "DescribeRouteTables", "DeleteRouteTable", "RouteTableId",
		func(i ec2Item) string { return i.TableID }}

	subnet = ec2Kind{describe: "DescribeSubnets", id: func(i ec2Item) string { return i.SubnetID }}
	group  = ec2Kind{describe: "DescribeSecurityGroups", id: func(i ec2Item) string { return i.GroupID }}
	rule   = ec2Kind{describe: "DescribeSecurityGroupRules", id: func(i ec2Item) string { return i.RuleID }}

	endpoint = ec2Kind{describe: "DescribeVpcEndpoints", id: func(i ec2Item) string { return i.EndpointID }}
)

// list returns the resources of a kind that match all filters, in the order of their ids.
func (a *API) list(ctx context.Context, kind ec2Kind, filters map[string]string) ([]ec2Item, error) {
	parameters := map[string]string{}
	n := 0
	for key, value := range filters {
		n++
		parameters[fmt.Sprintf("Filter.%d.Name", n)] = key
		parameters[fmt.Sprintf("Filter.%d.Value.1", n)] = value
	}
	var items []ec2Item
	for {
		var answer struct {
			Next string `xml:"nextToken"`
			Sets []struct {
				Items []ec2Item `xml:"item"`
			} `xml:",any"`
		}
		if err := a.ec2.Query(ctx, "ec2", kind.describe, parameters, &answer); err != nil {
			return nil, err
		}
		for _, set := range answer.Sets {
			items = append(items, set.Items...)
		}
		if answer.Next == "" {
			slices.SortFunc(items, func(a, b ec2Item) int { return cmp.Compare(kind.id(a), kind.id(b)) })
			return items, nil
		}
		parameters["NextToken"] = answer.Next
	}
}

// tagged lists the ids of a kind that have all of the tags. Without a Name tag nothing would tell one of the stack's
// resources from another.
func (a *API) tagged(ctx context.Context, kind ec2Kind, tags properties) ([]string, error) {
	if tags.text("Name") == "" {
		return nil, errors.New("it has no Name tag to be found by")
	}
	filters := map[string]string{}
	for key := range tags {
		filters["tag:"+key] = tags.text(key)
	}
	items, err := a.list(ctx, kind, filters)
	var ids []string
	for _, item := range items {
		ids = append(ids, kind.id(item))
	}
	return ids, err
}

// findTagged takes the first that has the resource's tags and that the state does not have. A repeated call may have
// created more: they are orphans.
func findTagged(kind ec2Kind) finder {
	return func(ctx context.Context, api *API, known *state, inputs properties) (string, error) {
		ids, err := api.tagged(ctx, kind, inputs.object("tags"))
		if i := slices.IndexFunc(ids, func(id string) bool { return !known.hasID(id) }); err == nil && i >= 0 {
			return ids[i], nil
		}
		return "", err
	}
}

// inVPC takes the only resource of a VPC for which a filter matches an input.
func inVPC(kind ec2Kind, filter, input string) finder {
	return func(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
		vpc, err := required(inputs, "vpcId")
		if err != nil {
			return "", err
		}
		items, err := api.list(ctx, kind, map[string]string{"vpc-id": vpc, filter: inputs.text(input)})
		switch {
		case err != nil || len(items) == 0:
			return "", err
		case len(items) > 1:
			return "", fmt.Errorf("AWS has %d of them: %s and %s", len(items), kind.id(items[0]), kind.id(items[1]))
		}
		return kind.id(items[0]), nil
	}
}

// findAssociation looks first, because the provider's import of an association that does not exist is an error.
func findAssociation(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	subnet, err1 := required(inputs, "subnetId")
	table, err2 := required(inputs, "routeTableId")
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	filters := map[string]string{"association.subnet-id": subnet, "route-table-id": table}
	tables, err := api.list(ctx, routeTable, filters)
	if err != nil || len(tables) == 0 {
		return "", err
	}
	return subnet + "/" + table, nil
}

// findRule compares what a rule allows: a group cannot have two rules that allow the same.
func findRule(egress bool) finder {
	return func(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
		group, err := required(inputs, "securityGroupId")
		if err != nil {
			return "", err
		}
		if inputs.text("referencedSecurityGroupId") == unknownValue {
			return "", errUnknown
		}
		rules, err := api.list(ctx, rule, map[string]string{"group-id": group})
		for _, r := range rules {
			if r.Egress == egress && sameRule(r, inputs) {
				return r.RuleID, nil
			}
		}
		return "", err
	}
}

func sameRule(r ec2Item, inputs properties) bool {
	samePort := func(actual, input string) bool { return cmp.Or(actual, "-1") == cmp.Or(input, "-1") } // -1: all ports
	ports := r.Protocol == "-1" ||
		samePort(r.FromPort, inputs.text("fromPort")) && samePort(r.ToPort, inputs.text("toPort"))
	return ports && r.Protocol == inputs.text("ipProtocol") &&
		r.IPv4 == inputs.text("cidrIpv4") && r.IPv6 == inputs.text("cidrIpv6") &&
		r.PrefixList == inputs.text("prefixListId") && r.OtherGroup == inputs.text("referencedSecurityGroupId")
}
