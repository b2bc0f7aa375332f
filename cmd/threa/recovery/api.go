package recovery

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"threa-infra/cmd/threa/awsquery"
)

// API makes the AWS calls of a recovery.
type API struct {
	region  string
	cache   *elasticache.Client
	ec2     *awsquery.Client
	ecs     *ecs.Client
	rds     *rds.Client
	ssm     *ssm.Client
	sts     *sts.Client
	tagging *tagging.Client
}

// NewAPI creates the clients. The settings must be for the account and the region of the stack.
func NewAPI(settings aws.Config) *API {
	return &API{
		region: settings.Region,
		cache:  elasticache.NewFromConfig(settings), ec2: awsquery.New(settings), ecs: ecs.NewFromConfig(settings),
		rds: rds.NewFromConfig(settings), ssm: ssm.NewFromConfig(settings), sts: sts.NewFromConfig(settings),
		tagging: tagging.NewFromConfig(settings),
	}
}

// ec2Kind is a type of EC2 resource, whose import id EC2 assigns. See
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ for the calls, their filters and their answers.
type ec2Kind struct {
	noun      string // for messages
	name      string // in the calls Describe<name>s and Delete<name>, and in the parameter <name>Id
	idElement string // of the answer
}

var (
	vpc             = ec2Kind{"VPC", "Vpc", "vpcId"}
	internetGateway = ec2Kind{"internet gateway", "InternetGateway", "internetGatewayId"}
	routeTable      = ec2Kind{"route table", "RouteTable", "routeTableId"}
	subnet          = ec2Kind{"subnet", "Subnet", "subnetId"}
	securityGroup   = ec2Kind{"security group", "SecurityGroup", "groupId"}
	rule            = ec2Kind{"security group rule", "SecurityGroupRule", "securityGroupRuleId"}
)

// ec2Item is an XML element of a list.
type ec2Item struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Elements []ec2Item `xml:",any"`
}

func (i ec2Item) element(name string) ec2Item {
	for _, e := range i.Elements {
		if e.XMLName.Local == name {
			return e
		}
	}
	return ec2Item{}
}

func (i ec2Item) text(name string) string { return i.element(name).Text }

// otherGroup returns the security group that a rule refers to.
func (i ec2Item) otherGroup() string { return i.element("referencedGroupInfo").text("groupId") }

// list returns the resources of a kind that match all filters, in the order of their ids.
func (a *API) list(ctx context.Context, kind ec2Kind, filters map[string]string) ([]ec2Item, error) {
	query := map[string]string{}
	for key, value := range filters {
		prefix := fmt.Sprintf("Filter.%d.", len(query)/2+1)
		query[prefix+"Name"], query[prefix+"Value.1"] = key, value
	}
	var items []ec2Item
	for {
		var answer struct {
			Next string `xml:"nextToken"`
			Sets []struct {
				Items []ec2Item `xml:"item"`
			} `xml:",any"`
		}
		if err := a.ec2.Query(ctx, "ec2", "Describe"+kind.name+"s", query, &answer); err != nil {
			return nil, err
		}
		for _, set := range answer.Sets {
			items = append(items, set.Items...)
		}
		if answer.Next == "" {
			slices.SortFunc(items, func(a, b ec2Item) int {
				return strings.Compare(a.text(kind.idElement), b.text(kind.idElement))
			})
			return items, nil
		}
		query["NextToken"] = answer.Next
	}
}

// tagged returns the ids of the resources of a kind that have all tags. Only the Name tag tells the stack's resources
// of one kind apart.
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
		ids = append(ids, item.text(kind.idElement))
	}
	return ids, err
}

// maxRevisions limits how many revisions are read, newest first. A run registers one; repeated calls may have
// registered a few more.
const maxRevisions = 20

// findTaskDefinition returns the newest active revision that has the resource's tags, but is not in the state.
func findTaskDefinition(ctx context.Context, api *API, known *state, inputs properties) (string, error) {
	unknown, err := api.unknownRevisions(ctx, known, inputs)
	return strings.Join(unknown[:min(1, len(unknown))], ""), err
}

// unknownRevisions returns the active revisions of a family that have the stack's tags, but are not in its state, newest
// first. The tagging API would return inactive revisions too.
func (a *API) unknownRevisions(ctx context.Context, known *state, inputs properties) ([]string, error) {
	family, err := required(inputs, "family")
	if err != nil {
		return nil, err
	}
	revisions, err := a.ecs.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: &family, Status: ecstypes.TaskDefinitionStatusActive, Sort: ecstypes.SortOrderDesc,
		MaxResults: aws.Int32(maxRevisions),
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the call
	}
	var unknown []string
	for _, arn := range revisions.TaskDefinitionArns {
		if known.has(taskDefinitions, arn) {
			continue
		}
		revision, err := a.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
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
			unknown = append(unknown, arn)
		}
	}
	return unknown, nil
}
