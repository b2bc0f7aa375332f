package deployment

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ErrNoTask says that no task of the service runs.
var ErrNoTask = errors.New("no task runs")

// running is a task of the service that runs, a healthy one where there is one.
func (a *App) running(ctx context.Context) (*types.Task, error) {
	all, err := a.tasks(ctx, types.DesiredStatusRunning)
	if err != nil {
		return nil, err
	}
	var found *types.Task
	for i, task := range all {
		if aws.ToString(task.LastStatus) != "RUNNING" {
			continue
		}
		if found == nil || found.HealthStatus != types.HealthStatusHealthy && task.HealthStatus == types.HealthStatusHealthy {
			found = &all[i]
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w; go run ./cmd/threa deploy-status says why", ErrNoTask)
	}
	return found, nil
}

// Address is where the app answers now: the stack's address where it has one, else the public one of a task, which
// changes with every deployment.
func (a *App) Address(ctx context.Context) (string, error) {
	if a.URL != "" {
		return a.URL, nil
	}
	task, err := a.running(ctx)
	if err != nil {
		return "", err
	}
	definition, err := a.Definition(ctx, aws.ToString(task.TaskDefinitionArn))
	if err != nil {
		return "", err
	}
	if definition.tunnelled() {
		return "", errors.New("users reach the app through Cloudflare, which knows its host name: pulumi config set domainName <host name> says it here, too")
	}
	ip, err := a.publicIP(ctx, task)
	if err != nil {
		return "", err
	}
	return (&url.URL{Scheme: "http", Host: net.JoinHostPort(ip, strconv.Itoa(definition.Port()))}).String(), nil
}

// publicIP asks EC2 for the address of a task's network interface; ECS knows the private one only. Source:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
func (a *App) publicIP(ctx context.Context, task *types.Task) (string, error) {
	id := ""
	for _, attachment := range task.Attachments {
		for _, detail := range attachment.Details {
			if aws.ToString(detail.Name) == "networkInterfaceId" {
				id = aws.ToString(detail.Value)
			}
		}
	}
	if id == "" {
		return "", fmt.Errorf("the task %s has no network interface yet", last(aws.ToString(task.TaskArn)))
	}
	var answer struct {
		IPs []string `xml:"networkInterfaceSet>item>association>publicIp"`
	}
	if err := a.Query.Query(ctx, "ec2", "DescribeNetworkInterfaces", map[string]string{"NetworkInterfaceId.1": id}, &answer); err != nil {
		return "", fmt.Errorf("ask for the address of the task: %w", err)
	}
	if len(answer.IPs) == 0 {
		return "", fmt.Errorf("the task %s has no public address", last(aws.ToString(task.TaskArn)))
	}
	return answer.IPs[0], nil
}

// answerTimeout is for one request. The app's own health check gives up after 3 seconds.
const answerTimeout = 5 * time.Second

// Await waits until the app's /health answers 200, wherever the app is by then, and returns the address. report says why
// it does not yet, each reason once in a row.
func (a *App) Await(ctx context.Context, pause time.Duration, report func(line string)) (string, error) {
	client := &http.Client{Timeout: answerTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	said := ""
	for {
		address, err := a.Address(ctx)
		if err == nil {
			err = healthy(ctx, client, address)
		}
		if err == nil {
			return address, nil
		}
		if ctx.Err() == nil && said != err.Error() {
			said = err.Error()
			report(said)
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return "", fmt.Errorf("the app did not answer in time: %s", said)
			}
			return "", ctx.Err() //nolint:wrapcheck // it says all
		case <-time.After(pause):
		}
	}
}

func healthy(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/health", nil)
	if err != nil {
		return fmt.Errorf("ask the app: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the app does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s/health answers %s", address, response.Status)
	}
	return nil
}
