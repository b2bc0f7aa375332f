package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/steps"
)

// New creates the repository, the cluster, the roles and the service.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Compute, error) {
	component := &Compute{}
	if err := ctx.RegisterComponentResource("threa:compute:Compute", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register compute: %w", err)
	}
	b := &builder{Args: args, ctx: ctx, name: name, parent: pulumi.Parent(component)}
	if err := steps.Run(
		b.createRepository, b.createCluster, b.createRoles, b.createTaskDefinition, b.attachCapacityProviders,
		b.createService, b.createFallback,
	); err != nil {
		return nil, err
	}
	component.RepositoryURL = b.repository.RepositoryUrl
	component.ClusterName = b.cluster.Name
	component.ServiceName = b.service.Name
	component.TaskDefinitionARN = b.checkDeployment()
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"repositoryUrl": component.RepositoryURL,
		"serviceName":   component.ServiceName,
	})
}

type builder struct {
	*Args
	ctx    *pulumi.Context
	name   string
	parent pulumi.ResourceOption

	repository    *ecr.Repository
	cluster       *ecs.Cluster
	executionRole *iam.Role // of the ECS agent: pulls the image, reads the secrets, writes the logs
	taskRole      *iam.Role // of the app
	task          *ecs.TaskDefinition
	service       *ecs.Service
	// before must be deleted after the services: without its role policies, a service hangs in DRAINING.
	before []pulumi.Resource
}

// Capacity providers of Fargate.
const (
	onDemand = "FARGATE"
	spot     = "FARGATE_SPOT"
)

func (b *builder) createCluster() (err error) {
	exec := &ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
		Logging: pulumi.String("OVERRIDE"), // to another log group than the task's: the output of a shell may be secret
		LogConfiguration: &ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
			CloudWatchLogGroupName: b.ExecLogGroup,
		},
	}
	insights := "disabled"
	if b.Insights {
		insights = "enabled"
	}
	b.cluster, err = ecs.NewCluster(b.ctx, b.name+"-cluster", &ecs.ClusterArgs{
		Name: pulumi.String(b.Names.Name),
		Settings: ecs.ClusterSettingArray{ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String(insights),
		}},
		Configuration: &ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: exec},
		Tags:          b.Tags,
	}, b.parent)
	return steps.Wrap(err, "create cluster")
}

// attachCapacityProviders gives the cluster both capacity providers, which cost nothing. ECS refuses to remove a
// provider while the service moves away from it, so useSpot could not be changed back otherwise.
func (b *builder) attachCapacityProviders() error {
	providers, err := ecs.NewClusterCapacityProviders(b.ctx, b.name+"-capacity", &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       b.cluster.Name,
		CapacityProviders: pulumi.ToStringArray([]string{onDemand, spot}),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("attach capacity providers: %w", err)
	}
	b.before = append([]pulumi.Resource{providers}, b.before...)
	return nil
}
