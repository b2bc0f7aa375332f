package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"threa-infra/internal/resources"
)

// Types that recovery treats specially.
const (
	securityGroups  = "aws:ec2/securityGroup:SecurityGroup"
	parameters      = "aws:ssm/parameter:Parameter"
	taskDefinitions = "aws:ecs/taskDefinition:TaskDefinition"
)

// errUnknown means that an input which the import id depends on is not known yet.
var errUnknown = errors.New("not known yet")

// importID returns the id with which Pulumi imports a resource, or "" if AWS does not have it. An id that follows from
// the inputs is returned unchecked: the refresh shows whether AWS has the resource.
func (a *API) importID(ctx context.Context, known *state, kind string, inputs properties) (string, error) {
	row, ok := resources.Find(kind)
	if !ok {
		return "", fmt.Errorf("do not know how to find a %s in AWS: add it to internal/resources", kind)
	}
	if row.ImportID == resources.Lookup {
		return lookups[kind](ctx, a, known, inputs)
	}
	var errs []error
	id := resources.Expand(row.ImportID, func(key string) string {
		value, err := a.region, error(nil)
		switch key {
		case "region":
		case "account":
			var identity *sts.GetCallerIdentityOutput
			if identity, err = a.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err == nil {
				value = aws.ToString(identity.Account)
			}
		default:
			value, err = required(inputs, key)
		}
		errs = append(errs, err)
		return value
	})
	return id, errors.Join(errs...)
}

// required returns an input that a lookup needs.
func required(inputs properties, key string) (string, error) {
	value := inputs.text(key)
	if value == "" || value == unknownValue {
		return "", fmt.Errorf("%s: %w", key, errUnknown)
	}
	return value, nil
}

// lookups find the resources whose import id does not follow from their inputs. They return "" if AWS has none.
// https://developer.hashicorp.com/terraform/language/import describes the ids.
var lookups = map[string]func(ctx context.Context, api *API, known *state, inputs properties) (string, error){
	"aws:acm/certificate:Certificate":                           findARN(":certificate/"),
	"aws:lb/loadBalancer:LoadBalancer":                          findARN(":loadbalancer/"),
	"aws:lb/targetGroup:TargetGroup":                            findARN(":targetgroup/"),
	"aws:lb/listener:Listener":                                  findListener,
	"aws:ec2/vpc:Vpc":                                           findTagged(vpc),
	"aws:ec2/internetGateway:InternetGateway":                   findTagged(internetGateway),
	"aws:ec2/routeTable:RouteTable":                             findTagged(routeTable),
	"aws:ec2/subnet:Subnet":                                     findTagged(subnet),
	securityGroups:                                              findTagged(securityGroup),
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       findAssociation,
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   findRule("true"),
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": findRule("false"),
	"aws:ecs/service:Service":                                   findService,
	taskDefinitions:                                             findTaskDefinition,
	"aws:rds/instance:Instance":                                 findDatabase,
	"aws:elasticache/replicationGroup:ReplicationGroup":         findReplicationGroup,
}

// findARN returns the first ARN that contains part and has the resource's tags, but is not in the state.
func findARN(part string) func(context.Context, *API, *state, properties) (string, error) {
	return func(ctx context.Context, api *API, known *state, inputs properties) (string, error) {
		tags := inputs.object("tags")
		if len(tags) == 0 {
			return "", errors.New("it has no tags to be found by")
		}
		var filters []taggingtypes.TagFilter
		for key := range tags {
			filters = append(filters, taggingtypes.TagFilter{Key: &key, Values: []string{tags.text(key)}})
		}
		pages := tagging.NewGetResourcesPaginator(api.tagging, &tagging.GetResourcesInput{TagFilters: filters})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return "", err //nolint:wrapcheck // it names the call
			}
			for _, r := range page.ResourceTagMappingList {
				if arn := aws.ToString(r.ResourceARN); strings.Contains(arn, part) && !known.hasID(arn) {
					return arn, nil
				}
			}
		}
		return "", nil
	}
}

