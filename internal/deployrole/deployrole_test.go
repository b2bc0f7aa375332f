package deployrole

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
)

var prod = Scope{
	Account: "123456789012", Region: "eu-central-1", Name: "threa", Bucket: "threa-state-123456789012",
	Key: "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555",
}

// everywhere are the actions that could be tied to resources, but are about all there are in a call of the program's.
var everywhere = map[string]string{
	"cloudwatch:DescribeAlarms": "takes no single alarm, says its reference",
	"ecr:DescribeRepositories":  "the program looks for a repository of its name among all",
	"ecs:ListTasks":             "can be tied to container instances alone, which Fargate has not",
	"rds:DescribeDBInstances":   "the program looks for its database with a filter, which lists all",
	"rds:DescribeDBSnapshots":   "a new database may start with any snapshot that the user names",
}

// roles are the policies of both roles, read by the strict judge.
func roles(t *testing.T, s Scope) (deploy, preview *iamtest.Policies) {
	t.Helper()
	all := make([]*iamtest.Policies, 2)
	for i, write := range []func(Scope) ([]string, error){Deploy, Preview} {
		documents, err := write(s)
		require.NoError(t, err)
		all[i], err = iamtest.Parse(documents...)
		require.NoError(t, err)
	}
	return all[0], all[1]
}

func TestEveryTypeOfTheProgramIsCovered(t *testing.T) {
	lists, err := filepath.Glob("../../testdata/*.txt")
	require.NoError(t, err)
	checked := 0
	for _, list := range lists {
		text, err := os.ReadFile(list)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			kind, _, _ := strings.Cut(line, " ")
			if !strings.HasPrefix(kind, "aws:") {
				continue
			}
			checked++
			assert.Contains(t, Covered(), kind, "the deploy role knows nothing of it: say in the table of types what the provider calls for it")
		}
	}
	assert.Greater(t, checked, 80)
}

func TestEveryRightIsTiedAsFarAsIAMCan(t *testing.T) {
	actions := mocks.Actions(t, "testdata/iam-actions.txt")
	unused := map[string]bool{}
	for action := range everywhere {
		unused[action] = true
	}
	deploy, _ := roles(t, prod)
	for _, granted := range deploy.Grants() {
		kinds, known := actions[granted.Action]
		assert.True(t, known, "%s is no action of AWS, or of a service whose actions are not listed", granted.Action)
		_, excused := everywhere[granted.Action]
		if granted.Resource == "*" {
			delete(unused, granted.Action)
			assert.True(t, len(kinds) == 0 || excused, "%s could be tied to %v", granted.Action, kinds)
		} else {
			assert.NotEmpty(t, kinds, "%s cannot be tied to %s: AWS would never allow it", granted.Action, granted.Resource)
		}
	}
	assert.Empty(t, unused, "nothing needs these excuses any more")
}

func TestThePoliciesFitIntoARole(t *testing.T) {
	long := prod
	long.Name = strings.Repeat("a", 20) + "-" + strings.Repeat("b", 20) // as long as names may be
	for _, s := range []Scope{prod, long} {
		for _, write := range []func(Scope) ([]string, error){Deploy, Preview} {
			documents, err := write(s)
			require.NoError(t, err)
			assert.LessOrEqual(t, len(documents), Policies)
			for _, document := range documents {
				assert.LessOrEqual(t, len(document), Size)
			}
		}
	}
}

func TestTheRoleThatLooksChangesNothing(t *testing.T) {
	_, preview := roles(t, prod)
	reads := []string{"Get", "List", "Describe", "View", "Validate", "FilterLogEvents", "BatchGetImage", "BatchCheckLayerAvailability", "Decrypt"}
	for _, granted := range preview.Grants() {
		_, action, _ := strings.Cut(granted.Action, ":")
		assert.True(t, slices.ContainsFunc(reads, func(read string) bool { return strings.HasPrefix(action, read) }), granted.Action)
	}
	for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
		allowed, err := preview.Allows(iamtest.Request{Action: action, Resource: "arn:aws:s3:::threa-state-123456789012/.pulumi/stacks/threa/prod.json"})
		require.NoError(t, err)
		assert.False(t, allowed, "%s would change the state", action)
	}
}

