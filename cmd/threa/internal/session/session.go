// Package session opens sessions of AWS Systems Manager into a running task: a shell, and a port to the database. AWS's
// session-manager-plugin carries their traffic.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/cmd/threa/internal/deployment"
)

// Session is a session that the plugin can join.
type Session struct {
	app      *deployment.App
	id       string
	response string // JSON for the plugin, with a token that is as good as a password
	request  string // JSON for the plugin
}

// The types that the plugin reads.
type (
	pluginRequest struct {
		Target       string
		DocumentName string              `json:",omitempty"`
		Parameters   map[string][]string `json:",omitempty"`
	}
	pluginResponse struct{ SessionId, TokenValue, StreamUrl string } //nolint:revive // the plugin's spelling
)

// Shell starts a command with a terminal in the app's container. See
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
func Shell(ctx context.Context, app *deployment.App, command string) (*Session, error) {
	task, container, err := findContainer(ctx, app)
	if err != nil {
		return nil, err
	}
	answer, err := app.ECS.ExecuteCommand(ctx, &ecs.ExecuteCommandInput{
		Cluster: &app.Cluster, Task: task.TaskArn, Container: container.Name, Command: &command, Interactive: true,
	})
	if err != nil {
		return nil, fmt.Errorf("execute command in the task: %w", namePermission(err, "ecs:ExecuteCommand"))
	}
	s := answer.Session
	return newSession(app, pluginRequest{Target: target(app, task, container)},
		pluginResponse{aws.ToString(s.SessionId), aws.ToString(s.TokenValue), aws.ToString(s.StreamUrl)})
}

// Forward starts forwarding a port of this machine through the app's container to the database. See
// https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html
func Forward(ctx context.Context, app *deployment.App, database *Database, localPort int) (*Session, error) {
	task, container, err := findContainer(ctx, app)
	if err != nil {
		return nil, err
	}
	request := pluginRequest{
		Target: target(app, task, container), DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
		Parameters: map[string][]string{
			"host": {database.Host}, "portNumber": {strconv.Itoa(database.Port)},
			"localPortNumber": {strconv.Itoa(localPort)},
		},
	}
	answer, err := app.SSM.StartSession(ctx, &ssm.StartSessionInput{
		Target: &request.Target, DocumentName: &request.DocumentName, Parameters: request.Parameters,
	})
	if err != nil {
		return nil, fmt.Errorf("start session to the database: %w", namePermission(err, "ssm:StartSession"))
	}
	return newSession(app, request, pluginResponse{
		aws.ToString(answer.SessionId), aws.ToString(answer.TokenValue), aws.ToString(answer.StreamUrl),
	})
}

func newSession(app *deployment.App, request pluginRequest, response pluginResponse) (*Session, error) {
	requestJSON, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode session request: %w", err)
	}
	responseJSON, err := json.Marshal(response)
	if err != nil {
		return nil, fmt.Errorf("encode session response: %w", err)
	}
	return &Session{app: app, id: response.SessionId, response: string(responseJSON), request: string(requestJSON)}, nil
}

// Terminate ends the session.
func (s *Session) Terminate(ctx context.Context) error {
	if _, err := s.app.SSM.TerminateSession(ctx, &ssm.TerminateSessionInput{SessionId: &s.id}); err != nil {
		return fmt.Errorf("terminate session: %w", err)
	}
	return nil
}

// endpoint returns the URL of the Systems Manager API.
func (s *Session) endpoint() string {
	if own := s.app.SSM.Options().BaseEndpoint; own != nil {
		return *own
	}
	return fmt.Sprintf("https://ssm.%s.amazonaws.com", s.app.Region)
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
			deployment.ID(aws.ToString(task.TaskArn)), app.Service)
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

// target returns Session Manager's name of a container. It is the AWS command line's:
// awscli/customizations/ecs/executecommand.py
func target(app *deployment.App, task *types.Task, container *types.Container) string {
	return fmt.Sprintf("ecs:%s_%s_%s",
		app.Cluster, deployment.ID(aws.ToString(task.TaskArn)), aws.ToString(container.RuntimeId))
}

// namePermission adds the missing permission to an AccessDenied error.
func namePermission(err error, permission string) error {
	if strings.Contains(err.Error(), "AccessDenied") {
		return fmt.Errorf("your AWS credentials lack the permission %s: %w", permission, err)
	}
	return err
}
