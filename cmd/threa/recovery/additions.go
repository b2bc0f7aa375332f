package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/cmd/threa/awsquery"
	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
)

// Addition is a part that was added by hand to one of the stack's resources. Neither a refresh nor a preview shows it,
// because such parts are separate resources in Pulumi. threa recover does not delete it.
type Addition struct {
	Description string
	Remove      string // the command of the AWS CLI that deletes it
}

// Additions lists the additions, and the kinds for which a permission is missing. export is the output of pulumi stack
// export. own are the names of parameters that the user manages, which are not additions. A resource that was deleted
// by hand has no additions.
func (a *API) Additions(
	ctx context.Context, export []byte, own []string,
) (found []Addition, skipped []string, err error) {
	known, err := parseExport(export)
	if err != nil {
		return nil, nil, err
	}
	addedParameters := func(ctx context.Context, known *state, record apitype.ResourceV3) ([]Addition, error) {
		return a.addedParameters(ctx, known, record, own)
	}
	for _, kind := range []struct {
		name, resourceType string
		list               func(context.Context, *state, apitype.ResourceV3) ([]Addition, error)
	}{
		{"policies of roles", roles, a.addedPolicies},
		{"routes", routeTables, a.addedRoutes},
		{"listener rules", listeners, a.addedListenerRules},
		{"parameters", parameters, addedParameters},
	} {
		for _, r := range known.Resources {
			if string(r.Type) != kind.resourceType || r.Delete {
				continue
			}
			additions, err := kind.list(ctx, known, r)
			if preconditions.IsDenied(err) {
				skipped = append(skipped, kind.name)
				break
			}
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return nil, nil, fmt.Errorf("look for %s of %s: %w", kind.name, r.URN.Name(), err)
			}
			found = append(found, additions...)
		}
	}
	return found, skipped, nil
}

// isNotFound reports whether a call failed because AWS does not have the resource.
func isNotFound(err error) bool {
	var refused *awsquery.Error
	return errors.As(err, &refused) && (strings.HasSuffix(refused.Code, "NotFound") || refused.Code == "NoSuchEntity")
}

// addedPolicies lists inline and managed policies of a role. Source:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
func (a *API) addedPolicies(ctx context.Context, known *state, role apitype.ResourceV3) ([]Addition, error) {
	name := string(role.ID)
	var inline struct {
		Names []string `xml:"ListRolePoliciesResult>PolicyNames>member"`
	}
	var managed struct {
		ARNs []string `xml:"ListAttachedRolePoliciesResult>AttachedPolicies>member>PolicyArn"`
	}
	query := map[string]string{"RoleName": name, "MaxItems": "1000"}
	err := a.ec2.Query(ctx, "iam", "ListRolePolicies", query, &inline)
	if err == nil {
		err = a.ec2.Query(ctx, "iam", "ListAttachedRolePolicies", query, &managed)
	}
	var found []Addition
	for _, policy := range inline.Names {
		if !known.has(rolePolicies, name+":"+policy) {
			found = append(found, Addition{fmt.Sprintf("inline policy %s of the role %s", policy, name),
				fmt.Sprintf("aws iam delete-role-policy --role-name %s --policy-name %s", name, policy)})
		}
	}
	for _, arn := range managed.ARNs {
		if !known.hasInputs(attachments, properties{"role": name, "policyArn": arn}) {
			found = append(found, Addition{fmt.Sprintf("policy %s attached to the role %s", arn, name),
				fmt.Sprintf("aws iam detach-role-policy --role-name %s --policy-arn %s", name, arn)})
		}
	}
	return found, err
}

