package control

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"threa-infra/internal/iamtest"
)

// scope is the account and region in which the task would run.
type scope struct {
	partition, region, account string
	task                       string // ARN
}

var definitionARN = regexp.MustCompile(`^arn:([^:]+):ecs:([^:]+):([0-9]{12}):task-definition/`)

func newScope(definition, cluster string) (scope, error) {
	m := definitionARN.FindStringSubmatch(definition)
	if m == nil {
		return scope{}, fmt.Errorf("%s is not the ARN of a task definition", definition)
	}
	s := scope{partition: m[1], region: m[2], account: m[3]}
	cluster = cluster[strings.LastIndex(cluster, "/")+1:]
	s.task = s.arn("ecs", "task/"+cluster+"/00000000000000000000000000000000")
	return s, nil
}

func (s scope) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", s.partition, service, s.region, s.account, resource)
}

// role is an IAM role that ECS has assumed for a task.
type role struct {
	scope
	name     string
	policies *iamtest.Policies // after readPolicies
}

// assumeRole assumes a role for the task if the role's trust policy allows it.
func (c *Client) assumeRole(ctx context.Context, arn string, s scope) (*role, error) {
	name := arn[strings.LastIndex(arn, "/")+1:]
	answer, err := c.iam.GetRole(ctx, &awsiam.GetRoleInput{RoleName: &name})
	if err != nil {
		return nil, fmt.Errorf("ResourceInitializationError: ECS cannot assume the role %s: %w", name, err)
	}
	trust, err := url.QueryUnescape(aws.ToString(answer.Role.AssumeRolePolicyDocument))
	if err != nil {
		return nil, fmt.Errorf("read the trust policy of %s: %w", name, err)
	}
	trusted, err := iamtest.Trusts(trust, "ecs-tasks.amazonaws.com", map[string]string{
		"aws:SourceAccount": s.account, "aws:SourceArn": s.task,
	})
	if err != nil {
		return nil, fmt.Errorf("read the trust policy of %s: %w", name, err)
	}
	if !trusted {
		return nil, fmt.Errorf("ResourceInitializationError: the role %s does not trust ecs-tasks.amazonaws.com for %s",
			name, s.task)
	}
	return &role{scope: s, name: name}, nil
}

// readPolicies reads what a role may do.
func (c *Client) readPolicies(ctx context.Context, r *role) error {
	documents, err := c.policyDocuments(ctx, r.name)
	if err != nil {
		return fmt.Errorf("read the policies of role %s: %w", r.name, err)
	}
	r.policies, err = iamtest.Parse(documents...)
	if err != nil {
		return fmt.Errorf("read the policies of role %s: %w", r.name, err)
	}
	return nil
}

// policyDocuments returns the role's inline policies. Attached policies do not count: the program attaches them only to
// the role of the app, which is not read. An imported role may have one until it is removed by hand, and the task must
// not need it.
func (c *Client) policyDocuments(ctx context.Context, role string) (documents []string, err error) {
	policies, err := c.iam.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		return nil, err
	}
	for _, name := range policies.PolicyNames {
		policy, err := c.iam.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		document, err := url.QueryUnescape(aws.ToString(policy.PolicyDocument))
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, nil
}

// check returns an error for every action that the role's policies do not allow.
func (r *role) check(resource string, actions ...string) error {
	var failures []error
	for _, action := range actions {
		allowed, err := r.policies.Allows(iamtest.Request{Action: action, Resource: resource})
		if err == nil && !allowed {
			err = fmt.Errorf("AccessDeniedException: the role %s is not allowed %s on %s", r.name, action, resource)
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// ecrImage matches an image of a private ECR registry: account, region, repository.
var ecrImage = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)[:@]`)

// checkPull checks that the role may pull an image. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func (r *role) checkPull(image string) error {
	m := ecrImage.FindStringSubmatch(image)
	if m == nil {
		return nil // a public image needs no permission
	}
	repository := fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", r.partition, m[2], m[1], m[3])
	err := errors.Join(r.check("*", "ecr:GetAuthorizationToken"),
		r.check(repository, "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"))
	if err != nil {
		return fmt.Errorf("CannotPullContainerError: %s: %w", image, err)
	}
	return nil
}

// checkLogs checks that the role may do what the log driver awslogs does.
func (r *role) checkLogs(container *types.ContainerDefinition) error {
	if container.LogConfiguration == nil || container.LogConfiguration.LogDriver != types.LogDriverAwslogs {
		return nil
	}
	name, options := aws.ToString(container.Name), container.LogConfiguration.Options
	stream := fmt.Sprintf("log-group:%s:log-stream:%s/%s/0",
		options["awslogs-group"], options["awslogs-stream-prefix"], name)
	if err := r.check(r.arn("logs", stream), "logs:CreateLogStream", "logs:PutLogEvents"); err != nil {
		return fmt.Errorf("ResourceInitializationError: container %s cannot log: %w", name, err)
	}
	return nil
}
