package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/ownerrecord"
)

// TestOwnership_RefusesOtherStacks uses an account with an old Terraform deployment, then a stack of this program and
// other stacks with the same names. Each step depends on the one before.
func TestOwnership_RefusesOtherStacks(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"a preview lists the resources of the old deployment", refuseOldDeployment},
		{"names in use in another region are refused", refuseAnotherRegion},
		{"a saved plan of a first deployment can be deployed", deploySavedPlan},
		{"a stack of the same name in another backend changes nothing", refuseSecondOwner},
		{"a stack of another name changes nothing", refuseAnotherName},
		{"the owner's preview is empty", expectNoChanges},
		{"a deleted owner record is restored", restoreRecord},
		{"a stack of an earlier version gets an ID", upgradeRecordWithoutID},
	})
}

// oldDeployment creates some of the resources of the former Terraform program.
const oldDeployment = `set -e
	tags="Key=Project,Value=threa Key=Environment,Value=prod Key=ManagedBy,Value=terraform"
	aws iam create-role --role-name threa-ecs-task --tags $tags --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
	aws ecs create-cluster --cluster-name threa --tags key=ManagedBy,value=terraform
	aws ecr create-repository --repository-name threa --tags $tags
	aws logs create-log-group --log-group-name /ecs/threa --tags ManagedBy=terraform
	aws cloudwatch put-metric-alarm --alarm-name threa-cpu-high --metric-name CPUUtilization --namespace AWS/ECS --statistic Average \
		--period 300 --evaluation-periods 2 --threshold 80 --comparison-operator GreaterThanThreshold --tags $tags
	aws rds create-db-instance --db-instance-identifier threa --engine postgres --db-instance-class db.t4g.micro --allocated-storage 20 \
		--master-username threa --master-user-password old-password-1 --tags $tags`

func refuseOldDeployment(t *testing.T, s *sandbox) {
	// The preview starts the local AWS.
	s.must(t, "preview")
	s.shell(t, `aws cloudwatch put-dashboard --dashboard-name threa --dashboard-body '{"widgets":[]}'`) // an up would overwrite it
	assert.Contains(t, s.fails(t, "preview"), "CloudWatch dashboard threa (no tags)")

	s.shell(t, oldDeployment)
	before := s.mutatingCalls(t)
	for _, command := range [][]string{{"preview"}, {"up", "--skip-preview"}} {
		out := s.fails(t, command...)
		assert.Contains(t, out, "the AWS names threa and threa-… in account 123456789012, eu-central-1, are in use, but "+
			"not by a stack of this program")
		assertContains(t, out,
			"CloudWatch alarm threa-cpu-high (Environment=prod, ManagedBy=terraform, Project=threa)",
			"CloudWatch dashboard threa (no tags)",
			"ECR repository threa (Environment=prod, ManagedBy=terraform, Project=threa)",
			"ECS cluster threa (ManagedBy=terraform)",
			"IAM role threa-ecs-task (Environment=prod, ManagedBy=terraform, Project=threa)",
			"RDS instance threa (Environment=prod, ManagedBy=terraform, Project=threa)",
			"log group /ecs/threa (ManagedBy=terraform)",
		)
		assert.NotContains(t, out, "couldn't find resource", "a missing resource is not an error")
		assert.Equal(t, before, s.mutatingCalls(t), "calls that change something")
	}
	s.shell(t, `set -e
		aws iam delete-role --role-name threa-ecs-task
		aws ecs delete-cluster --cluster threa
		aws ecr delete-repository --repository-name threa
		aws logs delete-log-group --log-group-name /ecs/threa
		aws cloudwatch delete-alarms --alarm-names threa-cpu-high
		aws cloudwatch delete-dashboards --dashboard-names threa
		aws rds delete-db-instance --db-instance-identifier threa --skip-final-snapshot`)
}