// addedRoutes lists the routes that were added to a route table by hand. The local route and propagated routes have
// another origin. A route of a gateway endpoint, to a prefix list, can only be removed by changing the endpoint.
// Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html and
// https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
func (a *API) addedRoutes(ctx context.Context, known *state, table apitype.ResourceV3) ([]Addition, error) {
	var answer struct {
		Routes []struct {
			IPv4    string `xml:"destinationCidrBlock"`
			IPv6    string `xml:"destinationIpv6CidrBlock"`
			Prefix  string `xml:"destinationPrefixListId"`
			Gateway string `xml:"gatewayId"`
			Origin  string `xml:"origin"`
		} `xml:"routeTableSet>item>routeSet>item"`
	}
	id := string(table.ID)
	err := a.ec2.Query(ctx, "ec2", "DescribeRouteTables", map[string]string{"RouteTableId.1": id}, &answer)
	var found []Addition
	for _, route := range answer.Routes {
		key, flag, destination := "destinationCidrBlock", "--destination-cidr-block", route.IPv4
		switch {
		case route.IPv6 != "":
			key, flag, destination = "destinationIpv6CidrBlock", "--destination-ipv6-cidr-block", route.IPv6
		case route.Prefix != "":
			key, flag, destination = "destinationPrefixListId", "--destination-prefix-list-id", route.Prefix
		}
		remove := fmt.Sprintf("aws ec2 delete-route --region %s --route-table-id %s %s %s", a.settings.Region, id, flag,
			destination)
		if route.Prefix != "" && strings.HasPrefix(route.Gateway, "vpce-") {
			remove = fmt.Sprintf("aws ec2 modify-vpc-endpoint --region %s --vpc-endpoint-id %s --remove-route-table-ids %s",
				a.settings.Region, route.Gateway, id)
		}
		if route.Origin == "CreateRoute" && !known.hasInputs(routes, properties{"routeTableId": id, key: destination}) {
			found = append(found, Addition{fmt.Sprintf("route to %s in %s", destination, table.URN.Name()), remove})
		}
	}
	return found, err
}

// addedListenerRules lists the rules of a listener, except the default rule. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html
func (a *API) addedListenerRules(ctx context.Context, known *state, listener apitype.ResourceV3) ([]Addition, error) {
	var answer struct {
		Rules []struct {
			ARN       string `xml:"RuleArn"`
			Priority  string `xml:"Priority"`
			IsDefault bool   `xml:"IsDefault"`
		} `xml:"DescribeRulesResult>Rules>member"`
	}
	query := map[string]string{"ListenerArn": string(listener.ID), "PageSize": "400"}
	err := a.ec2.Query(ctx, "elasticloadbalancing", "DescribeRules", query, &answer)
	var found []Addition
	for _, rule := range answer.Rules {
		if !rule.IsDefault && !known.has(listenerRules, rule.ARN) {
			found = append(found, Addition{fmt.Sprintf("rule of %s with priority %s", listener.URN.Name(), rule.Priority),
				fmt.Sprintf("aws elbv2 delete-rule --region %s --rule-arn %s", a.settings.Region, rule.ARN)})
		}
	}
	return found, err
}

// addedParameters lists the parameters under the stack's path, except those in the state, those in own and those that
// the tasks read. It does nothing unless record is the owner record.
func (a *API) addedParameters(
	ctx context.Context, known *state, record apitype.ResourceV3, own []string,
) ([]Addition, error) {
	if !isOwnerRecord(record) {
		return nil, nil
	}
	var found []Addition
	names := naming.Stack{Name: naming.FromOwnerRecord(string(record.ID))}
	pages := ssm.NewGetParametersByPathPaginator(ssm.NewFromConfig(a.settings), &ssm.GetParametersByPathInput{
		Path: aws.String(names.ParameterPath()), Recursive: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list parameters: %w", err)
		}
		for _, parameter := range page.Parameters {
			name := aws.ToString(parameter.Name)
			if !known.has(parameters, name) && !known.tasksRead(aws.ToString(parameter.ARN)) && !slices.Contains(own, name) {
				found = append(found, Addition{"parameter " + name, fmt.Sprintf("aws ssm delete-parameter --region %s --name %s",
					a.settings.Region, name)})
			}
		}
	}
	return found, nil
}
