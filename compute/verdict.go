package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// verdict tells whether the service runs the task definition that was asked for. ECS calls a service steady after it
// has rolled back, so a failed deployment would pass for a good one with the old code running. It looks at the number of
// tasks as well: what others have changed is not in Pulumi's state, so Pulumi would not change it back.
func verdict(ctx *pulumi.Context, args *Args, service *ecs.Service, task *ecs.TaskDefinition) pulumi.StringOutput {
	// The id is not known before the service is, so that a preview of a new stack asks nothing.
	serviceName := pulumi.All(service.ID(), service.Name).ApplyT(func(parts []any) string { return parts[1].(string) })
	found := ecs.LookupServiceOutput(ctx, ecs.LookupServiceOutputArgs{
		ClusterArn:  service.Cluster,
		ServiceName: serviceName.(pulumi.StringOutput),
	}, pulumi.Parent(service))

	return pulumi.All(found.TaskDefinition(), task.Arn, found.DesiredCount()).ApplyT(func(parts []any) (string, error) {
		running, wanted, count := parts[0].(string), parts[1].(string), parts[2].(int)
		failed, warning := runs(running, wanted), ""
		if failed == nil {
			warning, failed = args.CheckCount(count)
		}
		switch {
		case failed != nil && !ctx.DryRun():
			return "", failed
		case failed != nil: // a preview must be able to show the mend
			warning = failed.Error()
		case warning == "":
			return running, nil
		}
		return running, ctx.Log.Warn(warning, &pulumi.LogArgs{Resource: service})
	}).(pulumi.StringOutput)
}

// runs wants the service to run the task definition that was asked for.
func runs(running, wanted string) error {
	if running == wanted {
		return nil
	}
	return fmt.Errorf("the deployment failed: the service runs %s, not %s.\n"+
		"    Its new tasks did not become healthy, so ECS went back to the last ones that were; the old code is serving.\n"+
		"    See why:  go run ./cmd/threa deploy-status", running, wanted)
}
