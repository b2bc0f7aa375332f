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

	"threa-infra/cmd/threa/internal/poll"
)

// Address returns the URL where the app answers now: the stack's own URL, or the public address of a task, which
// changes with every deployment.
func (a *App) Address(ctx context.Context) (string, error) {
	if a.URL != "" {
		return a.URL, nil
	}
	task, err := a.RunningTask(ctx)
	if err != nil {
		return "", err
	}
	definition, err := a.DescribeDefinition(ctx, aws.ToString(task.TaskDefinitionArn))
	if err != nil {
		return "", err
	}
	if definition.hasTunnel() {
		return "", errors.New("users reach the app through Cloudflare Tunnel, and only Cloudflare knows its host name. " +
			"To show it here, too: pulumi config set domainName <host name>")
	}
	ip, err := a.publicIP(ctx, task)
	if err != nil {
		return "", err
	}
	return (&url.URL{Scheme: "http", Host: net.JoinHostPort(ip, strconv.Itoa(definition.Port()))}).String(), nil
}

// publicIP returns the public address of a task's network interface. ECS reports only the private one. See
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
func (a *App) publicIP(ctx context.Context, task *types.Task) (string, error) {
	taskID, networkInterface := ID(aws.ToString(task.TaskArn)), ""
	for _, attachment := range task.Attachments {
		for _, detail := range attachment.Details {
			if aws.ToString(detail.Name) == "networkInterfaceId" {
				networkInterface = aws.ToString(detail.Value)
			}
		}
	}
	if networkInterface == "" {
		return "", fmt.Errorf("task %s has no network interface yet", taskID)
	}
	var answer struct {
		IPs []string `xml:"networkInterfaceSet>item>association>publicIp"`
	}
	parameters := map[string]string{"NetworkInterfaceId.1": networkInterface}
	if err := a.EC2.Query(ctx, "ec2", "DescribeNetworkInterfaces", parameters, &answer); err != nil {
		return "", fmt.Errorf("describe network interface of task %s: %w", taskID, err)
	}
	if len(answer.IPs) == 0 {
		return "", fmt.Errorf("task %s has no public address", taskID)
	}
	return answer.IPs[0], nil
}

// healthTimeout limits one request. The container's own health check gives up after 3 seconds.
const healthTimeout = 5 * time.Second

// WaitForHealth waits until /health answers 200 at the app's current address, and returns the address. It reports why
// it has to wait whenever the reason changes.
func (a *App) WaitForHealth(ctx context.Context, interval time.Duration, report func(line string)) (string, error) {
	client := &http.Client{
		Timeout:       healthTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	address, reason := "", ""
	err := poll.Until(ctx, interval, func() (bool, error) {
		var err error
		if address, err = a.Address(ctx); err == nil {
			err = checkHealth(ctx, client, address)
		}
		if err != nil && ctx.Err() == nil && err.Error() != reason {
			reason = err.Error()
			report(reason)
		}
		return err == nil, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return "", fmt.Errorf("the app did not answer in time: %s", reason)
	}
	return address, err
}

func checkHealth(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/health", nil)
	if err != nil {
		return fmt.Errorf("request /health: %w", err)
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
