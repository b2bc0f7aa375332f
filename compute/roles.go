package compute

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/naming"
	"threa-infra/internal/steps"
)

func (b *builder) createRoles() (err error) {
	n := b.Names
	if b.executionRole, err = b.newRole("execution", n.ExecutionRole(), "ECS agent of "+n.Name); err != nil {
		return err
	}
	if b.taskRole, err = b.newRole("task", n.TaskRole(), "App of "+n.Name); err != nil {
		return err
	}
	image := iampolicy.New(
		iampolicy.Allow(iampolicy.Everything, "ecr:GetAuthorizationToken"), // a login token belongs to no repository
		iampolicy.Allow([]string{n.ARN("ecr", "repository/"+n.Name)}, pull...),
		iampolicy.Allow([]string{n.LogStreamsARN(n.LogGroup())}, "logs:CreateLogStream", "logs:PutLogEvents"),
	)
	if err := b.grant(b.executionRole, "execution-image", image); err != nil {
		return err
	}
	// All parameters of the stack, not only those of this deployment: after a rollback, the former tasks need a secret
	// that the deployment has removed. The parameters' key, which AWS manages, needs no permission.
	parameters := iampolicy.New(iampolicy.Allow([]string{n.ParameterARN(n.Parameter("*"))}, "ssm:GetParameters"))
	if err := b.grant(b.executionRole, "execution-ssm", parameters); err != nil {
		return err
	}
	if err := steps.Run(b.grantConnectorImage, b.attachTaskPolicies); err != nil || !b.Exec {
		return err
	}
	// IAM has no resource for the channels of ECS Exec. Its agent runs with the app's role. Sources:
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html and
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-logging.html
	return b.grant(b.taskRole, "task-exec", iampolicy.New(
		iampolicy.Allow(iampolicy.Everything, "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel", "logs:DescribeLogGroups"),
		iampolicy.Allow([]string{n.LogStreamsARN(n.ExecLogGroup())},
			"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
	))
}

// pull are the actions for pulling an image.
var pull = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

// ecrImage matches an image in ECR: account, region and repository.
var ecrImage = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)[:@]`)

// grantConnectorImage lets the ECS agent pull the image of cloudflared from ECR. The repository may be a pull-through
// cache, which imports what it does not have yet. Each repository has its own policy. Pulumi deletes the policy of a
// former repository only after a successful deployment: after a rollback, the former tasks need the former image.
// Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
func (b *builder) grantConnectorImage() error {
	if b.Tunnel == nil {
		return nil
	}
	match := ecrImage.FindStringSubmatch(b.Tunnel.Image)
	if match == nil { // a public image
		return nil
	}
	repository := naming.Stack{Region: match[2], AccountID: match[1]}.ARN("ecr", "repository/"+match[3])
	policy := iampolicy.New(iampolicy.Allow([]string{repository},
		append(slices.Clone(pull), "ecr:BatchImportUpstreamImage")...))
	const digits = 4 // bytes of the hash: the name of a repository is too long for a policy's name
	hash := sha256.Sum256([]byte(repository))
	return b.grant(b.executionRole, fmt.Sprintf("execution-connector-%x", hash[:digits]), policy)
}

// newRole creates a role for the ECS tasks of this account and region. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func (b *builder) newRole(suffix, awsName, description string) (*iam.Role, error) {
	trust := iampolicy.Trust("ecs-tasks.amazonaws.com", b.Names.AccountID, b.Names.ARN("ecs", "*"))
	role, err := iam.NewRole(b.ctx, b.name+"-"+suffix, &iam.RoleArgs{
		Name:             pulumi.String(awsName),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.JSONMarshal(trust),
		// IAM refuses to delete a role that has policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                b.Tags,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("create role %s: %w", awsName, err)
	}
	return role, nil
}

// grant attaches an inline policy to a role.
func (b *builder) grant(role *iam.Role, suffix string, policy iampolicy.Document) error {
	awsName := b.Names.Prefixed("ecs-" + suffix)
	granted, err := iam.NewRolePolicy(b.ctx, b.name+"-"+suffix, &iam.RolePolicyArgs{
		Name:   pulumi.String(awsName),
		Role:   role.Name,
		Policy: pulumi.JSONMarshal(policy),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("grant %s: %w", awsName, err)
	}
	b.before = append(b.before, granted)
	return nil
}
