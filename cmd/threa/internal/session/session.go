// Package session opens a shell in a running task, and a port of this machine to the private database. The AWS CLI and
// its session-manager-plugin carry the traffic of both.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/cmd/threa/internal/deployment"
)

// programs are the programs that sessions use, with the pages that explain how to install them.
var programs = map[string]string{
	"aws": "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
	"session-manager-plugin": "https://docs.aws.amazon.com/systems-manager/latest/userguide/" +
		"session-manager-working-with-install-plugin.html",
	"psql": "https://www.postgresql.org/download/. Without --psql any client can use the port",
}

// CheckPrograms returns an error if the AWS CLI or its plugin is missing on PATH, or psql if it is needed.
func CheckPrograms(psql bool) error {
	var missing []error
	for name, page := range programs {
		if name == "psql" && !psql {
			continue
		}
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, fmt.Errorf("%s is not on PATH. Install it: %s", name, page))
		}
	}
	return errors.Join(missing...)
}

// Shell returns the program that runs a command with a terminal in the app's container.
func Shell(ctx context.Context, app *deployment.App, command string) (*exec.Cmd, error) {
	task, container, err := findContainer(ctx, app)
	if err != nil {
		return nil, err
	}
	return awsCLI(ctx, app, "ecs", "execute-command", "--cluster", app.Cluster, "--task", taskID(task),
		"--container", aws.ToString(container.Name), "--interactive", "--command", command)
}

// forward returns the program that forwards a port of this machine through the app's container to the database. See
// https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html
func forward(ctx context.Context, app *deployment.App, database *url.URL, localPort int) (*exec.Cmd, error) {
	task, container, err := findContainer(ctx, app)
	if err != nil {
		return nil, err
	}
	parameters, err := json.Marshal(map[string][]string{
		"host": {database.Hostname()}, "portNumber": {database.Port()}, "localPortNumber": {strconv.Itoa(localPort)},
	})
	if err != nil {
		return nil, fmt.Errorf("encode session parameters: %w", err)
	}
	target := fmt.Sprintf("ecs:%s_%s_%s", app.Cluster, taskID(task), aws.ToString(container.RuntimeId))
	return awsCLI(ctx, app, "ssm", "start-session", "--target", target,
		"--document-name", "AWS-StartPortForwardingSessionToRemoteHost", "--parameters", string(parameters))
}

// awsCLI returns a command of the AWS CLI with the app's region and credentials. No context kills it: it ends with the
// session or with a signal.
func awsCLI(ctx context.Context, app *deployment.App, args ...string) (*exec.Cmd, error) {
	credentials, err := app.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials: %w", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "aws", args...)
	cmd.Env = append(os.Environ(), "AWS_REGION="+app.Region, "AWS_ACCESS_KEY_ID="+credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY="+credentials.SecretAccessKey, "AWS_SESSION_TOKEN="+credentials.SessionToken)
	return cmd, nil
}

// findContainer returns the app's container in a running task whose ECS Exec agent is running. The error says what is
// missing.
func findContainer(ctx context.Context, app *deployment.App) (*types.Task, *types.Container, error) {
	if !app.ExecEnabled {
		return nil, nil, errors.New("ECS Exec is off. Turn it on: pulumi config set enableExec true && pulumi up")
	}
	task, err := app.RunningTask(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !task.EnableExecuteCommand {
		return nil, nil, errors.New("the running task was started before ECS Exec was on. " +
			"Start new tasks: go run ./cmd/threa secrets restart")
	}
	container := deployment.FindContainer(task, app.Service)
	if container == nil || aws.ToString(container.RuntimeId) == "" {
		return nil, nil, fmt.Errorf("task %s has no running container %s. See why: go run ./cmd/threa deploy-status",
			taskID(task), app.Service)
	}
	for _, agent := range container.ManagedAgents {
		if agent.Name != types.ManagedAgentNameExecuteCommandAgent {
			continue
		}
		if status := aws.ToString(agent.LastStatus); status != "RUNNING" {
			return nil, nil, fmt.Errorf("the ECS Exec agent of the task is %s, not RUNNING (%s). Wait a minute. If it does "+
				"not start, the task role lacks the ssmmessages actions, or the task cannot reach AWS: pulumi up --refresh",
				status, aws.ToString(agent.Reason))
		}
		return task, container, nil
	}
	return nil, nil, errors.New("the task has no ECS Exec agent yet. Wait a minute")
}

func taskID(task *types.Task) string { return deployment.ID(aws.ToString(task.TaskArn)) }
