package deployment

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// OneOff is a command that runs once, in a task of its own like those of the service.
type OneOff struct {
	app        *App
	definition *Definition
	task       types.Task
	token      *string // where its log goes on
}

// startedBy marks the task. Letters, digits, hyphens, slashes and underscores are allowed, a space is not. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
const startedBy = "threa-run"

// Start runs a command with the image, network, roles, variables and secrets that the service runs with now, in place of
// the app's own. Migrations do not run before it: it may be the one that mends them. It is never on Spot, which could
// take it back halfway. A task that no service has started is not stopped for its health, and a connector to Cloudflare
// waits for a healthy app, so that no users are led here. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
func (a *App) Start(ctx context.Context, command []string) (*OneOff, error) {
	seen, err := a.Look(ctx)
	if err != nil {
		return nil, err
	}
	if seen.Service == nil {
		return nil, fmt.Errorf("AWS has no service %s any more; pulumi up --refresh makes it again", a.Service)
	}
	definition, err := a.Definition(ctx, aws.ToString(seen.Service.TaskDefinition))
	if err != nil {
		return nil, err
	}
	answer, err := a.ECS.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &a.Cluster, TaskDefinition: &definition.ARN, Count: aws.Int32(1),
		CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE"), Weight: 1}},
		NetworkConfiguration:     seen.Service.NetworkConfiguration,
		Overrides:                overrides(definition, command),
		EnableECSManagedTags:     true, EnableExecuteCommand: seen.Service.EnableExecuteCommand,
		PropagateTags: types.PropagateTagsTaskDefinition, StartedBy: aws.String(startedBy),
	})
	if err != nil {
		return nil, fmt.Errorf("run the command: %w", err)
	}
	if len(answer.Tasks) == 0 {
		reason := "ECS gives no reason"
		for _, failure := range answer.Failures {
			reason = aws.ToString(failure.Reason) + " " + aws.ToString(failure.Detail)
		}
		return nil, fmt.Errorf("ECS did not start the command: %s", reason)
	}
	return &OneOff{app: a, definition: definition, task: answer.Tasks[0]}, nil
}

// overrides put a command in the place of the app's, and nothing in the place of what readies the database.
func overrides(definition *Definition, command []string) *types.TaskOverride {
	all := []types.ContainerOverride{{Name: definition.App.Name, Command: command}}
	for _, container := range definition.Containers {
		if aws.ToString(container.Name) == "migrate" {
			all = append(all, types.ContainerOverride{Name: container.Name, Command: []string{"no-pgvector"}})
		}
	}
	return &types.TaskOverride{ContainerOverrides: all}
}

// Task is the id of the task.
func (o *OneOff) Task() string { return last(aws.ToString(o.task.TaskArn)) }

// Follow writes what the command says until it has ended, and returns its exit code. The error says why it did not run.
func (o *OneOff) Follow(ctx context.Context, pause time.Duration, out io.Writer, report func(line string)) (int, error) {
	said := ""
	for {
		if status := aws.ToString(o.task.LastStatus); status != said {
			said = status
			report(status)
		}
		if _, err := o.read(ctx, out); err != nil {
			return 0, err
		}
		if said == "STOPPED" {
			return o.end(ctx, pause, out)
		}
		if err := rest(ctx, pause); err != nil {
			return 0, err
		}
		answer, err := o.app.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &o.app.Cluster, Tasks: []string{aws.ToString(o.task.TaskArn)}})
		if err != nil {
			return 0, fmt.Errorf("look at the command's task: %w", err)
		}
		if len(answer.Tasks) == 0 {
			return 0, fmt.Errorf("ECS does not know the task %s any more", o.Task())
		}
		o.task = answer.Tasks[0]
	}
}

// quiet is how many looks in a row at the log of a task that has ended must find nothing new: CloudWatch is a little late.
const quiet = 3

// end writes the rest of the log and tells how the command ended.
func (o *OneOff) end(ctx context.Context, pause time.Duration, out io.Writer) (int, error) {
	for nothing := 0; nothing < quiet; nothing++ {
		if err := rest(ctx, pause); err != nil {
			return 0, err
		}
		more, err := o.read(ctx, out)
		if err != nil {
			return 0, err
		}
		if more {
			nothing = 0
		}
	}
	app := containerOf(&o.task, aws.ToString(o.definition.App.Name))
	if app != nil && app.ExitCode != nil && !waitedInVain(app) {
		return int(*app.ExitCode), nil
	}
	reason := Printable(aws.ToString(o.task.StoppedReason))
	if _, why, _ := explain(o.definition, &o.task); why != "" {
		reason = why + " (" + reason + ")"
	}
	return 0, fmt.Errorf("the command did not run, or ended without an exit code: %s", reason)
}

// read writes what the command has said since the last time, and tells whether there was anything.
func (o *OneOff) read(ctx context.Context, out io.Writer) (bool, error) {
	more := false
	for {
		answer, err := o.app.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName:  aws.String(o.definition.LogGroup()),
			LogStreamName: aws.String(stream(aws.ToString(o.definition.App.Name), aws.ToString(o.task.TaskArn))),
			StartFromHead: aws.Bool(true), NextToken: o.token,
		})
		if absentStream(err) {
			return more, nil
		}
		if err != nil {
			return more, fmt.Errorf("read the command's log: %w", err)
		}
		for _, event := range answer.Events {
			more = true
			if _, err := fmt.Fprintln(out, Printable(aws.ToString(event.Message))); err != nil {
				return more, fmt.Errorf("write a line: %w", err)
			}
		}
		// At the end the same token comes again.
		if aws.ToString(answer.NextForwardToken) == aws.ToString(o.token) || answer.NextForwardToken == nil {
			return more, nil
		}
		o.token = answer.NextForwardToken
	}
}

// Stop ends the command before its time.
func (o *OneOff) Stop(ctx context.Context) error {
	_, err := o.app.ECS.StopTask(ctx, &ecs.StopTaskInput{
		Cluster: &o.app.Cluster, Task: o.task.TaskArn, Reason: aws.String("threa run was interrupted"),
	})
	if err != nil {
		return fmt.Errorf("stop the task %s: %w", o.Task(), err)
	}
	return nil
}

// rest waits, unless ctx ends before.
func rest(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // it says all
	case <-time.After(pause):
		return nil
	}
}
