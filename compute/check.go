package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/program"
)

// checkDeployment makes a deployment fail if ECS has rolled it back: ECS calls a service steady even after a rollback.
// It returns the task definition that the service runs. It also checks the number of tasks, because Pulumi does not
// revert changes that are not in its state. In a preview, which must be able to show the fix, errors are warnings.
func (b *builder) checkDeployment() pulumi.StringOutput {
	service := b.lookup(b.service)
	checked := pulumix.Apply3Err(service.TaskDefinition(), b.task.Arn, service.DesiredCount(),
		func(running, deployed string, count int) (string, error) {
			warning, actual := "", count
			if b.ctx.DryRun() && !b.KeepCount {
				count = b.DesiredCount // the update may set it: the program cannot read the count in the state
			}
			err := checkTaskDefinition(running, deployed)
			if err == nil {
				warning, err = b.CheckCount(count)
			}
			if err == nil && warning == "" && actual == 0 && count > 0 {
				warning = fmt.Sprintf("no task is wanted now: the desired count of the service is 0. If this preview does not "+
					"change it to %d, it was changed by hand. To set it:  pulumi up --refresh", count)
			}
			switch {
			case err != nil && !b.ctx.DryRun():
				return "", err
			case err != nil:
				warning = err.Error()
			case warning == "":
				return running, nil
			}
			return running, program.WarnAbout(b.ctx, b.service, warning)
		})
	return pulumix.Cast[pulumi.StringOutput](checked)
}

// lookup reads a service from AWS after its deployment. A preview does not know the ID of a new service and skips it.
func (b *builder) lookup(service *ecs.Service) ecs.LookupServiceResultOutput {
	name := pulumix.Apply2(service.ID(), service.Name, func(_ pulumi.ID, name string) string { return name })
	return ecs.LookupServiceOutput(b.ctx, ecs.LookupServiceOutputArgs{
		ClusterArn: service.Cluster, ServiceName: pulumix.Cast[pulumi.StringOutput](name),
	}, pulumi.Parent(service))
}

func checkTaskDefinition(running, deployed string) error {
	if running == deployed {
		return nil
	}
	return fmt.Errorf("the deployment failed: the service runs %s, not %s.\n"+
		"    Its new tasks did not become healthy, or an alarm on errors went off, so ECS rolled back to the last healthy "+
		"ones; the old code is serving.\n"+
		"    See why:  go run ./cmd/threa deploy-status", running, deployed)
}
