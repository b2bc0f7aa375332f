package deployment

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/cmd/threa/internal/logs"
	"threa-infra/cmd/threa/internal/poll"
	"threa-infra/internal/naming"
)

// Run is a task that runs a command once.
type Run struct {
	app        *App
	definition *Definition
	task       types.Task
	log        *logs.Reader
}

const (
	startedBy = "threa-run" // marks the task in ECS
	clockSkew = time.Hour   // at most between this machine and the task
	// quietReads is the number of reads in a row without new lines after which the log of a stopped task is complete.
	// CloudWatch shows lines with a delay.
	quietReads = 4
)

// Run starts a task like those of the service, with another command in the app's container. The task runs on demand,
// because Spot could interrupt it, and without migrations, because the command may be the one that fixes them. The task
// gets no users: it is not registered with a load balancer, and cloudflared waits for a healthy app.
func (a *App) Run(ctx context.Context, command []string) (*Run, error) {
	state, err := a.LookUp(ctx)
	if err != nil {
		return nil, err
	}
	if state.Service == nil {
		return nil, fmt.Errorf("the ECS service %s does not exist any more. Create it again: pulumi up --refresh",
			a.Service)
	}
	definition, err := a.DescribeDefinition(ctx, aws.ToString(state.Service.TaskDefinition))
	if err != nil {
		return nil, err
	}
	onDemand := types.CapacityProviderStrategyItem{CapacityProvider: aws.String("FARGATE"), Weight: 1}
	answer, err := a.ECS.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &a.Cluster, TaskDefinition: &definition.ARN, Count: aws.Int32(1),
		CapacityProviderStrategy: []types.CapacityProviderStrategyItem{onDemand},
		NetworkConfiguration:     state.Service.NetworkConfiguration,
		Overrides:                overrides(definition, command),
		EnableECSManagedTags:     true, EnableExecuteCommand: state.Service.EnableExecuteCommand,
		PropagateTags: types.PropagateTagsTaskDefinition, StartedBy: aws.String(startedBy),
	})
	if err != nil {
		return nil, fmt.Errorf("run task: %w", err)
	}
	if len(answer.Tasks) == 0 {
		reason := "ECS reports no reason"
		for _, failure := range answer.Failures {
			reason = aws.ToString(failure.Reason) + " " + aws.ToString(failure.Detail)
		}
		return nil, fmt.Errorf("ECS did not start the task: %s", reason)
	}
	r := &Run{app: a, definition: definition, task: answer.Tasks[0]}
	r.log = &logs.Reader{
		Client: a.Logs, Group: definition.LogGroup(), Since: time.Now().Add(-clockSkew), Plain: true,
		Stream: logs.StreamName(definition.appName(), r.ID()),
	}
	return r, nil
}

// overrides replaces the app's command, and makes the migrate container do nothing.
func overrides(definition *Definition, command []string) *types.TaskOverride {
	containers := []types.ContainerOverride{{Name: definition.App.Name, Command: command}}
	for _, container := range definition.Containers {
		if aws.ToString(container.Name) == naming.ContainerMigrate {
			noMigration := []string{"true"}
			containers = append(containers, types.ContainerOverride{Name: container.Name, Command: noMigration})
		}
	}
	return &types.TaskOverride{ContainerOverrides: containers}
}

// ID returns the task's ID.
func (r *Run) ID() string { return ID(aws.ToString(r.task.TaskArn)) }

// Wait writes the command's output until the task has stopped, reports each status of the task, and returns the
// command's exit code. The error says why the command did not run.
func (r *Run) Wait(
	ctx context.Context, interval time.Duration, out io.Writer, report func(status string),
) (int, error) {
	reported, quiet := aws.ToString(r.task.LastStatus), 0
	report(reported)
	err := poll.Until(ctx, interval, func() (bool, error) {
		if err := r.refresh(ctx); err != nil {
			return false, err
		}
		if status := aws.ToString(r.task.LastStatus); status != reported {
			report(status)
			reported = status
		}
		written, err := r.log.WriteNew(ctx, out)
		quiet++
		if written || reported != "STOPPED" {
			quiet = 0
		}
		return quiet == quietReads, err
	})
	if err != nil {
		return 0, err
	}
	return r.exitCode()
}

// refresh reads the task again.
func (r *Run) refresh(ctx context.Context) error {
	answer, err := r.app.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{
		Cluster: &r.app.Cluster, Tasks: []string{aws.ToString(r.task.TaskArn)},
	})
	if err != nil {
		return fmt.Errorf("describe task %s: %w", r.ID(), err)
	}
	if len(answer.Tasks) == 0 {
		return fmt.Errorf("ECS does not know task %s any more", r.ID())
	}
	r.task = answer.Tasks[0]
	return nil
}

func (r *Run) exitCode() (int, error) {
	container := FindContainer(&r.task, r.definition.appName())
	if container != nil && container.ExitCode != nil && !neverStarted(container) {
		return int(*container.ExitCode), nil
	}
	reason := logs.Printable(aws.ToString(r.task.StoppedReason))
	if cause := findCause(r.definition, &r.task); cause.Why != "" {
		reason = cause.Why + " (" + reason + ")"
	}
	return 0, fmt.Errorf("the command did not run, or ended without an exit code: %s", reason)
}

// Stop stops the task.
func (r *Run) Stop(ctx context.Context) error {
	_, err := r.app.ECS.StopTask(ctx, &ecs.StopTaskInput{
		Cluster: &r.app.Cluster, Task: r.task.TaskArn, Reason: aws.String("threa run was interrupted"),
	})
	if err != nil {
		return fmt.Errorf("stop task %s: %w", r.ID(), err)
	}
	return nil
}
