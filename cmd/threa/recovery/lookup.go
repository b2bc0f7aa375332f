package recovery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
)

// Resources whose ids AWS makes up are found by what they hold. Source of calls, filters and answers:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/

// kindOfEC2 is a kind of resource that only its tags tell from others of its kind.
type kindOfEC2 struct {
	token            string // of Pulumi
	noun             string // in messages
	describe, remove string // the calls that list and delete it
	set, id          string // the names of list and id in the answer to the one, and of the id's parameter for the other
}

var (
	vpcs        = kindOfEC2{"aws:ec2/vpc:Vpc", "VPC", "DescribeVpcs", "DeleteVpc", "vpcSet", "VpcId"}
	gateways    = kindOfEC2{"aws:ec2/internetGateway:InternetGateway", "internet gateway", "DescribeInternetGateways", "DeleteInternetGateway", "internetGatewaySet", "InternetGatewayId"}
	routeTables = kindOfEC2{"aws:ec2/routeTable:RouteTable", "route table", "DescribeRouteTables", "DeleteRouteTable", "routeTableSet", "RouteTableId"}
)

// item is any element of an EC2 list, as far as it matters here.
type item struct {
	VPCID       string `xml:"vpcId"`
	GatewayID   string `xml:"internetGatewayId"`
	TableID     string `xml:"routeTableId"`
	SubnetID    string `xml:"subnetId"`
	EndpointID  string `xml:"vpcEndpointId"`
	GroupID     string `xml:"groupId"`
	RuleID      string `xml:"securityGroupRuleId"`
	Egress      bool   `xml:"isEgress"`
	Protocol    string `xml:"ipProtocol"`
	FromPort    string `xml:"fromPort"`
	ToPort      string `xml:"toPort"`
	IPv4        string `xml:"cidrIpv4"`
	IPv6        string `xml:"cidrIpv6"`
	PrefixList  string `xml:"prefixListId"`
	OtherGroup  string `xml:"referencedGroupInfo>groupId"`
	Description string `xml:"description"`
	Tags        []struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	} `xml:"tagSet>item"`
	Associations []struct {
		ID       string `xml:"routeTableAssociationId"`
		SubnetID string `xml:"subnetId"`
	} `xml:"associationSet>item"`
}

func (k kindOfEC2) idOf(i item) string {
	return map[string]string{"VpcId": i.VPCID, "InternetGatewayId": i.GatewayID, "RouteTableId": i.TableID}[k.id]
}

// list asks EC2 for what matches all filters.
func (a *API) list(ctx context.Context, action string, filters map[string]string) ([]item, error) {
	parameters := map[string]string{}
	n := 0
	for key, value := range filters {
		n++
		parameters[fmt.Sprintf("Filter.%d.Name", n)] = key
		parameters[fmt.Sprintf("Filter.%d.Value.1", n)] = value
	}
	var all []item
	for {
		var answer struct {
			Next string `xml:"nextToken"`
			Sets []struct {
				Items []item `xml:"item"`
			} `xml:",any"`
		}
		if err := a.Query(ctx, "ec2", action, parameters, &answer); err != nil {
			return nil, err
		}
		for _, set := range answer.Sets {
			all = append(all, set.Items...)
		}
		if answer.Next == "" {
			return all, nil
		}
		parameters["NextToken"] = answer.Next
	}
}

// tagged lists the ids of all of a kind that carry the tags.
func (a *API) tagged(ctx context.Context, kind kindOfEC2, tags object) ([]string, error) {
	filters := map[string]string{}
	for key := range tags {
		filters["tag:"+key] = tags.text(key)
	}
	found, err := a.list(ctx, kind.describe, filters)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, one := range found {
		ids = append(ids, kind.idOf(one))
	}
	slices.Sort(ids)
	return ids, nil
}

// findTagged takes the first that carries the resource's tags and that the state does not know. A repeated call may
// have made more: they are found as left over.
func findTagged(kind kindOfEC2) finder {
	return func(ctx context.Context, api *API, known *state, inputs object) (string, error) {
		tags := inputs.object("tags")
		if tags.text("Name") == "" {
			return "", fmt.Errorf("it has no Name tag to be found by")
		}
		ids, err := api.tagged(ctx, kind, tags)
		for _, id := range ids {
			if !known.has(kind.token, id) {
				return id, err
			}
		}
		return "", err
	}
}

// inVPC looks for the only one of a VPC for which a filter matches an input.
func inVPC(action, filter, input string, id func(item) string) finder {
	return func(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
		vpc, err := known(inputs, "vpcId")
		if err != nil {
			return "", err
		}
		found, err := api.list(ctx, action, map[string]string{"vpc-id": vpc, filter: inputs.text(input)})
		switch {
		case err != nil || len(found) == 0:
			return "", err
		case len(found) > 1:
			return "", fmt.Errorf("AWS has %d of them: %s and %s", len(found), id(found[0]), id(found[1]))
		}
		return id(found[0]), nil
	}
}

// findAssociation looks first, because the provider's import of an association that is not there is an error.
func findAssociation(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
	subnet, err := known(inputs, "subnetId")
	if err != nil {
		return "", err
	}
	table, err := known(inputs, "routeTableId")
	if err != nil {
		return "", err
	}
	tables, err := api.list(ctx, "DescribeRouteTables", map[string]string{"association.subnet-id": subnet, "route-table-id": table})
	if err != nil || len(tables) == 0 {
		return "", err
	}
	return subnet + "/" + table, nil
}

// findRule compares what a rule allows: two of the same cannot be in one group.
func findRule(egress bool) finder {
	return func(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
		group, err := known(inputs, "securityGroupId")
		if err != nil {
			return "", err
		}
		if inputs.text("referencedSecurityGroupId") == unknownValue {
			return "", errUnknown
		}
		rules, err := api.list(ctx, "DescribeSecurityGroupRules", map[string]string{"group-id": group})
		for _, rule := range rules {
			if rule.Egress == egress && sameRule(rule, inputs) {
				return rule.RuleID, nil
			}
		}
		return "", err
	}
}

func sameRule(rule item, inputs object) bool {
	protocol := inputs.text("ipProtocol")
	ports := protocol == "-1" || port(rule.FromPort) == port(inputs.text("fromPort")) && port(rule.ToPort) == port(inputs.text("toPort"))
	return rule.Protocol == protocol && ports && rule.IPv4 == inputs.text("cidrIpv4") && rule.IPv6 == inputs.text("cidrIpv6") &&
		rule.PrefixList == inputs.text("prefixListId") && rule.OtherGroup == inputs.text("referencedSecurityGroupId")
}

// port is -1 for all ports, as AWS has it.
func port(text string) int {
	number, err := strconv.Atoi(cmp.Or(text, "-1"))
	if err != nil {
		return -1
	}
	return number
}
