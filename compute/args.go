// Package compute creates what runs the app: the ECR repository, the ECS cluster, the IAM roles, the task definition
// and the ECS service.
//
// Without an image tag, the service has no tasks, so a first deployment does not wait for an image. A deployment
// succeeds only if the service runs the new task definition.
package compute

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/drain"
	"threa-infra/internal/naming"
)

// Args configures the ECS service and its task.
type Args struct {
	// Names are the stack's name, region and account. Required.
	Names naming.Stack
	// ImageTag is the tag or digest (sha256:…) of the image. Default: the repository has no image yet.
	ImageTag string
	// CPU is the task's CPU in units, 1024 to a vCPU. Required.
	CPU int
	// Memory is the task's memory in MiB. Required.
	Memory int
	// Architecture is x86_64 or arm64. Required.
	Architecture string
	// Port is the app's TCP port. Required.
	Port int
	// DesiredCount is the number of tasks to set. Default: 0.
	DesiredCount int
	// KeepCount leaves the number of tasks of an existing service alone. Default: false.
	KeepCount bool
	// CheckCount checks the number of tasks after a deployment. Required.
	CheckCount func(count int) (warning string, err error)
	// ServiceTags are further tags of the service. Default: none.
	ServiceTags pulumi.StringMap
	// Spot runs the tasks on Fargate Spot. Default: Fargate.
	Spot bool
	// Fallback creates a second service, which runs tasks on demand while Spot has no capacity. Default: false.
	Fallback bool
	// OnDemandBase is the number of tasks on Fargate even with Spot. Default: 0.
	OnDemandBase int
	// Exec lets ECS Exec open a shell in a task. Default: false.
	Exec bool
	// ExecLogGroup is the log group that records the sessions of ECS Exec. Required.
	ExecLogGroup pulumi.StringInput
	// Insights enables Container Insights. Default: false.
	Insights bool
	// Protect makes Pulumi refuse to delete the repository with its images. Default: false.
	Protect bool
	// Drain holds how long a task may take to stop, in seconds. Required.
	Drain drain.Times
	// Environment maps environment variables to plain values. Default: none.
	Environment map[string]string
	// Secrets maps environment variables to the ARNs of their SSM parameters. Default: none.
	Secrets map[string]pulumi.StringOutput
	// SecretVersions maps environment variables to the versions of their parameters. A new version registers a new task
	// definition. Default: none.
	SecretVersions map[string]pulumi.IntOutput
	// MasterURL is the parameter with the database's URL for the master user. The app does not get it. Required.
	MasterURL Parameter
	// TaskPolicies are the ARNs of managed policies for the app's role. Default: none.
	TaskPolicies []string
	// DatabaseCA holds the PEM certificates of the database's certificate authority. Required.
	DatabaseCA string
	// Pgvector installs the extension pgvector before the app starts. Default: false.
	Pgvector bool
	// MigrateCommand is a shell command that runs in the image before the app starts. Default: none.
	MigrateCommand string
	// Tunnel connects the tasks to a Cloudflare tunnel. Default: none.
	Tunnel *Tunnel
	// LoadBalancer sends requests to the tasks. Default: none.
	LoadBalancer *LoadBalancer
	// RollbackAlarms are the names of CloudWatch alarms that roll back a deployment if they fire. Default: none.
	RollbackAlarms pulumi.StringArray
	// LogGroupName is the log group of the tasks. Required.
	LogGroupName pulumi.StringInput
	// SubnetIDs are the tasks' subnets. Required.
	SubnetIDs pulumi.StringArrayInput
	// SecurityGroupID is the tasks' security group. Required.
	SecurityGroupID pulumi.StringInput
	// Tags are the tags of all resources. Required.
	Tags pulumi.StringMap
}

// LoadBalancer configures the target group of the service.
type LoadBalancer struct {
	// TargetGroupARN must be known only after a listener forwards to the group: ECS refuses a group without one. Required.
	TargetGroupARN pulumi.StringInput
	// HealthGrace is how long a new task may fail the load balancer's health check, in seconds. Required.
	HealthGrace int
}

// Tunnel configures the Cloudflare tunnel, which needs no open port: a connector in each task dials out.
type Tunnel struct {
	// Token is the parameter with the tunnel's token. Required.
	Token Parameter
	// Image is the image of cloudflared. Required.
	Image string
}

// Parameter is an SSM parameter. A new version registers a new task definition.
type Parameter struct {
	ARN     pulumi.StringOutput
	Version pulumi.IntOutput
}

// Compute is the repository, the cluster and the service.
type Compute struct {
	pulumi.ResourceState

	RepositoryURL pulumi.StringOutput
	ClusterName   pulumi.StringOutput
	ServiceName   pulumi.StringOutput
	// TaskDefinitionARN is what the service runs. It is an error if the deployment failed.
	TaskDefinitionARN pulumi.StringOutput
}
