package deployrole

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/iamtest"
)

var prod = Scope{
	Account: "123456789012", Region: "eu-central-1", Name: "threa", Bucket: "threa-state-123456789012",
	Project: "threa", Environment: "prod", Zone: "Z0PROD",
	Key:          "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555",
	TaskPolicies: []string{"arn:aws:iam::123456789012:policy/uploads", "arn:aws:iam::aws:policy/AmazonSESFullAccess"},
}

// unrestricted are actions that IAM could restrict to resources, but that the program calls for all.
var unrestricted = map[string]string{
	"cloudwatch:DescribeAlarms": "its reference says that it cannot be restricted to an alarm",
	"ecs:ListTasks":             "IAM can restrict it only to container instances, which Fargate does not have",
	"rds:DescribeDBInstances":   "the program looks for its database with a filter, which lists all",
	"rds:DescribeDBSnapshots":   "a new database may start from any snapshot that the user names",
}

// roles returns the policies of both roles.
func roles(t *testing.T, s Scope) (deploy, preview *iamtest.Policies) {
	t.Helper()
	policies := make([]*iamtest.Policies, 2)
	for i, build := range []func(Scope) ([]string, error){Deploy, Preview} {
		documents, err := build(s)
		require.NoError(t, err)
		policies[i], err = iamtest.Parse(documents...)
		require.NoError(t, err)
	}
	return policies[0], policies[1]
}

func TestDeploy_RestrictsEveryAction(t *testing.T) {
	actions := fixtures.Actions(t, "testdata/iam-actions.txt")
	used := map[string]bool{}
	deploy, _ := roles(t, prod)
	for _, granted := range deploy.Grants() {
		types, known := actions[granted.Action]
		assert.True(t, known, "%s is not an action of AWS, or its service is not in the list", granted.Action)
		if granted.Resource != "*" {
			assert.NotEmpty(t, types, "IAM cannot restrict %s to %s: AWS would deny it", granted.Action, granted.Resource)
			continue
		}
		used[granted.Action] = true
		assert.True(t, len(types) == 0 || unrestricted[granted.Action] != "", "restrict %s to %v", granted.Action, types)
	}
	for action := range unrestricted {
		assert.True(t, used[action], "%s is no longer needed in unrestricted", action)
	}
}

func TestPolicies_FitIntoARole(t *testing.T) {
	long := prod
	long.Name = strings.Repeat("a", 20) + "-" + strings.Repeat("b", 20) // the longest allowed name
	roles(t, long)
}

