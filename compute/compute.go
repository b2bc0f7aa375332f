package compute

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/drain"
	"threa-infra/internal/naming"
)

// Args is the task and where it runs.
type Args struct {
	Name      string // prefix of the AWS names
	Region    string
	AccountID string

	ImageTag     string // tag or digest (sha256:…); empty for none yet
	CPU          int    // CPU units, 1024 to a vCPU
	Memory       int    // MiB
	Port         int    // TCP
	Architecture string // x86_64 or arm64
	// DesiredCount is the number of tasks to set. Default: 0.
	DesiredCount int
	// KeepCount leaves the number of tasks of an existing service alone. Default: false.
	KeepCount bool
	// CheckCount judges the number of tasks after a deployment. Required.
	CheckCount func(count int) (warning string, err error)
	// ServiceTags are tags of the service beside Tags. Default: none.
	ServiceTags  pulumi.StringMap
	Spot         bool // Fargate Spot instead of Fargate
	Standby      bool // whether a second service can run the tasks on demand that Spot has no capacity for
	OnDemandBase int  // tasks that are on Fargate all the same
	Exec         bool // whether ECS Exec may open a shell in a task
	Insights     bool // Container Insights
	Protect      bool // whether Pulumi refuses to delete the repository with its images

	Drain drain.Times // how long a task may take to end

	Environment    map[string]string
	Secrets        map[string]pulumi.StringOutput // environment variable to ARN of its SSM parameter
	SecretVersions map[string]pulumi.IntOutput    // a change restarts the tasks, which read secrets when they start
	Tunnel         *Tunnel                        // nil without one
	DatabaseCA     string                         // PEM certificates that sign the database
	Pgvector       bool                           // whether the database gets pgvector before the app starts
	MigrateCommand string                         // shell command that runs in the image before the app starts; empty for none

	LoadBalancer    *LoadBalancer // nil without one
	LogGroupName    pulumi.StringInput
	LogGroupARN     pulumi.StringInput
	SubnetIDs       pulumi.StringArrayInput
	SecurityGroupID pulumi.StringInput
	Tags            pulumi.StringMap
}

func (a *Args) names() naming.Stack {
	return naming.Stack{Name: a.Name, Region: a.Region, AccountID: a.AccountID}
}

// Compute is what runs the container.
type Compute struct {
	pulumi.ResourceState

	RepositoryURL pulumi.StringOutput
	ClusterName   pulumi.StringOutput
	ServiceName   pulumi.StringOutput
	// TaskDefinitionARN is what the service runs. It is an error when that is not what was asked for.
	TaskDefinitionARN pulumi.StringOutput
}

// New creates the repository, the cluster, the roles and the service, in this order.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Compute, error) {
	component := &Compute{}
	if err := ctx.RegisterComponentResource("threa:compute:Compute", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register compute: %w", err)
	}
	parent := pulumi.Parent(component)

	repository, err := newRepository(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	cluster, err := newCluster(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	roles, err := newRoles(ctx, name, args, repository, parent)
	if err != nil {
		return nil, err
	}
	task, err := newTaskDefinition(ctx, name, args, repository, roles, parent)
	if err != nil {
		return nil, err
	}
	providers, err := newCapacityProviders(ctx, name, cluster, parent)
	if err != nil {
		return nil, err
	}
	service, err := newService(ctx, name, args, cluster, roles, task, providers, parent)
	if err != nil {
		return nil, err
	}
	if args.Standby {
		if _, err := newStandby(ctx, name, args, cluster, roles, task, providers, parent); err != nil {
			return nil, err
		}
	}

	component.RepositoryURL = repository.RepositoryUrl
	component.ClusterName = cluster.Name
	component.ServiceName = service.Name
	component.TaskDefinitionARN = verdict(ctx, args, service, task)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"repositoryUrl": component.RepositoryURL,
		"serviceName":   component.ServiceName,
	})
}
