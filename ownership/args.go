// Package ownership creates the owner record, the SSM parameter /<name>/stack. It says which Pulumi stack owns the AWS
// names <name> and <name>-…, and holds the settings that cannot change after the first deployment.
//
// Its checks run before anything else is registered, also in a preview. They stop a deployment if
//   - the names belong to another stack, in any region of the account: the owner record has a random id, and the
//     owner's state has the same id,
//   - unmanaged resources, which no stack of this program created, use the names,
//   - the names, region, account or VPC have changed in the configuration. The deployment would create everything
//     again, without the data.
package ownership

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the owner record and its checks.
type Args struct {
	// Names are the stack's name, region and account. Required.
	Names naming.Stack
	// CallerARN is the identity of the credentials. The owner record says who created it. Required.
	CallerARN string
	// Alarms are the names of the CloudWatch alarms that any configuration may use. Required.
	Alarms []string
	// LookUp waits for the result of the function LookUp, which was started earlier. Required.
	LookUp func() (*Found, error)
	// SDK connects to AWS to look up what the provider cannot look up by name. If it fails, that check is skipped with a
	// warning. Required.
	SDK func() (*SDK, error)
	// Preconditions checks what the deployment needs. New calls it after the checks of the names. For a new stack, that is
	// before it creates the record; for others, after it has compared the record. Required.
	Preconditions func() error
	// Fixed maps the configuration keys that can never change to their values. Default: none.
	Fixed map[string]string
	// Tags are the stack's tags. Resources with other tags are unmanaged. Required.
	Tags pulumi.StringMap
	// Adopting marks the preview of threa adopt, which checks the owner itself. Default: false.
	Adopting bool
}

// SDK has the clients of the AWS SDK that look up names. The provider has no data source for alarms and dashboards, and
// its others list everything in the account, or write an error to the log if no resource has the name.
type SDK struct {
	CloudWatch   CloudWatch
	Roles        Roles
	Repositories Repositories
	Clusters     Clusters
}

// Roles looks up roles. *iam.Client implements it.
type Roles interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
}

// Repositories looks up image repositories. *ecr.Client implements it.
type Repositories interface {
	DescribeRepositories(context.Context, *ecr.DescribeRepositoriesInput, ...func(*ecr.Options),
	) (*ecr.DescribeRepositoriesOutput, error)
	ListTagsForResource(context.Context, *ecr.ListTagsForResourceInput, ...func(*ecr.Options),
	) (*ecr.ListTagsForResourceOutput, error)
}

// Clusters looks up ECS clusters. *ecs.Client implements it.
type Clusters interface {
	DescribeClusters(context.Context, *ecs.DescribeClustersInput, ...func(*ecs.Options),
	) (*ecs.DescribeClustersOutput, error)
}

// CloudWatch looks up alarms and dashboards. *cloudwatch.Client implements it.
type CloudWatch interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options),
	) (*cloudwatch.DescribeAlarmsOutput, error)
	ListTagsForResource(context.Context, *cloudwatch.ListTagsForResourceInput, ...func(*cloudwatch.Options),
	) (*cloudwatch.ListTagsForResourceOutput, error)
	ListDashboards(context.Context, *cloudwatch.ListDashboardsInput, ...func(*cloudwatch.Options),
	) (*cloudwatch.ListDashboardsOutput, error)
}

// Ownership is the owner record, and the id in the state that proves who the owner is.
type Ownership struct {
	pulumi.ResourceState
}