func TestDeploy_ReachesOnlyItsStack(t *testing.T) {
	deploy, _ := roles(t, prod)
	const here = ":eu-central-1:123456789012:"
	const serviceRole = "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSRole"
	const taskRole = "arn:aws:iam::123456789012:role/threa-ecs-task"
	account := map[string]string{"aws:ResourceAccount": prod.Account}
	const boundary = "arn:aws:iam::123456789012:policy/boundary-threa"
	bounded := map[string]string{"iam:PermissionsBoundary": boundary}
	otherwise := map[string]string{"iam:PermissionsBoundary": boundary + "-staging"}
	uploads := map[string]string{"iam:PolicyARN": prod.TaskPolicies[0], "iam:PermissionsBoundary": boundary}
	const finalSnapshot = "arn:aws:rds" + here + "snapshot:threa-final-20260101-000000"
	const state = "arn:aws:s3:::threa-state-123456789012"
	for _, row := range []struct {
		action, resource string
		context          map[string]string
		want             bool
	}{
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds" + here + "db:threa", want: true},
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds" + here + "db:other"},
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds" + here + "db:threat"},
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds:eu-west-1:123456789012:db:threa"},
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + here + "db:threa", want: true}, // at its end
		{action: "rds:CreateDBSnapshot", resource: finalSnapshot, want: true},
		{action: "rds:AddTagsToResource", resource: finalSnapshot, want: true},
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + here + "db:other"},
		{action: "rds:DeleteDBSnapshot", resource: finalSnapshot},
		{action: "iam:CreateRole", resource: taskRole, want: true, context: bounded},
		{action: "iam:CreateRole", resource: taskRole},
		{action: "iam:CreateRole", resource: taskRole, context: otherwise},
		{action: "iam:CreateRole", resource: "arn:aws:iam::123456789012:role/threa-admin", context: bounded},
		{action: "iam:PutRolePolicy", resource: taskRole, want: true, context: bounded},
		{action: "iam:PutRolePolicy", resource: taskRole},
		{action: "iam:PutRolePolicy", resource: taskRole, context: otherwise},
		{action: "iam:PutRolePermissionsBoundary", resource: taskRole, want: true, context: bounded},
		{action: "iam:PutRolePermissionsBoundary", resource: taskRole, context: otherwise},
		{action: "iam:DeleteRolePermissionsBoundary", resource: taskRole, context: bounded},
		{action: "iam:UpdateAssumeRolePolicy", resource: taskRole, context: bounded},
		{action: "iam:CreatePolicyVersion", resource: boundary},
		{action: "iam:SetDefaultPolicyVersion", resource: boundary},
		{action: "iam:DeletePolicy", resource: boundary},
		{action: "iam:PutRolePolicy", resource: "arn:aws:iam::123456789012:role/" + DeployName("threa")},
		{action: "iam:PutRolePolicy", resource: "arn:aws:iam::123456789012:role/" + PreviewName("threa")},
		{action: "iam:CreateUser", resource: "arn:aws:iam::123456789012:user/threa-admin"},
		{
			action: "iam:PassRole", resource: "arn:aws:iam::123456789012:role/threa-ecs-task", want: true,
			context: map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"},
		},
		{
			action: "iam:PassRole", resource: "arn:aws:iam::123456789012:role/threa-ecs-task",
			context: map[string]string{"iam:PassedToService": "ec2.amazonaws.com"},
		},
		{
			action: "iam:PassRole", resource: "arn:aws:iam::123456789012:role/admin",
			context: map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"},
		},
		{action: "iam:AttachRolePolicy", resource: taskRole, want: true, context: uploads},
		{action: "iam:AttachRolePolicy", resource: taskRole,
			context: map[string]string{"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
				"iam:PermissionsBoundary": boundary}},
		{action: "iam:AttachRolePolicy", resource: taskRole,
			context: map[string]string{"iam:PolicyARN": prod.TaskPolicies[0]}},
		{action: "iam:AttachRolePolicy", resource: taskRole},
		{action: "iam:AttachRolePolicy", resource: "arn:aws:iam::123456789012:role/threa-ecs-execution", context: uploads},
		{action: "iam:AttachRolePolicy", resource: "arn:aws:iam::123456789012:role/" + DeployName("threa"), context: uploads},
		{action: "iam:AttachRolePolicy", resource: "arn:aws:iam::123456789012:role/threa-staging-ecs-task", context: uploads},
		{action: "iam:DetachRolePolicy", resource: taskRole, want: true},
		{action: "iam:PassRole", resource: serviceRole, want: true},
		{action: "iam:CreateServiceLinkedRole", resource: serviceRole, want: true},
		{action: "iam:PutRolePolicy", resource: serviceRole},
		// The provider lists all clusters.
		{action: "elasticache:DescribeCacheClusters", resource: "arn:aws:elasticache" + here + "cluster:other", want: true},
		{action: "ssm:GetParameter", resource: "arn:aws:ssm" + here + "parameter/threa/workos-api-key", want: true},
		{action: "ssm:GetParameter", resource: "arn:aws:ssm" + here + "parameter/other/key"},
		{action: "s3:PutObject", resource: state + "/.pulumi/stacks/threa/prod.json", want: true, context: account},
		{action: "s3:PutObject", resource: state + "/.pulumi/stacks/threa/prod.json"},
		{action: "s3:GetObject", resource: state + "/.pulumi/meta.yaml", want: true, context: account},
		{action: "s3:PutObject", resource: state + "/.pulumi/meta.yaml", context: account},
		{action: "s3:GetObject", resource: state + "/.pulumi/stacks/threa/prod-eu.json", context: account},
		{action: "s3:GetObject", resource: state + "/.pulumi/stacks/other/prod.json", context: account},
		{action: "s3:PutObject", resource: "arn:aws:s3:::another-bucket/file"},
		{action: "s3:DeleteObjectVersion", resource: state + "/.pulumi/stacks/threa/prod.json"},
		{action: "s3:DeleteBucket", resource: state},
		{action: "kms:Decrypt", resource: prod.Key, want: true,
			context: map[string]string{"kms:EncryptionContext:Stack": "threa"}},
		{action: "kms:Decrypt", resource: prod.Key},
		{action: "route53:ChangeResourceRecordSets", resource: "arn:aws:route53:::hostedzone/Z0PROD", want: true},
		{action: "route53:ChangeResourceRecordSets", resource: "arn:aws:route53:::hostedzone/Z0OTHER"},
		{action: "kms:ScheduleKeyDeletion", resource: prod.Key},
	} {
		allowed, err := deploy.Allows(iamtest.Request{Action: row.action, Resource: row.resource, Context: row.context})
		require.NoError(t, err)
		assert.Equal(t, row.want, allowed, "%+v", row)
	}
}

