package recovery

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ec2Kind is a type of EC2 resource, whose import id EC2 assigns. See
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ for the calls, their filters and their answers.
type ec2Kind struct {
	name string // in the calls Describe<name>s and Delete<name>, and in the parameter <name>Id
	id   string // the element of the answer that holds the id
}

var (
	vpc             = ec2Kind{"Vpc", "vpcId"}
	internetGateway = ec2Kind{"InternetGateway", "internetGatewayId"}
	routeTable      = ec2Kind{"RouteTable", "routeTableId"}
	subnet          = ec2Kind{"Subnet", "subnetId"}
	securityGroup   = ec2Kind{"SecurityGroup", "groupId"}
	rule            = ec2Kind{"SecurityGroupRule", "securityGroupRuleId"}
)

// otherGroup is the key of the security group that a rule refers to. It is the name of the input.
const otherGroup = "referencedSecurityGroupId"

// list returns the resources of a kind that match all filters, in the order of their ids, each as the texts in its
// elements.
func (a *API) list(ctx context.Context, kind ec2Kind, filters map[string]string) ([]map[string]string, error) {
	query := map[string]string{}
	for key, value := range filters {
		prefix := fmt.Sprintf("Filter.%d.", len(query)/2+1)
		query[prefix+"Name"], query[prefix+"Value.1"] = key, value
	}
	var list []map[string]string
	for {
		var answer struct {
			Next string `xml:"nextToken"`
			Sets []struct {
				Items []struct {
					OtherGroup string `xml:"referencedGroupInfo>groupId"`
					Elements   []struct {
						XMLName xml.Name
						Text    string `xml:",chardata"`
					} `xml:",any"`
				} `xml:"item"`
			} `xml:",any"`
		}
		if err := a.ec2.Query(ctx, "ec2", "Describe"+kind.name+"s", query, &answer); err != nil {
			return nil, err
		}
		for _, set := range answer.Sets {
			for _, item := range set.Items {
				texts := map[string]string{otherGroup: item.OtherGroup}
				for _, element := range item.Elements {
					texts[element.XMLName.Local] = element.Text
				}
				list = append(list, texts)
			}
		}
		if answer.Next == "" {
			slices.SortFunc(list, func(a, b map[string]string) int { return strings.Compare(a[kind.id], b[kind.id]) })
			return list, nil
		}
		query["NextToken"] = answer.Next
	}
}

// findTagged finds the resources that have all tags. The stack's resources of one kind differ only in the Name tag.
func findTagged(kind ec2Kind) lookup {
	return func(ctx context.Context, api *API, inputs properties) ([]string, error) {
		tags := inputs.object("tags")
		if tags.text("Name") == "" {
			return nil, errNoTags
		}
		filters := map[string]string{}
		for key := range tags {
			filters["tag:"+key] = tags.text(key)
		}
		list, err := api.list(ctx, kind, filters)
		var ids []string
		for _, r := range list {
			ids = append(ids, r[kind.id])
		}
		return ids, err
	}
}

// findAssociation checks that the association exists, because the provider fails to import one that does not.
func findAssociation(ctx context.Context, api *API, inputs properties) ([]string, error) {
	subnetID, err1 := required(inputs, "subnetId")
	tableID, err2 := required(inputs, "routeTableId")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	filters := map[string]string{"association.subnet-id": subnetID, "route-table-id": tableID}
	tables, err := api.list(ctx, routeTable, filters)
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	return []string{subnetID + "/" + tableID}, nil
}

// findRule compares what rules allow: a security group cannot have two rules that allow the same.
func findRule(egress string) lookup {
	return func(ctx context.Context, api *API, inputs properties) ([]string, error) {
		group, err := required(inputs, "securityGroupId")
		if err != nil {
			return nil, err
		}
		if inputs.text(otherGroup) == unknownValue {
			return nil, errUnknown
		}
		rules, err := api.list(ctx, rule, map[string]string{"group-id": group})
		for _, r := range rules {
			if r["isEgress"] == egress && sameRule(r, inputs) {
				return []string{r[rule.id]}, nil
			}
		}
		return nil, err
	}
}

func sameRule(r map[string]string, inputs properties) bool {
	for _, key := range []string{"ipProtocol", "cidrIpv4", "cidrIpv6", "prefixListId", otherGroup} {
		if r[key] != inputs.text(key) {
			return false
		}
	}
	samePort := func(key string) bool { return cmp.Or(r[key], "-1") == cmp.Or(inputs.text(key), "-1") } // -1: all ports
	return r["ipProtocol"] == "-1" || samePort("fromPort") && samePort("toPort")
}