func refuseAnotherRegion(t *testing.T, s *sandbox) {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},
		"Action":["sts:AssumeRole"],"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:123456789012:*"}}}]}`
	s.shell(t, `aws iam create-role --role-name threa-ecs-execution --assume-role-policy-document '`+trust+`' --tags Key=Project,Value=threa \
		Key=Environment,Value=prod Key=ManagedBy,Value=pulumi Key=Stack,Value=threa`)
	assert.Contains(t, s.fails(t, "preview"), "belong to a stack in us-east-1 in this account")
	s.shell(t, "aws iam delete-role --role-name threa-ecs-execution")
}

func deploySavedPlan(t *testing.T, s *sandbox) {
	plan := filepath.Join(t.TempDir(), "plan.json")
	s.must(t, "preview", "--save-plan", plan)
	s.must(t, "up", "--plan", plan)
	expectNoChanges(t, s)
}

// refuseSecondOwner deploys the same stack into the same account from another backend.
func refuseSecondOwner(t *testing.T, s *sandbox) {
	program := s.copyProgram(t)
	backend := "export PULUMI_BACKEND_URL=file://" + t.TempDir() + "; "
	s.mustRunPulumi(t, program, backend+`pulumi stack init prod && printf %s 'correct-horse#battery' | pulumi config set --stack prod --secret dbPassword`)
	before, changes := s.describeAccount(t), s.mutatingCalls(t)
	const refusal = "the AWS names threa and threa-… in account 123456789012, eu-central-1, belong to stack " +
		"threa/prod, created by arn:aws:"
	for _, script := range []string{
		"pulumi preview --stack prod", "pulumi up --stack prod --yes --skip-preview",
		"pulumi up --stack prod --yes --skip-preview --refresh",
		"pulumi preview --stack prod",
	} {
		out, code := s.runPulumi(t, program, backend+script)
		assert.NotZero(t, code, script)
		assert.Contains(t, out, refusal, script)
		assert.Contains(t, out, "pulumi config set --stack prod environment <name>")
	}
	out, code := s.runPulumi(t, program, backend+threa+" recover --yes --stack prod")
	assert.NotZero(t, code, "threa recover\n%s", out)
	s.mustRunPulumi(t, program, backend+"pulumi destroy --stack prod --yes")
	assert.Equal(t, changes, s.mutatingCalls(t), "calls that change something")
	assert.Equal(t, before, s.describeAccount(t))
}

func refuseAnotherName(t *testing.T, s *sandbox) {
	assert.Contains(t, s.fails(t, "config", "--stack", "other"), "no stack named 'other' found")
	s.must(t, "stack", "init", "other")
	s.must(t, "config", "set", "--stack", "other", "environment", "prod")
	before := s.mutatingCalls(t)
	assert.Contains(t, s.fails(t, "preview", "--stack", "other"), "belong to stack threa/prod, created by ")
	assert.Equal(t, before, s.mutatingCalls(t), "calls that change something")
}

// restoreRecord deletes the owner record and writes it again with the command that the refusal names.
func restoreRecord(t *testing.T, s *sandbox) {
	record := aws[string](t, s, "ssm", "get-parameter", "--name", "/threa/stack", "--query", "Parameter.Value")
	s.shell(t, "aws ssm delete-parameter --name /threa/stack")
	command := "aws ssm put-parameter --region eu-central-1 --name /threa/stack --type String --value '" + record + "'"
	for range 2 { // a refusal changes nothing, so the next one is the same
		assert.Contains(t, s.fails(t, "up", "--skip-preview"), command)
	}
	s.shell(t, command)
	expectNoChanges(t, s)
}

// upgradeRecordWithoutID uses the state and the record of an earlier version, which had no IDs.
func upgradeRecordWithoutID(t *testing.T, s *sandbox) {
	state := exportState(t, s)
	removeResources(state, "::claim-id")
	parameter := findResource(resourcesOf(state), "::claim-stack")
	parameter["inputs"].(fields)["value"], parameter["outputs"].(fields)["value"] = "threa/prod", "threa/prod"
	importState(t, s, state)
	s.shell(t, "aws ssm put-parameter --overwrite --name /threa/stack --type String --value threa/prod")

	assert.Equal(t, []string{"create claim-id", "update claim-stack"}, s.operations(t))
	s.must(t, "up")
	record := aws[string](t, s, "ssm", "get-parameter", "--name", "/threa/stack", "--query", "Parameter.Value")
	assert.NotEmpty(t, ownerrecord.Parse(record).ID)
	expectNoChanges(t, s)
}

// mutatingCalls returns the number of calls that change something, by name.
func (s *sandbox) mutatingCalls(t *testing.T) map[string]int {
	t.Helper()
	calls := s.calls(t)
	maps.DeleteFunc(calls, func(name string, _ int) bool { return readOnly.MatchString(name) })
	return calls
}

// calls returns the number of all calls, by name.
func (s *sandbox) calls(t *testing.T) (calls map[string]int) {
	t.Helper()
	s.request(t, http.MethodGet, "calls", nil, &calls)
	return calls
}

// readOnly matches calls that change nothing.
var readOnly = regexp.MustCompile(`^[a-z0-9-]+:(Describe|Get|List|Lookup|BatchGet|GET )`)

// describeAccount returns the resources of every service that the program uses, with settings and tags.
func (s *sandbox) describeAccount(t *testing.T) string {
	t.Helper()
	const ssm, rds, ec2, watch = "ssm", "rds", "ec2", "cloudwatch"
	return fmt.Sprintf("%s", s.read(t, []awsRead{
		{ec2, "describe-vpcs", nil, ""}, {ec2, "describe-subnets", nil, ""}, {ec2, "describe-internet-gateways", nil, ""},
		{ec2, "describe-route-tables", nil, ""}, {ec2, "describe-security-groups", nil, ""},
		{ec2, "describe-security-group-rules", nil, ""},
		{"ecr", "describe-repositories", nil, ""},
		{"ecs", "list-clusters", nil, ""}, {"ecs", "list-task-definitions", nil, ""},
		{rds, "describe-db-instances", nil,
			"DBInstances[].[DBInstanceIdentifier,DbiResourceId,InstanceCreateTime,EngineVersion,TagList]"},
		{rds, "describe-db-subnet-groups", nil, ""}, {rds, "describe-db-snapshots", nil, ""},
		{"elasticache", "describe-replication-groups", nil, ""}, {"elasticache", "describe-cache-subnet-groups", nil, ""},
		{ssm, "get-parameters-by-path", fields{"Path": "/threa", "Recursive": true, "WithDecryption": true}, ""},
		{"iam", "list-roles", nil, ""}, {"logs", "describe-log-groups", nil, ""}, {"sns", "list-topics", nil, ""},
		{watch, "list-dashboards", nil, ""}, {watch, "describe-alarms", nil,
			"MetricAlarms[].[AlarmName,Threshold,Period,AlarmActions,AlarmConfigurationUpdatedTimestamp]"},
		{"resourcegroupstaggingapi", "get-resources", nil, ""},
	}...))
}