// findListener returns the listener of a port, of which a load balancer has at most one.
func findListener(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	balancer, err := required(inputs, "loadBalancerArn")
	if err != nil {
		return "", err
	}
	var answer struct {
		Listeners []struct{ ListenerArn, Port string } `xml:"DescribeListenersResult>Listeners>member"`
	}
	query := map[string]string{"LoadBalancerArn": balancer}
	err = api.ec2.Query(ctx, "elasticloadbalancing", "DescribeListeners", query, &answer)
	for _, listener := range answer.Listeners {
		if listener.Port == inputs.text("port") {
			return listener.ListenerArn, nil
		}
	}
	return "", err
}

// findTagged returns the first resource that has the tags, but is not in the state. If there are more, because a call
// was repeated, they are orphans.
func findTagged(kind ec2Kind) func(context.Context, *API, *state, properties) (string, error) {
	return func(ctx context.Context, api *API, known *state, inputs properties) (string, error) {
		ids, err := api.tagged(ctx, kind, inputs.object("tags"))
		ids = slices.DeleteFunc(ids, known.hasID)
		return strings.Join(ids[:min(1, len(ids))], ""), err
	}
}

// findAssociation checks that the association exists, because the provider fails to import one that does not.
func findAssociation(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	subnetID, err1 := required(inputs, "subnetId")
	tableID, err2 := required(inputs, "routeTableId")
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	filters := map[string]string{"association.subnet-id": subnetID, "route-table-id": tableID}
	tables, err := api.list(ctx, routeTable, filters)
	if err != nil || len(tables) == 0 {
		return "", err
	}
	return subnetID + "/" + tableID, nil
}

// findRule compares what rules allow: a security group cannot have two rules that allow the same.
func findRule(egress string) func(context.Context, *API, *state, properties) (string, error) {
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
			if r.text("isEgress") == egress && sameRule(r, inputs) {
				return r.text(rule.idElement), nil
			}
		}
		return "", err
	}
}

func sameRule(r ec2Item, inputs properties) bool {
	samePort := func(key string) bool { // -1: all ports
		return r.text("ipProtocol") == "-1" || cmp.Or(r.text(key), "-1") == cmp.Or(inputs.text(key), "-1")
	}
	same := func(key string) bool { return r.text(key) == inputs.text(key) }
	return samePort("fromPort") && samePort("toPort") && same("ipProtocol") && same("cidrIpv4") && same("cidrIpv6") &&
		same("prefixListId") && r.otherGroup() == inputs.text("referencedSecurityGroupId")
}

func findService(_ context.Context, _ *API, _ *state, inputs properties) (string, error) {
	cluster, err1 := required(inputs, "cluster") // a name or an ARN
	service, err2 := required(inputs, "name")
	return cluster[strings.LastIndex(cluster, "/")+1:] + "/" + service, errors.Join(err1, err2)
}

// AWS takes minutes to create a database or a cache. Until then nothing about it can be changed, so recovery waits for
// it, as the run would have done.
const (
	createTimeout = time.Hour
	createPause   = 10 * time.Second
)

func findDatabase(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	id := inputs.text("identifier")
	waiter := rds.NewDBInstanceAvailableWaiter(api.rds)
	err := waiter.Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id}, createTimeout,
		func(o *rds.DBInstanceAvailableWaiterOptions) { o.MinDelay = createPause })
	var notFound *rdstypes.DBInstanceNotFoundFault
	return created(id, err, errors.As(err, &notFound))
}

func findReplicationGroup(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	id := inputs.text("replicationGroupId")
	waiter := elasticache.NewReplicationGroupAvailableWaiter(api.cache)
	err := waiter.Wait(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &id}, createTimeout,
		func(o *elasticache.ReplicationGroupAvailableWaiterOptions) { o.MinDelay = createPause })
	var notFound *cachetypes.ReplicationGroupNotFoundFault
	return created(id, err, errors.As(err, &notFound))
}

// created returns what a lookup returns after it has waited for a resource.
func created(id string, err error, notFound bool) (string, error) {
	switch {
	case notFound:
		return "", nil
	case err != nil:
		return "", fmt.Errorf("wait until it is available: %w. If AWS could not create it, delete it in AWS, "+
			"then run this again", err)
	}
	return id, nil
}
