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
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"threa-infra/internal/awsquery"
)

// API makes the AWS calls of a recovery.
type API struct {
	region    string
	cache     *elasticache.Client
	ec2       *awsquery.Client
	ecs       *ecs.Client
	balancing *elasticloadbalancingv2.Client
	rds       *rds.Client
	ssm       *ssm.Client
	sts       *sts.Client
	tagging   *tagging.Client
}

// NewAPI makes the clients. The settings must be for the account and the region of the stack.
func NewAPI(settings aws.Config) *API {
	return &API{
		region: settings.Region,
		cache:  elasticache.NewFromConfig(settings), ec2: awsquery.New(settings),
		ecs: ecs.NewFromConfig(settings), balancing: elasticloadbalancingv2.NewFromConfig(settings),
		rds: rds.NewFromConfig(settings), ssm: ssm.NewFromConfig(settings),
		sts: sts.NewFromConfig(settings), tagging: tagging.NewFromConfig(settings),
	}
}

// isNotFound returns whether EC2 has refused to delete what is gone already, as it does when a call was repeated.
func isNotFound(err error) bool {
	var refused *awsquery.Error
	return errors.As(err, &refused) && strings.HasSuffix(refused.Code, ".NotFound")
}

// findARN is for resources whose import id is their ARN, which holds part. It takes one that has the stack's tags and
// that the state does not have.
func findARN(part string) finder {
	return func(ctx context.Context, api *API, known *state, inputs properties) (string, error) {
		tags := inputs.object("tags")
		if len(tags) == 0 {
			return "", errors.New("it has no tags to be found by")
		}
		var filters []taggingtypes.TagFilter
		for key := range tags {
			filters = append(filters, taggingtypes.TagFilter{Key: aws.String(key), Values: []string{tags.text(key)}})
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

// findByARN is for resources whose ARN is their import id and ends with their name.
func findByARN(service, kind string) finder {
	return func(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
		name, err := required(inputs, "name")
		if err != nil {
			return "", err
		}
		identity, err := api.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return "", err //nolint:wrapcheck // it names the call
		}
		return fmt.Sprintf("arn:aws:%s:%s:%s:%s%s", service, api.region, *identity.Account, kind, name), nil
	}
}

// findListener takes the listener of a port, of which a load balancer has no second.
func findListener(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	balancer, err := required(inputs, "loadBalancerArn")
	if err != nil {
		return "", err
	}
	listed, err := api.balancing.DescribeListeners(ctx, &elasticloadbalancingv2.DescribeListenersInput{
		LoadBalancerArn: &balancer,
	})
	if err != nil {
		return "", err //nolint:wrapcheck // it names the call
	}
	for _, listener := range listed.Listeners {
		if inputs.text("port") == fmt.Sprint(aws.ToInt32(listener.Port)) {
			return *listener.ListenerArn, nil
		}
	}
	return "", nil
}

// AWS tak// maxRevisions limits how many revisions are looked at, newest first. A run registers one; calls repeated after faults
// may have registered a few more.
const maxRevisions = 20

// findTaskDefinition takes the newest active revision that has the resource's tags and that the state does not have.
func findTaskDefinition(ctx context.Context, api *API, known *state, inputs properties) (string, error) {
	unknown, err := api.unknownRevisions(ctx, known, inputs)
	if err != nil || len(unknown) == 0 {
		return "", err
	}
	return unknown[0], nil
}

// unknownRevisions lists the active revisions of a family that have the stack's tags but are not in its state, newest
// first. Revisions that something else registered do not have the tags. The tagging API would list inactive ones too.
func (a *API) unknownRevisions(ctx context.Context, known *state, inputs properties) ([]string, error) {
	family := inputs.text("family")
	if family == "" {
		return nil, errors.New("it has no family to be found by")
	}
	listed, err := a.ecs.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: &family, Status: ecstypes.TaskDefinitionStatusActive, Sort: ecstypes.SortOrderDesc,
		MaxResults: aws.Int32(maxRevisions),
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the call
	}
	var unknown []string
	for _, arn := range listed.TaskDefinitionArns {
		if known.has(taskDefinitions, arn) {
			continue
		}
		described, err := a.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: &arn, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
		})
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the call
		}
		tags := properties{}
		for _, tag := range described.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		if hasTags(tags, inputs.object("tags")) {
			unknown = append(unknown, arn)
		}
	}
	return unknown, nil
}

// AWS takes minutes to create a database or a cache. Until then nothing about it can be changed, so recovery waits for
// it, as the run would have done.
const (
	createTimeout = time.Hour
	createPause   = 10 * time.Second
)

func findDatabase(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	id := inputs.text("identifier")
	waiter := rds.NewDBInstanceAvailableWaiter(api.rds, func(o *rds.DBInstanceAvailableWaiterOptions) {
		o.MinDelay = createPause
	})
	err := waiter.Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id}, createTimeout)
	var notFound *rdstypes.DBInstanceNotFoundFault
	if errors.As(err, &notFound) {
		return "", nil
	}
	return id, notCreated(err)
}

func findReplicationGroup(ctx context.Context, api *API, _ *state, inputs properties) (string, error) {
	id := inputs.text("replicationGroupId")
	waiter := elasticache.NewReplicationGroupAvailableWaiter(api.cache,
		func(o *elasticache.ReplicationGroupAvailableWaiterOptions) { o.MinDelay = createPause })
	err := waiter.Wait(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &id}, createTimeout)
	var notFound *cachetypes.ReplicationGroupNotFoundFault
	if errors.As(err, &notFound) {
		return "", nil
	}
	return id, notCreated(err)
}

func notCreated(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("wait until it is available: %w. If AWS could not create it, delete it in AWS, "+
		"then run this again", err)
}
