package ownership

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/cloudwatch"
)

const roleName = "threa-ecs-execution"

// ours has the stack's tags.
func ours() map[string]string {
	return map[string]string{"Project": "threa", "ManagedBy": "pulumi", "Stack": "threa"}
}

// withRole is an account with one role that has the stack's tags, for the tasks that a pattern names.
func withRole(sourceARN string) *mocks.AWS {
	return (&mocks.AWS{}).Add("aws:iam/role:Role", mocks.Item{
		"name": roleName, "tags": ours(), "assumeRolePolicy": `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
			"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{
				"ArnLike":{"aws:SourceArn":"` + sourceARN + `"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}}`,
	})
}

func TestOwnership_RefusesNamesOfAnotherRegion(t *testing.T) {
	recording, err := check(t, arguments(nil), mocks.Options{AWS: withRole("arn:aws:ecs:us-east-1:123456789012:*")})
	require.ErrorContains(t, err, "the AWS names of this stack, threa and threa-…, belong to a stack in us-east-1 "+
		"in this account. "+
		`IAM roles, dashboards and budgets have no region: an account has each name once.
    Give this one another environment:  pulumi config set environment <name>
    or, when this is that stack:  pulumi config set aws:region us-east-1`)
	assert.Empty(t, recording.All())
}

// kinds are the kinds of resources that are looked up before the first deployment, by what the message calls them.
var kinds = map[string]func(*mocks.AWS, map[string]string){
	"IAM role threa-ecs-execution":    add("aws:iam/role:Role", "threa-ecs-execution"),
	"IAM role threa-ecs-task":         add("aws:iam/role:Role", "threa-ecs-task"),
	"ECS cluster threa":               add("aws:ecs/cluster:Cluster", "threa"),
	"ECR repository threa":            add("aws:ecr/repository:Repository", "threa"),
	"log group /ecs/threa":            add("aws:cloudwatch/logGroup:LogGroup", "/ecs/threa"),
	"CloudWatch alarm threa-cpu-high": add(cloudwatch.Alarm, "threa-cpu-high"),
	"CloudWatch dashboard threa":      add(cloudwatch.Dashboard, "threa"),
	"RDS instance threa": func(aws *mocks.AWS, _ map[string]string) {
		aws.Add("aws:rds/instance:Instance", mocks.Database("threa", "16.4"))
	},
	"SSM parameter /threa/database-url": func(aws *mocks.AWS, _ map[string]string) {
		aws.Parameters = map[string]string{"/threa/database-url": ""}
	},
}

func add(token, name string) func(*mocks.AWS, map[string]string) {
	return func(aws *mocks.AWS, tags map[string]string) { aws.Add(token, mocks.Item{"name": name, "tags": tags}) }
}

// others is an account with names that resemble the stack's but do not prevent a deployment.
func others() *mocks.AWS {
	aws := &mocks.AWS{Parameters: map[string]string{"/threa/workos-api-key": ""}}
	for name, token := range map[string]string{
		"my-threa-ecs-task": "aws:iam/role:Role", "threa-ecs-task-2": "aws:iam/role:Role",
		"threa-staging": "aws:ecs/cluster:Cluster", "threads": "aws:ecr/repository:Repository",
		"/ecs/threa-staging": "aws:cloudwatch/logGroup:LogGroup", "threa-staging-cpu-high": cloudwatch.Alarm,
		"threa-dashboard": cloudwatch.Dashboard,
	} {
		add(token, name)(aws, map[string]string{"ManagedBy": "terraform"})
	}
	return aws.Add("aws:rds/instance:Instance", mocks.Database("threa-staging", "17.6"))
}

func TestOwnership_AcceptsOtherNames(t *testing.T) {
	_, err := check(t, arguments(nil), mocks.Options{AWS: others()})
	require.NoError(t, err)
}

func TestOwnership_WorksWithoutSDK(t *testing.T) {
	args := arguments(func(a *Args) {
		a.SDK = func() (*SDK, error) { return nil, errors.New("no credentials") }
	})
	_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		args.LookUp = func() (*Found, error) { return LookUp(ctx, args.Names) }
		_, err := New(ctx, "claim", args)
		return err
	}, mocks.Options{AWS: (&mocks.AWS{}).Add(cloudwatch.Dashboard, mocks.Item{"name": "threa"})})
	require.NoError(t, err)
}

func TestOwnership_RefusesUnmanagedResources(t *testing.T) {
	for kind, create := range kinds {
		for _, preview := range []bool{true, false} {
			aws := &mocks.AWS{}
			create(aws, map[string]string{"ManagedBy": "terraform", "Project": "threa"})
			recording, err := check(t, arguments(nil), mocks.Options{AWS: aws, Preview: preview})
			require.ErrorContains(t, err, "are in use, but not by a stack of this program:\n    "+kind+" (", kind)
			require.ErrorContains(t, err, "pulumi config set environment <name>")
			assert.Empty(t, recording.All(), "%s: nothing may be registered", kind)
		}
	}
}