// TestRoles_AllowOtherDuties checks the calls of the scripts in .github and of the commands in them. It also checks the
// calls in a new account, in which no service-linked role exists yet.
func TestRoles_AllowOtherDuties(t *testing.T) {
	deploy, preview := roles(t, prod)
	const regional, own = ":eu-central-1:123456789012:", "arn:aws:iam::123456789012:role/aws-service-role/"
	for _, row := range []struct {
		action, resource string
		preview          bool // the preview role is allowed, too
	}{
		{"ecr:GetAuthorizationToken", "*", false},
		{"ecr:DescribeImages", "arn:aws:ecr" + regional + "repository/threa", true},
		{"ecr:BatchCheckLayerAvailability", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:InitiateLayerUpload", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:UploadLayerPart", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:CompleteLayerUpload", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:PutImage", "arn:aws:ecr" + regional + "repository/threa", false},

		{"ecs:DescribeTaskDefinition", "*", true},
		{"ecs:DescribeServices", "arn:aws:ecs" + regional + "service/threa/threa-standby", true},
		{"ecs:ListTasks", "*", false},
		{"ecs:DescribeTasks", "arn:aws:ecs" + regional + "task/threa/3b70b7e0", false},
		{"logs:GetLogEvents", "arn:aws:logs" + regional + "log-group:/ecs/threa:log-stream:ecs/migrate/3b70b7e0", false},
		{"ec2:DescribeNetworkInterfaces", "*", true},
		{"ecs:ListServiceDeployments", "arn:aws:ecs" + regional + "service/threa/threa", true},
		{"ecs:DescribeServiceDeployments", "arn:aws:ecs" + regional + "service/threa/threa", true},
		{"ecs:DescribeServiceDeployments", "arn:aws:ecs" + regional + "service-deployment/threa/threa-standby/NCWG", true},
		{"ecs:DescribeServiceRevisions", "arn:aws:ecs" + regional + "service/threa/threa-standby", true},
		{"ecs:DescribeServiceRevisions", "arn:aws:ecs" + regional + "service-revision/threa/threa/4980306466373577095", true},

		{"rds:DescribeDBSnapshots", "arn:aws:rds" + regional + "db:threa", true},
		{"ssm:GetParametersByPath", "arn:aws:ssm" + regional + "parameter/threa", true},
		{"iam:ListRoles", "*", true},
		{"cloudwatch:ListDashboards", "*", true},
		{"iam:GetRole", "arn:aws:iam::123456789012:role/threa-ecs-execution", true},

		{"iam:CreateServiceLinkedRole", own + "ecs.amazonaws.com/AWSServiceRoleForECS", false},
		{"iam:CreateServiceLinkedRole", own + "rds.amazonaws.com/AWSServiceRoleForRDS", false},
		{"iam:CreateServiceLinkedRole", own + "elasticache.amazonaws.com/AWSServiceRoleForElastiCache", false},
		{"iam:CreateServiceLinkedRole", own + "elasticloadbalancing.amazonaws.com/AWSRole", false},
		{"iam:CreateServiceLinkedRole", own + "ecs.application-autoscaling.amazonaws.com/AWSRole", false},
	} {
		for role, want := range map[*iamtest.Policies]bool{deploy: true, preview: row.preview} {
			allowed, err := role.Allows(iamtest.Request{Action: row.action, Resource: row.resource})
			require.NoError(t, err)
			assert.Equal(t, want, allowed, "%+v", row)
		}
	}
	for _, other := range []string{"ec2.amazonaws.com", "autoscaling.amazonaws.com", "organizations.amazonaws.com"} {
		role := iamtest.Request{Action: "iam:CreateServiceLinkedRole", Resource: own + other + "/AWSServiceRole"}
		allowed, err := deploy.Allows(role)
		require.NoError(t, err)
		assert.False(t, allowed, other)
	}
}

func TestDeploy_WithoutBucketAndKey(t *testing.T) {
	deploy, _ := roles(t, Scope{Account: prod.Account, Region: prod.Region, Name: "threa"})
	for _, granted := range deploy.Grants() {
		service, _, _ := strings.Cut(granted.Action, ":")
		assert.NotContains(t, []string{"s3", "kms"}, service)
	}
	for _, policy := range []string{"arn:aws:iam::123456789012:policy/uploads", ""} {
		allowed, err := deploy.Allows(iamtest.Request{Action: "iam:AttachRolePolicy",
			Resource: "arn:aws:iam::123456789012:role/threa-ecs-task", Context: map[string]string{"iam:PolicyARN": policy}})
		require.NoError(t, err)
		assert.False(t, allowed, "no policy is allowed by default")
	}
	_, err := Deploy(Scope{Name: "threa"})
	require.ErrorContains(t, err, "an account, a region and the name of a stack")
}