func TestTheDeployRoleReachesItsOwnStackAlone(t *testing.T) {
	deploy, _ := roles(t, prod)
	const here = ":eu-central-1:123456789012:"
	const serviceRole = "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
	for _, one := range []struct {
		action, resource string
		context          map[string]string
		want             bool
	}{
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds" + here + "db:threa", want: true},
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds" + here + "db:other"},
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds" + here + "db:threat"},
		{action: "rds:DeleteDBInstance", resource: "arn:aws:rds:eu-west-1:123456789012:db:threa"},
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + here + "db:threa", want: true}, // at its end
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + here + "snapshot:threa-final-20260101-000000", want: true},
		{action: "rds:AddTagsToResource", resource: "arn:aws:rds" + here + "snapshot:threa-final-20260101-000000", want: true},
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + here + "db:other"},
		{action: "rds:DeleteDBSnapshot", resource: "arn:aws:rds" + here + "snapshot:threa-final-20260101-000000"},
		{action: "iam:CreateRole", resource: "arn:aws:iam::123456789012:role/threa-ecs-task", want: true},
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
		{action: "iam:PassRole", resource: serviceRole + "AWSServiceRoleForApplicationAutoScaling_ECSService", want: true},
		{action: "iam:CreateServiceLinkedRole", resource: serviceRole + "AWSServiceRoleForApplicationAutoScaling_ECSService", want: true},
		{action: "iam:PutRolePolicy", resource: serviceRole + "AWSServiceRoleForApplicationAutoScaling_ECSService"},
		{action: "elasticache:DescribeCacheClusters", resource: "arn:aws:elasticache" + here + "cluster:of-another-stack", want: true}, // the provider asks for all
		{action: "ssm:GetParameter", resource: "arn:aws:ssm" + here + "parameter/threa/workos-api-key", want: true},
		{action: "ssm:GetParameter", resource: "arn:aws:ssm" + here + "parameter/other/key"},
		{action: "s3:PutObject", resource: "arn:aws:s3:::threa-state-123456789012/.pulumi/stacks/threa/prod.json", want: true},
		{action: "s3:PutObject", resource: "arn:aws:s3:::another-bucket/file"},
		{action: "s3:DeleteObjectVersion", resource: "arn:aws:s3:::threa-state-123456789012/.pulumi/stacks/threa/prod.json"},
		{action: "s3:DeleteBucket", resource: "arn:aws:s3:::threa-state-123456789012"},
		{action: "kms:Decrypt", resource: prod.Key, want: true},
		{action: "kms:ScheduleKeyDeletion", resource: prod.Key},
	} {
		allowed, err := deploy.Allows(iamtest.Request{Action: one.action, Resource: one.resource, Context: one.context})
		require.NoError(t, err)
		assert.Equal(t, one.want, allowed, "%+v", one)
	}
}

// TestAPipelineMayDoWhatItDoesBesideThePlan is about the scripts in .github and the commands that they call, and about an
// account in which nobody has used these services yet.
func TestAPipelineMayDoWhatItDoesBesideThePlan(t *testing.T) {
	deploy, preview := roles(t, prod)
	const regional, own = ":eu-central-1:123456789012:", "arn:aws:iam::123456789012:role/aws-service-role/"
	for _, one := range []struct {
		action, resource string
		looks            bool // the role that only looks may, too
	}{
		{"ecr:GetAuthorizationToken", "*", true},
		{"ecr:DescribeImages", "arn:aws:ecr" + regional + "repository/threa", true},
		{"ecr:BatchCheckLayerAvailability", "arn:aws:ecr" + regional + "repository/threa", true},
		{"ecr:InitiateLayerUpload", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:UploadLayerPart", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:CompleteLayerUpload", "arn:aws:ecr" + regional + "repository/threa", false},
		{"ecr:PutImage", "arn:aws:ecr" + regional + "repository/threa", false},

		{"ecs:DescribeTaskDefinition", "*", true},
		{"ecs:DescribeServices", "arn:aws:ecs" + regional + "service/threa/threa-standby", true},
		{"ecs:ListTasks", "*", true},
		{"ecs:DescribeTasks", "arn:aws:ecs" + regional + "task/threa/3b70b7e0b7e0b7e0b7e0b7e0b7e0b7e3", true},
		{"logs:GetLogEvents", "arn:aws:logs" + regional + "log-group:/ecs/threa:log-stream:ecs/migrate/3b70b7e0b7e0b7e0b7e0b7e0b7e0b7e3", true},
		{"ec2:DescribeNetworkInterfaces", "*", true},
		{"ecs:ListServiceDeployments", "arn:aws:ecs" + regional + "service/threa/threa", true},
		{"ecs:DescribeServiceRevisions", "arn:aws:ecs" + regional + "service-revision/threa/threa/4980306466373577095", true},

		{"rds:DescribeDBSnapshots", "arn:aws:rds" + regional + "db:threa", true},
		{"ssm:GetParametersByPath", "arn:aws:ssm" + regional + "parameter/threa", true},
		{"iam:ListRoles", "*", true},
		{"cloudwatch:ListDashboards", "*", true},
		{"iam:GetRole", "arn:aws:iam::123456789012:role/threa-ecs-execution", true},

		{"iam:CreateServiceLinkedRole", own + "ecs.amazonaws.com/AWSServiceRoleForECS", false},
		{"iam:CreateServiceLinkedRole", own + "rds.amazonaws.com/AWSServiceRoleForRDS", false},
		{"iam:CreateServiceLinkedRole", own + "elasticache.amazonaws.com/AWSServiceRoleForElastiCache", false},
		{"iam:CreateServiceLinkedRole", own + "elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing", false},
		{"iam:CreateServiceLinkedRole", own + "ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService", false},
	} {
		for role, want := range map[*iamtest.Policies]bool{deploy: true, preview: one.looks} {
			allowed, err := role.Allows(iamtest.Request{Action: one.action, Resource: one.resource})
			require.NoError(t, err)
			assert.Equal(t, want, allowed, "%+v", one)
		}
	}
	for _, other := range []string{"ec2.amazonaws.com", "autoscaling.amazonaws.com", "organizations.amazonaws.com"} {
		allowed, err := deploy.Allows(iamtest.Request{Action: "iam:CreateServiceLinkedRole", Resource: own + other + "/AWSServiceRole"})
		require.NoError(t, err)
		assert.False(t, allowed, other)
	}
}

func TestWithoutABucketAndAKeyNothingIsGrantedOnThem(t *testing.T) {
	deploy, _ := roles(t, Scope{Account: prod.Account, Region: prod.Region, Name: "threa"})
	for _, granted := range deploy.Grants() {
		service, _, _ := strings.Cut(granted.Action, ":")
		assert.NotContains(t, []string{"s3", "kms"}, service)
	}
	_, err := Deploy(Scope{Name: "threa"})
	require.ErrorContains(t, err, "an account, a region and the name of a stack")
}
