package deployment

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
)

// Session is a way into a running task that Session Manager has opened. The plugin of the AWS command line uses it.
type Session struct {
	Region   string
	Endpoint string // of Session Manager
	// Response is what the plugin needs to join, with a token that is as good as a password.
	Response string
	Request  string // what was asked for, in JSON
	id       string
}

// reachable is a running task whose app container can be entered; the error says what is missing for that.
func (a *App) reachable(ctx context.Context) (*types.Task, *types.Container, error) {
	if !a.Exec {
		return nil, nil, errors.New("ECS Exec is off: pulumi config set enableExec true && pulumi up")
	}
	task, err := a.running(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !task.EnableExecuteCommand {
		return nil, nil, errors.New("the running task was started before ECS Exec was on: go run ./cmd/threa secrets restart starts new ones")
	}
	app := containerOf(task, a.Service)
	if app == nil || aws.ToString(app.RuntimeId) == "" {
		return nil, nil, fmt.Errorf("the task %s has no running container %s: go run ./cmd/threa deploy-status says why", last(aws.ToString(task.TaskArn)), a.Service)
	}
	for _, agent := range app.ManagedAgents {
		if agent.Name != types.ManagedAgentNameExecuteCommandAgent {
			continue
		}
		if status := aws.ToString(agent.LastStatus); status != "RUNNING" {
			return nil, nil, fmt.Errorf("the agent of ECS Exec in the task is %s, not RUNNING (%s): wait a minute; when it stays so, the task role lacks the ssmmessages actions, or the task cannot reach AWS: pulumi up --refresh",
				status, aws.ToString(agent.Reason))
		}
		return task, app, nil
	}
	return nil, nil, errors.New("the task has no agent of ECS Exec yet: wait a minute")
}

// target is how Session Manager names a container. Source: the AWS command line, awscli/customizations/ecs/executecommand.py
func (a *App) target(task *types.Task, container *types.Container) string {
	return fmt.Sprintf("ecs:%s_%s_%s", a.Cluster, last(aws.ToString(task.TaskArn)), aws.ToString(container.RuntimeId))
}

// Shell runs a command in the app's container, with a terminal. ECS knows no other way. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
func (a *App) Shell(ctx context.Context, command string) (*Session, error) {
	task, container, err := a.reachable(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := a.ECS.ExecuteCommand(ctx, &ecs.ExecuteCommandInput{
		Cluster: &a.Cluster, Task: task.TaskArn, Container: container.Name, Command: &command, Interactive: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open a shell in the task: %w", permitted(err, "ecs:ExecuteCommand"))
	}
	return a.session(answer.Session.SessionId, answer.Session.StreamUrl, answer.Session.TokenValue,
		&ssm.StartSessionInput{Target: aws.String(a.target(task, container))})
}

// Forward opens a way from a port of this machine through the app's container to a host that only it can reach. Source of
// the document: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html
func (a *App) Forward(ctx context.Context, host string, port, local int) (*Session, error) {
	task, container, err := a.reachable(ctx)
	if err != nil {
		return nil, err
	}
	in := &ssm.StartSessionInput{
		Target: aws.String(a.target(task, container)), DocumentName: aws.String("AWS-StartPortForwardingSessionToRemoteHost"),
		Parameters: map[string][]string{"host": {host}, "portNumber": {strconv.Itoa(port)}, "localPortNumber": {strconv.Itoa(local)}},
	}
	answer, err := a.SSM.StartSession(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("open a way to the database: %w", permitted(err, "ssm:StartSession"))
	}
	return a.session(answer.SessionId, answer.StreamUrl, answer.TokenValue, in)
}

// permitted adds to a refusal which permission it takes.
func permitted(err error, action string) error {
	if strings.Contains(err.Error(), "AccessDenied") {
		return fmt.Errorf("your AWS credentials lack the permission %s: %w", action, err)
	}
	return err
}

// request and response are what the plugin reads.
type request struct {
	Target       string
	DocumentName string              `json:",omitempty"`
	Parameters   map[string][]string `json:",omitempty"`
}

type response struct{ SessionId, TokenValue, StreamUrl string } //nolint:revive // as the plugin spells them

func (a *App) session(id, stream, token *string, in *ssm.StartSessionInput) (*Session, error) {
	asked, err := json.Marshal(request{aws.ToString(in.Target), aws.ToString(in.DocumentName), in.Parameters})
	if err != nil {
		return nil, fmt.Errorf("describe the session: %w", err)
	}
	answered, err := json.Marshal(response{aws.ToString(id), aws.ToString(token), aws.ToString(stream)})
	if err != nil {
		return nil, fmt.Errorf("describe the session: %w", err)
	}
	endpoint := fmt.Sprintf("https://ssm.%s.amazonaws.com", a.Region)
	if own := a.SSM.Options().BaseEndpoint; own != nil {
		endpoint = *own
	}
	return &Session{Region: a.Region, Endpoint: endpoint, Response: string(answered), Request: string(asked), id: aws.ToString(id)}, nil
}

// Close ends a session that nobody has joined or that is not needed any more.
func (a *App) Close(ctx context.Context, s *Session) error {
	if _, err := a.SSM.TerminateSession(ctx, &ssm.TerminateSessionInput{SessionId: &s.id}); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}
