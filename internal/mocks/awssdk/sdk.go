// Package awssdk has mocks of the AWS SDK's clients, which answer from the account of package mocks. Most tests do
// without it, because linking the clients takes long.
package awssdk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// Types of items in mocks.AWS.Existing, with which SDK answers. If a type is not in Existing, AWS has every item that
// is asked for. If its list is empty, AWS has no item.
const (
	Image       = "image"       // reference (a tag or digest), manifest (default: Index)
	Certificate = "certificate" // arn, status, names, inUseBy
	Orderable   = "orderable"   // see OrderableClass; unencrypted, singleZone
	NodeType    = "nodeType"    // name
)

// TaskDefinition is the type of the newest task definition, with image, architecture and secrets (names of parameters).
// If it is not in mocks.AWS.Existing, AWS has no task definition.
const TaskDefinition = "taskDefinition"

// Index is the manifest of an image for both architectures.
const Index = `{"manifests":[{"platform":{"os":"linux","architecture":"amd64"}},` +
	`{"platform":{"os":"linux","architecture":"arm64"}},{"platform":{"os":"unknown","architecture":"unknown"}}]}`

// SDK is an AWS SDK that answers from mocks.AWS. It implements the clients that the components need.
type SDK struct {
	*mocks.AWS
	// ImageConfig is the URL of the configuration of every image.
	ImageConfig string
}

// SDKOf returns the SDK of a program that Run runs.
func SDKOf(ctx *pulumi.Context) SDK {
	return SDK{AWS: mocks.AWSOf(ctx)}
}

// BatchGetImage returns an image. If the list of images is empty, the repository does not exist.
func (s SDK) BatchGetImage(_ context.Context, in *ecr.BatchGetImageInput, _ ...func(*ecr.Options),
) (*ecr.BatchGetImageOutput, error) {
	id := in.ImageIds[0]
	images, given := s.Existing[Image]
	switch {
	case !given:
		images = []mocks.Item{{"reference": aws.ToString(id.ImageTag) + aws.ToString(id.ImageDigest)}}
	case len(images) == 0:
		return nil, &ecrtypes.RepositoryNotFoundException{}
	}
	out := &ecr.BatchGetImageOutput{}
	for _, image := range images {
		reference := image["reference"]
		if reference == aws.ToString(id.ImageTag) || reference == aws.ToString(id.ImageDigest) {
			manifest, _ := image["manifest"].(string)
			if manifest == "" {
				manifest = Index
			}
			out.Images = append(out.Images, ecrtypes.Image{ImageManifest: &manifest})
		}
	}
	return out, s.Refuse("ecr:BatchGetImage")
}

// GetDownloadUrlForLayer returns ImageConfig.
//
//nolint:revive // the name of the SDK's method
func (s SDK) GetDownloadUrlForLayer(context.Context, *ecr.GetDownloadUrlForLayerInput, ...func(*ecr.Options),
) (*ecr.GetDownloadUrlForLayerOutput, error) {
	return &ecr.GetDownloadUrlForLayerOutput{DownloadUrl: &s.ImageConfig}, s.Refuse("ecr:GetDownloadUrlForLayer")
}

// DescribeTaskDefinition returns the task definition.
func (s SDK) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	if len(s.Existing[TaskDefinition]) == 0 {
		return nil, &ecstypes.ClientException{}
	}
	item := s.Existing[TaskDefinition][0]
	app := ecstypes.ContainerDefinition{Name: in.TaskDefinition, Image: aws.String(fmt.Sprint(item["image"]))}
	names, _ := item["secrets"].([]string)
	for _, name := range names {
		app.Secrets = append(app.Secrets, ecstypes.Secret{
			ValueFrom: aws.String("arn:aws:ssm:" + mocks.Region + ":" + mocks.Account + ":parameter" + name)})
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &ecstypes.TaskDefinition{
		ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("other")}, app},
		RuntimePlatform: &ecstypes.RuntimePlatform{
			CpuArchitecture: ecstypes.CPUArchitecture(fmt.Sprint(item["architecture"])),
		},
	}}, s.Refuse("ecs:DescribeTaskDefinition")
}

// DescribeCertificate returns a certificate.
func (s SDK) DescribeCertificate(_ context.Context, in *acm.DescribeCertificateInput, _ ...func(*acm.Options),
) (*acm.DescribeCertificateOutput, error) {
	items, given := s.Existing[Certificate]
	if !given {
		names := []string{"*.example.com", "*.example.org", "example.co.uk"}
		items = []mocks.Item{{"arn": *in.CertificateArn, "status": "ISSUED", "names": names}}
	}
	for _, item := range items {
		if item["arn"] == *in.CertificateArn {
			names, _ := item["names"].([]string)
			users, _ := item["inUseBy"].([]string)
			status := acmtypes.CertificateStatus(fmt.Sprint(item["status"]))
			return &acm.DescribeCertificateOutput{Certificate: &acmtypes.CertificateDetail{
				Status: status, SubjectAlternativeNames: names, InUseBy: users,
			}}, s.Refuse("acm:DescribeCertificate")
		}
	}
	return nil, &acmtypes.ResourceNotFoundException{}
}

