package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"threa-infra/cmd/threa/awsquery"
	"threa-infra/internal/resources"
)

// API makes the AWS calls of a recovery.
type API struct {
	settings aws.Config
	ec2      *awsquery.Client
	ecs      *ecs.Client
}

// NewAPI creates the clients. The settings must be for the account and the region of the stack.
func NewAPI(settings aws.Config) *API {
	return &API{settings: settings, ec2: awsquery.New(settings), ecs: ecs.NewFromConfig(settings)}
}

// Types that recovery treats specially.
const (
	vpcs             = "aws:ec2/vpc:Vpc"
	internetGateways = "aws:ec2/internetGateway:InternetGateway"
	routeTables      = "aws:ec2/routeTable:RouteTable"
	securityGroups   = resources.SecurityGroup
	egressRules      = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	ingressRules     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	parameters       = resources.Parameter
	roles            = resources.Role
	rolePolicies     = resources.RolePolicy
	attachments      = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	routes           = resources.Route
	listeners        = "aws:lb/listener:Listener"
	listenerRules    = "aws:lb/listenerRule:ListenerRule"
	taskDefinitions  = resources.TaskDefinition
)

var (
	// errUnknown means that an input which the import id depends on is not known yet.
	errUnknown = errors.New("not known yet")
	// errNoTags means that a resource has no tags by which it could be found.
	errNoTags = errors.New("it has no tags to be found by")
)

// importIDs returns the ids with which Pulumi imports a resource and that are not in the state, the preferred one
// first. If there are more, because a call was repeated, they are orphans. An id that follows from the inputs is
// returned unchecked: the refresh shows whether AWS has the resource.
func (a *API) importIDs(ctx context.Context, known *state, kind string, inputs properties) ([]string, error) {
	row, ok := resources.Find(kind)
	if !ok {
		return nil, fmt.Errorf("do not know how to find a %s in AWS: add it to internal/resources", kind)
	}
	var ids []string
	var err error
	switch row.ImportID {
	case "": // never imported
	case resources.Lookup:
		ids, err = lookups[kind](ctx, a, inputs)
	default:
		ids, err = a.expand(ctx, row.ImportID, inputs)
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(ids, func(id string) bool { return known.has(kind, id) }), nil
}

// expand returns the id that follows from the inputs.
func (a *API) expand(ctx context.Context, pattern string, inputs properties) ([]string, error) {
	var errs []error
	id := resources.Expand(pattern, func(key string) string {
		value, err := a.settings.Region, error(nil)
		switch key {
		case "region":
		case "account":
			var identity *sts.GetCallerIdentityOutput
			client := sts.NewFromConfig(a.settings)
			if identity, err = client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err == nil {
				value = aws.ToString(identity.Account)
			}
		default:
			value, err = required(inputs, key)
		}
		errs = append(errs, err)
		return value
	})
	return []string{id}, errors.Join(errs...)
}

// required returns an input that a lookup needs.
func required(inputs properties, key string) (string, error) {
	value := inputs.text(key)
	if value == "" || value == unknownValue {
		return "", fmt.Errorf("%s: %w", key, errUnknown)
	}
	return value, nil
}

// ImportID returns the id with which Pulumi imports a resource. It is empty if AWS has none, or if it depends on an
// input that is not known yet. An id that follows from the inputs is not checked.
func (a *API) ImportID(ctx context.Context, kind string, inputs map[string]any) (string, error) {
	ids, err := a.importIDs(ctx, &state{}, kind, inputs)
	switch {
	case errors.Is(err, errUnknown), errors.Is(err, errNoTags), err == nil && len(ids) == 0:
		return "", nil
	case err != nil:
		return "", err
	}
	return ids[0], nil
}

// GroupID returns the id of the security group with a name in a VPC. It is empty if there is none.
func (a *API) GroupID(ctx context.Context, name, vpcID string) (string, error) {
	groups, err := a.list(ctx, securityGroup, map[string]string{"group-name": name, "vpc-id": vpcID})
	if err != nil || len(groups) == 0 {
		return "", err
	}
	return groups[0][securityGroup.id], nil
}

// IsNotFound reports whether AWS does not have what a call is about.
func IsNotFound(err error) bool {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		code := refused.ErrorCode()
		return strings.Contains(code, "NotFound") || code == "NoSuchEntity"
	}
	return isNotFound(err)
}