func TestOwnership_NamesAllThatIsUnmanaged(t *testing.T) {
	aws := &mocks.AWS{}
	for kind, create := range kinds {
		if kind != "RDS instance threa" && kind != "CloudWatch dashboard threa" {
			create(aws, map[string]string{"ManagedBy": "terraform", "Environment": "prod"})
		}
	}
	kinds["CloudWatch dashboard threa"](aws, nil)
	_, err := check(t, arguments(nil), mocks.Options{AWS: aws})
	require.ErrorContains(t, err, "    IAM role threa-ecs-execution (Environment=prod, ManagedBy=terraform)\n")
	require.ErrorContains(t, err, "    CloudWatch dashboard threa (no tags)\n")
}

// leftovers is an account with resources that have the stack's tags, but no owner record.
func leftovers() *mocks.AWS {
	aws := withRole("arn:aws:ecs:eu-central-1:123456789012:*")
	kinds["ECS cluster threa"](aws, ours())
	kinds["CloudWatch dashboard threa"](aws, nil)
	return aws
}

// TestOwnership_RefusesLeftovers: without an owner record, resources with the stack's tags may belong to another state,
// even if this state has an id.
func TestOwnership_RefusesLeftovers(t *testing.T) {
	const put = "aws ssm put-parameter --region eu-central-1 --name /threa/stack --type String --value "
	known := leftovers()
	known.Recorded = deployed().Recorded
	for name, tt := range map[string]struct {
		aws     *mocks.AWS
		preview bool
		value   string
	}{
		"preview of a new stack":      {leftovers(), true, "'threa/prod'"},
		"up of a new stack":           {leftovers(), false, `'{"stack":"threa/prod","id":"`},
		"preview of a deployed stack": {known, true, "'" + owner.String() + "'"},
		"up of a deployed stack":      {known, false, "'" + owner.String() + "'"},
	} {
		recording, err := check(t, arguments(nil), mocks.Options{AWS: tt.aws, Preview: tt.preview})
		require.ErrorContains(t, err, "by resources with the tags of this stack, but there is no owner record:\n"+
			"    CloudWatch dashboard threa (no tags)\n    ECS cluster threa (ManagedBy=pulumi, Project=threa, "+
			"Stack=threa)\n    IAM role", name)
		require.ErrorContains(t, err, put+tt.value, name)
		assert.Empty(t, recording.OfType(parameterToken), name)
	}
	kinds["CloudWatch alarm threa-cpu-high"](known, map[string]string{"ManagedBy": "terraform"})
	_, err := check(t, arguments(nil), mocks.Options{AWS: known})
	require.ErrorContains(t, err, "not by a stack of this program", "the record would not make the alarm this stack's")
}

func TestOwnership_SkipsLookupsOfADeployedStack(t *testing.T) {
	aws := deployed()
	for _, create := range kinds {
		create(aws, map[string]string{"ManagedBy": "terraform"})
	}
	aws.Parameters = map[string]string{parameterName: owner.String()}
	aws.Refused = []string{"iam:GetRole", "ecs:DescribeClusters", "ecr:DescribeRepositories", "cloudwatch:DescribeAlarms",
		"aws:rds/getInstances:getInstances", "aws:cloudwatch/getLogGroups:getLogGroups"}
	_, err := check(t, arguments(nil), mocks.Options{AWS: aws})
	require.NoError(t, err)
}

// TestOwnership_PreviewsAdoption: the preview of threa adopt passes although AWS has resources of others. Once it
// imports the record, it compares the values that can never change.
func TestOwnership_PreviewsAdoption(t *testing.T) {
	adopting := arguments(func(a *Args) { a.Adopting = true })
	aws := others()
	kinds["ECS cluster threa"](aws, map[string]string{"ManagedBy": "terraform"})
	_, err := check(t, adopting, mocks.Options{AWS: aws, Preview: true})
	require.NoError(t, err)
	_, err = check(t, adopting, withParameter(parameterName, owner.String()))
	require.NoError(t, err, "threa adopt compares the owner")

	known := deployed()
	known.Parameters[parameterName] = `{"stack":"threa/prod","id":"","by":"arn:aws:iam::123456789012:user/bo"}`
	delete(known.Recorded, mocks.Stash)
	_, err = check(t, arguments(nil), mocks.Options{AWS: known, Preview: true})
	require.NoError(t, err, "after the import, the state has the record")
	known.Unknown = []string{parameterToken}
	_, err = check(t, arguments(nil), mocks.Options{AWS: known, Preview: true})
	require.ErrorContains(t, err, "complete the import:  go run ./cmd/threa adopt")
	known.Parameters[parameterName] = owner.String()
	_, err = check(t, arguments(nil), mocks.Options{AWS: known, Preview: true})
	require.ErrorContains(t, err, "If the state of that stack was lost, import what it has deployed:  "+
		"go run ./cmd/threa adopt")
	other := deployed()
	other.Parameters[parameterName] = `{"stack":"threa/live","id":""}`
	_, err = check(t, arguments(nil), mocks.Options{AWS: other, Preview: true})
	require.ErrorContains(t, err, "belong to stack threa/live", "an adoption that has begun keeps others out")
}