// DescribeOrderableDBInstanceOptions returns one option per page, so that tests notice a caller that reads only one
// page.
func (s SDK) DescribeOrderableDBInstanceOptions(_ context.Context, in *rds.DescribeOrderableDBInstanceOptionsInput,
	_ ...func(*rds.Options),
) (*rds.DescribeOrderableDBInstanceOptionsOutput, error) {
	items, given := s.Existing[Orderable]
	if !given {
		for _, version := range []string{"15.14", "16.10", "17.6", "18.1"} {
			items = append(items, OrderableClass(*in.DBInstanceClass, version, "gp3", "a", "b"))
		}
	}
	items = slices.DeleteFunc(slices.Clone(items), func(item mocks.Item) bool {
		return item["instanceClass"] != *in.DBInstanceClass
	})
	at := len(aws.ToString(in.Marker))
	if at >= len(items) {
		return &rds.DescribeOrderableDBInstanceOptionsOutput{}, s.Refuse("rds:DescribeOrderableDBInstanceOptions")
	}
	text := func(name string) *string { return aws.String(fmt.Sprint(items[at][name])) }
	option := rdstypes.OrderableDBInstanceOption{
		DBInstanceClass: text("instanceClass"), EngineVersion: text("engineVersion"), StorageType: text("storageType"),
		SupportsStorageEncryption: aws.Bool(items[at]["unencrypted"] == nil),
		MultiAZCapable:            aws.Bool(items[at]["singleZone"] == nil), ReadReplicaCapable: aws.Bool(true),
	}
	zones, _ := items[at]["zones"].([]string)
	for _, zone := range zones {
		option.AvailabilityZones = append(option.AvailabilityZones,
			rdstypes.AvailabilityZone{Name: aws.String(mocks.Region + zone)})
	}
	return &rds.DescribeOrderableDBInstanceOptionsOutput{
		OrderableDBInstanceOptions: []rdstypes.OrderableDBInstanceOption{option},
		Marker:                     aws.String("....................."[:at+1]),
	}, s.Refuse("rds:DescribeOrderableDBInstanceOptions")
}

// OrderableClass returns an option for Add: a class for a version and a storage type, in zones.
func OrderableClass(class, version, storage string, zones ...string) mocks.Item {
	return mocks.Item{"instanceClass": class, "engineVersion": version, "storageType": storage, "zones": zones}
}

// DescribeReservedCacheNodesOfferings returns an offering of a node type.
func (s SDK) DescribeReservedCacheNodesOfferings(_ context.Context,
	in *elasticache.DescribeReservedCacheNodesOfferingsInput, _ ...func(*elasticache.Options),
) (*elasticache.DescribeReservedCacheNodesOfferingsOutput, error) {
	out := &elasticache.DescribeReservedCacheNodesOfferingsOutput{}
	items, given := s.Existing[NodeType]
	if !given || slices.ContainsFunc(items, func(item mocks.Item) bool { return item["name"] == *in.CacheNodeType }) {
		out.ReservedCacheNodesOfferings = []cachetypes.ReservedCacheNodesOffering{{CacheNodeType: in.CacheNodeType}}
	}
	return out, s.Refuse("elasticache:DescribeReservedCacheNodesOfferings")
}

// GetRole returns a role of IAM.
func (s SDK) GetRole(_ context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	for _, item := range s.Existing[resources.Role] {
		if item["name"] == *in.RoleName {
			role := &iamtypes.Role{RoleName: in.RoleName}
			for key, value := range item.Tags() {
				role.Tags = append(role.Tags, iamtypes.Tag{Key: &key, Value: &value})
			}
			return &iam.GetRoleOutput{Role: role}, s.Refuse("iam:GetRole")
		}
	}
	if err := s.Refuse("iam:GetRole"); err != nil {
		return nil, err
	}
	return nil, &iamtypes.NoSuchEntityException{}
}

// DescribeClusters returns the cluster of a name, with its tags.
func (s SDK) DescribeClusters(_ context.Context, in *ecs.DescribeClustersInput, _ ...func(*ecs.Options),
) (*ecs.DescribeClustersOutput, error) {
	out := &ecs.DescribeClustersOutput{}
	for _, item := range s.Existing["aws:ecs/cluster:Cluster"] {
		if item["name"] == in.Clusters[0] {
			cluster := ecstypes.Cluster{Status: aws.String("ACTIVE")}
			if item["deleted"] != nil {
				cluster.Status = aws.String("INACTIVE")
			}
			for key, value := range item.Tags() {
				cluster.Tags = append(cluster.Tags, ecstypes.Tag{Key: &key, Value: &value})
			}
			out.Clusters = append(out.Clusters, cluster)
		}
	}
	return out, s.Refuse("ecs:DescribeClusters")
}

// DescribeLogGroups returns the log groups with a prefix.
func (s SDK) DescribeLogGroups(_ context.Context, in *cloudwatchlogs.DescribeLogGroupsInput,
	_ ...func(*cloudwatchlogs.Options),
) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	out := &cloudwatchlogs.DescribeLogGroupsOutput{}
	for _, item := range s.Existing["aws:cloudwatch/logGroup:LogGroup"] {
		if name := fmt.Sprint(item["name"]); strings.HasPrefix(name, *in.LogGroupNamePrefix) {
			days, _ := item["retentionInDays"].(int)
			out.LogGroups = append(out.LogGroups, logstypes.LogGroup{LogGroupName: &name,
				RetentionInDays: aws.Int32(int32(days))}) //nolint:gosec // a test's number
		}
	}
	return out, s.Refuse("logs:DescribeLogGroups")
}
