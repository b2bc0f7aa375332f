package recovery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"threa-infra/internal/resources"
)

type lookup = func(context.Context, *API, properties) ([]string, error)

// lookups find the resources whose import id does not follow from their inputs. They return the ids that AWS has, the
// preferred one first. https://developer.hashicorp.com/terraform/language/import describes the ids.
var lookups = map[string]lookup{
	"aws:acm/certificate:Certificate":  findARN(":certificate/"),
	"aws:lb/loadBalancer:LoadBalancer": findARN(":loadbalancer/"),
	"aws:lb/targetGroup:TargetGroup":   findARN(":targetgroup/"),
	"aws:lb/listener:Listener":         findListener,
	vpcs:                               findTagged(vpc),
	internetGateways:                   findTagged(internetGateway),
	routeTables:                        findTagged(routeTable),
	"aws:ec2/subnet:Subnet":            findTagged(subnet),
	securityGroups:                     findTagged(securityGroup),
	"aws:ec2/routeTableAssociation:RouteTableAssociation": findAssociation,
	egressRules:        findRule("true"),
	ingressRules:       findRule("false"),
	resources.Service:  findService,
	taskDefinitions:    findTaskDefinition,
	resources.Database: findDatabase,
	resources.Cache:    findReplicationGroup,
}

// findARN finds the ARNs that contain part and have the resource's tags.
func findARN(part string) lookup {
	return func(ctx context.Context, api *API, inputs properties) ([]string, error) {
		tags := inputs.object("tags")
		if len(tags) == 0 {
			return nil, errNoTags
		}
		var filters []taggingtypes.TagFilter
		for key := range tags {
			filters = append(filters, taggingtypes.TagFilter{Key: &key, Values: []string{tags.text(key)}})
		}
		input := &tagging.GetResourcesInput{TagFilters: filters}
		pages := tagging.NewGetResourcesPaginator(tagging.NewFromConfig(api.settings), input)
		var arns []string
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err //nolint:wrapcheck // it names the call
			}
			for _, r := range page.ResourceTagMappingList {
				if arn := aws.ToString(r.ResourceARN); strings.Contains(arn, part) {
					arns = append(arns, arn)
				}
			}
		}
		return arns, nil
	}
}

// findListener finds the listener of a port, of which a load balancer has at most one.
func findListener(ctx context.Context, api *API, inputs properties) ([]string, error) {
	balancer, err := required(inputs, "loadBalancerArn")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Listeners []struct{ ListenerArn, Port string } `xml:"DescribeListenersResult>Listeners>member"`
	}
	query := map[string]string{"LoadBalancerArn": balancer}
	err = api.ec2.Query(ctx, "elasticloadbalancing", "DescribeListeners", query, &answer)
	for _, listener := range answer.Listeners {
		if listener.Port == inputs.text("port") {
			return []string{listener.ListenerArn}, nil
		}
	}
	return nil, err
}

func findService(_ context.Context, _ *API, inputs properties) ([]string, error) {
	cluster, err1 := required(inputs, "cluster") // a name or an ARN
	service, err2 := required(inputs, "name")
	return []string{cluster[strings.LastIndex(cluster, "/")+1:] + "/" + service}, errors.Join(err1, err2)
}

// maxRevisions limits how many revisions are read, newest first. A run registers one; repeated calls may have
// registered a few more.
const maxRevisions = 20

// findTaskDefinition finds the active revisions of a family that have the resource's tags, newest first. The tagging
// API would return inactive revisions too.
func findTaskDefinition(ctx context.Context, api *API, inputs properties) ([]string, error) {
	family, err := required(inputs, "family")
	if err != nil {
		return nil, err
	}
	revisions, err := api.ecs.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: &family, Status: ecstypes.TaskDefinitionStatusActive, Sort: ecstypes.SortOrderDesc,
		MaxResults: aws.Int32(maxRevisions),
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the call
	}
	var arns []string
	for _, arn := range revisions.TaskDefinitionArns {
		revision, err := api.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: &arn, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
		})
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the call
		}
		tags := properties{}
		for _, tag := range revision.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		if hasTags(tags, inputs.object("tags")) {
			arns = append(arns, arn)
		}
	}
	return arns, nil
}

// AWS takes minutes to create a database or a cache. Until then nothing about it can be changed, so recovery waits for
// it, as the run would have done.
const (
	createTimeout = time.Hour
	createPause   = 10 * time.Second
)

func findDatabase(ctx context.Context, api *API, inputs properties) ([]string, error) {
	id := inputs.text("identifier")
	waiter := rds.NewDBInstanceAvailableWaiter(rds.NewFromConfig(api.settings))
	err := waiter.Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id}, createTimeout,
		func(o *rds.DBInstanceAvailableWaiterOptions) { o.MinDelay = createPause })
	return created(id, err, new(*rdstypes.DBInstanceNotFoundFault))
}

func findReplicationGroup(ctx context.Context, api *API, inputs properties) ([]string, error) {
	id := inputs.text("replicationGroupId")
	waiter := elasticache.NewReplicationGroupAvailableWaiter(elasticache.NewFromConfig(api.settings))
	err := waiter.Wait(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &id}, createTimeout,
		func(o *elasticache.ReplicationGroupAvailableWaiterOptions) { o.MinDelay = createPause })
	return created(id, err, new(*cachetypes.ReplicationGroupNotFoundFault))
}

// created returns what a lookup returns after it has waited for a resource.
func created(id string, err error, notFound any) ([]string, error) {
	switch {
	case err == nil:
		return []string{id}, nil
	case errors.As(err, notFound):
		return nil, nil
	}
	return nil, fmt.Errorf("wait until it is available: %w. If AWS could not create it, delete it in AWS, "+
		"then run this again", err)
}
