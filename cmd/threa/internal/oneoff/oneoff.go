// Package oneoff runs a command once in a task of its own, with the image, network and secrets of the service.
package oneoff

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/logs"
	"threa-infra/cmd/threa/internal/poll"
)

// Task is the task of a command.
type Task struct {
	app        *deployment.App
	definition *deployment.Definition
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

// Start starts a command in place of the app's own, in a task like the service's. The task runs on demand, because Spot
// could interrupt it, and without migrations, because the command may be the one that fixes them. The task gets no
// users: it is not registered with a load balancer, and cloudflared waits for a healthy app.
func Start(ctx context.Context, app *deployment.App, command []string) (*Task, error) {
	state, err := app.LookUp(ctx)
	if err != nil {
		return nil, err
	}
	if state.Service == nil {
		return nil, fmt.Errorf("the ECS service %s does not exist any more. Create it again: pulumi up --refresh",
			app.Service)
	}
	definition, err := app.DescribeDefinition(ctx, aws.ToString(state.Service.TaskDefinition))
	if err != nil {
		return nil, err
	}
	onDemand := types.CapacityProviderStrategyItem{CapacityProvider: aws.String("FARGATE"), Weight: 1}
	answer, err := app.ECS.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &app.Cluster, TaskDefinition: &definition.ARN, Count: aws.Int32(1),
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
	t := &Task{app: app, definition: definition, task: answer.Tasks[0]}
	t.log = &logs.Reader{
		Client: app.Logs, Group: definition.LogGroup(), Since: time.Now().Add(-clockSkew), Plain: true,
		Stream: logs.StreamName(aws.ToString(definition.App.Name), t.ID()),
	}
	return t, nil
}

// overrides replaces the app's command, and makes the migrate container do nothing.
func overrides(definition *deployment.Definition, command []string) *types.TaskOverride {
	containers := []types.ContainerOverride{{Name: definition.App.Name, Command: command}}
	for _, container := range definition.Containers {
		if aws.ToString(container.Name) == "migrate" {
			noMigration := []string{"no-pgvector"}
			containers = append(containers, types.ContainerOverride{Name: container.Name, Command: noMigration})
		}
	}
	return &types.TaskOverride{ContainerOverrides: containers}
}

// ID returns the task's ID.
func (t *Task) ID() string { return deployment.ID(aws.ToString(t.task.TaskArn)) }

// Wait writes the command's output until the task has stopped, reports each status of the task, and returns the
// command's exit code. The error says why the command did not run.
func (t *Task) Wait(
	ctx context.Context, interval time.Duration, out io.Writer, report func(status string),
) (int, error) {
	reported, quiet := aws.ToString(t.task.LastStatus), 0
	report(reported)
	err := poll.Until(ctx, interval, func() (bool, error) {
		if err := t.refresh(ctx); err != nil {
			return false, err
		}
		if status := aws.ToString(t.task.LastStatus); status != reported {
			report(status)
			reported = status
		}
		written, err := t.log.WriteNew(ctx, out)
		quiet++
		if written || reported != "STOPPED" {
			quiet = 0
		}
		return quiet == quietReads, err
	})
	if err != nil {
		return 0, err
	}
	return t.exitCode()
}

// refresh reads the task again.
func (t *Task) refresh(ctx context.Context) error {
	answer, err := t.app.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{
		Cluster: &t.app.Cluster, Tasks: []string{aws.ToString(t.task.TaskArn)},
	})
	if err != nil {
		return fmt.Errorf("describe task %s: %w", t.ID(), err)
	}
	if len(answer.Tasks) == 0 {
		return fmt.Errorf("ECS does not know task %s any more", t.ID())
	}
	t.task = answer.Tasks[0]
	return nil
}

func (t *Task) exitCode() (int, error) {
	container := deployment.FindContainer(&t.task, aws.ToString(t.definition.App.Name))
	if container != nil && container.ExitCode != nil && !deployment.NeverStarted(container) {
		return int(*container.ExitCode), nil
	}
	reason := logs.Printable(aws.ToString(t.task.StoppedReason))
	if cause := deployment.FindCause(t.definition, &t.task); cause.Why != "" {
		reason = cause.Why + " (" + reason + ")"
	}
	return 0, fmt.Errorf("the command did not run, or ended without an exit code: %s", reason)
}

// Stop stops the task.
func (t *Task) Stop(ctx context.Context) error {
	_, err := t.app.ECS.StopTask(ctx, &ecs.StopTaskInput{
		Cluster: &t.app.Cluster, Task: t.task.TaskArn, Reason: aws.String("threa run was interrupted"),
	})
	if err != nil {
		return fmt.Errorf("stop task %s: %w", t.ID(), err)
	}
	return nil
}
