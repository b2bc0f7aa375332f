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

// place is where the task would run.
type place struct {
	partition, region, account string
	task                       string // ARN
}

var definitionARN = regexp.MustCompile(`^arn:([^:]+):ecs:([^:]+):([0-9]{12}):task-definition/`)

func placeOf(definition, cluster string) (place, error) {
	m := definitionARN.FindStringSubmatch(definition)
	if m == nil {
		return place{}, fmt.Errorf("%s is no ARN of a task definition", definition)
	}
	p := place{partition: m[1], region: m[2], account: m[3]}
	cluster = cluster[strings.LastIndex(cluster, "/")+1:]
	p.task = p.arn("ecs", "task/"+cluster+"/00000000000000000000000000000000")
	return p, nil
}

func (p place) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.partition, service, p.region, p.account, resource)
}

// role is an IAM role that ECS has assumed.
type role struct {
	name     string
	policies *iamtest.Policies
}

// role assumes a role for the task, which its trust policy must allow.
func (c *Client) role(ctx context.Context, arn string, p place) (*role, error) {
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
		"aws:SourceAccount": p.account, "aws:SourceArn": p.task,
	})
	if err != nil {
		return nil, fmt.Errorf("read the trust policy of %s: %w", name, err)
	}
	if !trusted {
		return nil, fmt.Errorf("ResourceInitializationError: the role %s does not trust ecs-tasks.amazonaws.com for %s", name, p.task)
	}
	documents, err := c.documents(ctx, name)
	if err != nil {
		return nil, err
	}
	policies, err := iamtest.Parse(documents...)
	if err != nil {
		return nil, fmt.Errorf("role %s: %w", name, err)
	}
	return &role{name: name, policies: policies}, nil
}

// documents are the role's own policies and those that are attached to it.
func (c *Client) documents(ctx context.Context, name string) ([]string, error) {
	var documents []string
	inline, err := c.iam.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: &name})
	if err != nil {
		return nil, fmt.Errorf("list the policies of role %s: %w", name, err)
	}
	for _, policy := range inline.PolicyNames {
		answer, err := c.iam.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
		if err != nil {
			return nil, fmt.Errorf("read policy %s of role %s: %w", policy, name, err)
		}
		documents = append(documents, aws.ToString(answer.PolicyDocument))
	}
	attached, err := c.iam.ListAttachedRolePolicies(ctx, &awsiam.ListAttachedRolePoliciesInput{RoleName: &name})
	if err != nil {
		return nil, fmt.Errorf("list the policies that are attached to role %s: %w", name, err)
	}
	for _, policy := range attached.AttachedPolicies {
		described, err := c.iam.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: policy.PolicyArn})
		if err != nil {
			return nil, fmt.Errorf("read policy %s: %w", aws.ToString(policy.PolicyName), err)
		}
		answer, err := c.iam.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: policy.PolicyArn, VersionId: described.Policy.DefaultVersionId})
		if err != nil {
			return nil, fmt.Errorf("read policy %s: %w", aws.ToString(policy.PolicyName), err)
		}
		documents = append(documents, aws.ToString(answer.PolicyVersion.Document))
	}
	for i := range documents {
		if documents[i], err = url.QueryUnescape(documents[i]); err != nil {
			return nil, fmt.Errorf("read the policies of role %s: %w", name, err)
		}
	}
	return documents, nil
}

// may is an error where the role's policies do not allow each of the actions.
func (r *role) may(resource string, actions ...string) error {
	var refused []error
	for _, action := range actions {
		allowed, err := r.policies.Allows(iamtest.Request{Action: action, Resource: resource})
		if err == nil && !allowed {
			err = fmt.Errorf("AccessDeniedException: the role %s may not %s on %s", r.name, action, resource)
		}
		refused = append(refused, err)
	}
	return errors.Join(refused...)
}

// ecrImage is an image in a private registry of ECR: account, region, repository.
var ecrImage = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)[:@]`)

// mayPull holds the role against what pulling an image takes. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func (r *role) mayPull(image string) error {
	m := ecrImage.FindStringSubmatch(image)
	if m == nil {
		return nil // a public image asks for nothing
	}
	repository := fmt.Sprintf("arn:aws:ecr:%s:%s:repository/%s", m[2], m[1], m[3])
	err := errors.Join(r.may("*", "ecr:GetAuthorizationToken"),
		r.may(repository, "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"))
	if err != nil {
		return fmt.Errorf("CannotPullContainerError: %s: %w", image, err)
	}
	return nil
}

// mayLog holds the role against what the log driver awslogs does.
func (r *role) mayLog(container *types.ContainerDefinition, p place) error {
	if container.LogConfiguration == nil || container.LogConfiguration.LogDriver != types.LogDriverAwslogs {
		return nil
	}
	options := container.LogConfiguration.Options
	stream := fmt.Sprintf("log-group:%s:log-stream:%s/%s/0", options["awslogs-group"], options["awslogs-stream-prefix"], aws.ToString(container.Name))
	if err := r.may(p.arn("logs", stream), "logs:CreateLogStream", "logs:PutLogEvents"); err != nil {
		return fmt.Errorf("ResourceInitializationError: container %s cannot log: %w", aws.ToString(container.Name), err)
	}
	return nil
}
