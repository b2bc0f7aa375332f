package main

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/ownership"
)

// running is the configuration of a stack whose app has been pushed and knows its secrets.
var running = map[string]string{
	"threa:imageTag":       "v1",
	"threa:appEnvironment": `{"WORKOS_CLIENT_ID":"client_1","WORKOS_REDIRECT_URI":"https://app.example.com/callback"}`,
	"threa:appSecrets":     `{"WORKOS_API_KEY":"workos-api-key","WORKOS_COOKIE_PASSWORD":"workos-cookie-password"}`,
}

// account is an AWS account with the parameters that running names, and a zone.
func account() *mocks.AWS {
	return &mocks.AWS{
		Parameters: map[string]string{
			"/threa/workos-api-key": "", "/threa/workos-cookie-password": "",
			"/threa-budget/workos-api-key": "", "/threa-budget/workos-cookie-password": "",
		},
		HostedZones: []mocks.HostedZone{{ID: "Z0123456789ABC", Name: "example.com"}},
	}
}

func TestMain(m *testing.M) {
	connectCloudWatch = func(string, string) func(*pulumi.Context) (ownership.CloudWatch, error) {
		return func(*pulumi.Context) (ownership.CloudWatch, error) {
			return mocks.CloudWatch{AWS: &mocks.AWS{}}, nil
		}
	}
	os.Exit(m.Run())
}

func options(t testing.TB, stack string, given map[string]string) mocks.Options {
	return mocks.Options{
		Stack: stack, Config: mocks.StackConfig(t, ".", stack, given), Secrets: mocks.SecretKeys,
		AWS: account(), Extra: []pulumi.RunOption{config.WithKeys},
	}
}

// up deploys the whole program with a stack's own file.
func up(t testing.TB, stack string, given map[string]string) *mocks.Recording {
	t.Helper()
	return mocks.MustRun(t, deploy, options(t, stack, given))
}

func TestTheStackFilesDeployExactlyTheseResources(t *testing.T) {
	for _, stack := range []string{"prod", "budget"} {
		t.Run(stack, func(t *testing.T) {
			mocks.Golden(t, stack+".txt", up(t, stack, nil).List())
		})
	}
}

func TestAPreviewShowsTheWholeStackBeforeAnythingExists(t *testing.T) {
	preview := options(t, "prod", running)
	preview.Preview = true
	assert.Equal(t, up(t, "prod", running).List(), mocks.MustRun(t, deploy, preview).List())
}

func TestOutputsTellWhatTheOldProgramTold(t *testing.T) {
	var exports map[string]pulumi.Input
	program := func(ctx *pulumi.Context) error {
		err := deploy(ctx)
		exports = ctx.GetCurrentExportMap()
		return err
	}
	mocks.MustRun(t, program, options(t, "prod", running))
	for _, name := range []string{
		"ecrRepositoryUrl", "ecsClusterName", "ecsServiceName", "cloudwatchLogGroup", "cloudwatchDashboardUrl",
		"rdsEndpoint", "rdsDatabaseName", "redisEndpoint",
	} {
		assert.Contains(t, exports, name)
	}
}

func TestAFirstUpDoesNotWaitForAnImage(t *testing.T) {
	service := up(t, "prod", nil).One(t, "aws:ecs/service:Service")
	assert.Equal(t, 0.0, service.Value("desiredCount").NumberValue())

	service = up(t, "prod", running).One(t, "aws:ecs/service:Service")
	assert.Equal(t, 1.0, service.Value("desiredCount").NumberValue())
}

func TestProdKeepsTheNamesOfThePredecessor(t *testing.T) {
	stack := up(t, "prod", map[string]string{"threa:dbEngineVersion": "16"})
	for _, one := range []struct{ token, property, want string }{
		{"aws:ecr/repository:Repository", "name", "threa"},
		{"aws:ecs/cluster:Cluster", "name", "threa"},
		{"aws:ecs/service:Service", "name", "threa"},
		{"aws:ecs/taskDefinition:TaskDefinition", "family", "threa"},
		{"aws:rds/instance:Instance", "identifier", "threa"},
		{"aws:rds/instance:Instance", "dbName", "threa"},
		{"aws:rds/subnetGroup:SubnetGroup", "name", "threa"},
		{"aws:rds/parameterGroup:ParameterGroup", "name", "threa-postgres16"},
		{"aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId", "threa"},
		{"aws:elasticache/subnetGroup:SubnetGroup", "name", "threa"},
		{"aws:cloudwatch/logGroup:LogGroup", "name", "/ecs/threa"},
		{"aws:cloudwatch/dashboard:Dashboard", "dashboardName", "threa"},
	} {
		assert.Equal(t, one.want, stack.One(t, one.token).Text(one.property), one.token)
	}
	assert.ElementsMatch(t, []string{"threa-ecs-tasks", "threa-rds", "threa-redis"}, physical(stack, "aws:ec2/securityGroup:SecurityGroup"))
	assert.ElementsMatch(t, []string{"/threa/database-url", "/threa/redis-url", "/threa/stack"}, physical(stack, "aws:ssm/parameter:Parameter"))
	assert.ElementsMatch(t, []string{"threa-ecs-execution", "threa-ecs-task"}, physical(stack, "aws:iam/role:Role"))
	assert.Subset(t, physical(stack, "aws:cloudwatch/metricAlarm:MetricAlarm"), []string{"threa-cpu-high", "threa-memory-high", "threa-no-running-tasks"})
}

func physical(stack *mocks.Recording, token string) []string {
	var all []string
	for _, one := range stack.OfType(token) {
		all = append(all, one.Text("name"))
	}
	return all
}

func TestARolledBackDeploymentIsRed(t *testing.T) {
	rolledBack := options(t, "prod", running)
	rolledBack.AWS.Running = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7"
	_, err := mocks.Run(t, deploy, rolledBack)
	require.ErrorContains(t, err, "the deployment failed: the service runs arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7")
	require.ErrorContains(t, err, "threa deploy-status")

	rolledBack.Preview = true
	_, err = mocks.Run(t, deploy, rolledBack)
	require.NoError(t, err, "a preview must be able to show the mend")
}

func TestAMissingAppSecretStopsEverythingAndSaysHowToMakeIt(t *testing.T) {
	broken := options(t, "prod", running)
	delete(broken.AWS.Parameters, "/threa/workos-api-key")
	recording, err := mocks.Run(t, deploy, broken)
	require.ErrorContains(t, err, "threa:appSecrets.WORKOS_API_KEY names the parameter /threa/workos-api-key, which does not exist")
	require.ErrorContains(t, err, "aws ssm put-parameter --region eu-central-1 --type SecureString --name /threa/workos-api-key")
	assert.Equal(t, claimAlone, recording.List(),
		"nothing else may be registered")
}

// claimAlone is what is registered before the names of a stack are its own.
var claimAlone = []string{
	"aws:ssm/parameter:Parameter claim-stack < claim", "pulumi:index:Stash claim-id < claim", "threa:claim:Claim claim < threa-prod",
}

// stackTags are the tags of a stack prod.
var stackTags = map[string]string{"Project": "threa", "Environment": "prod", "ManagedBy": "pulumi", "Stack": "threa"}

// prodOwner is the owner record of a stack prod.
var prodOwner = ownerrecord.Record{Stack: "threa/prod", ID: "0123456789abcdef", Since: "2026-11-01T12:00:00Z", By: "user/bo"}

func TestDeploy_RefusesNamesOfAnotherOwner(t *testing.T) {
	for _, preview := range []bool{true, false} {
		second := options(t, "prod", nil)
		second.AWS.Parameters["/threa/stack"], second.Preview = prodOwner.String(), preview
		recording, err := mocks.Run(t, deploy, second)
		require.ErrorContains(t, err, "belong to stack threa/prod, created by user/bo at 2026-11-01T12:00:00Z")
		assert.Equal(t, claimAlone[1:], recording.List(), "nothing in AWS may be registered")
	}
	own := options(t, "prod", nil)
	own.AWS.Parameters["/threa/stack"] = prodOwner.String()
	own.AWS.Recorded = map[string]map[string]any{mocks.Stash: {"output": map[string]any{"id": prodOwner.ID}}}
	_, err := mocks.Run(t, deploy, own)
	require.NoError(t, err)
}

// TestDeploy_LooksUpEveryNameItUses holds the names that are looked up before the first deployment against those that
// the program registers.
func TestDeploy_LooksUpEveryNameItUses(t *testing.T) {
	given := maps.Clone(running)
	maps.Copy(given, map[string]string{
		"threa:dbReadReplica": "true", "threa:redisNodes": "6", "threa:ingress": "loadBalancer",
		"threa:domainName": "app.example.com", "threa:hostedZoneId": "Z0123456789ABC",
	})
	o := options(t, "prod", given)
	cfg, err := config.Parse(config.Values{Project: "threa", Stack: "prod", Set: o.Config, Secret: secretKeys(o)})
	require.NoError(t, err)
	names := naming.Stack{Name: cfg.Name}
	recording := mocks.MustRun(t, deploy, o)
	for token, want := range map[string][]string{
		"aws:cloudwatch/metricAlarm:MetricAlarm": (&stack{cfg: cfg, names: names}).ownershipArgs().Alarms,
		"aws:cloudwatch/logGroup:LogGroup":       {names.LogGroup()},
		"aws:ssm/parameter:Parameter":            append(names.Parameters(), "/threa/stack", "/threa/app/WORKOS_COOKIE_PASSWORD"),
	} {
		assert.Subset(t, want, physical(recording, token), token)
	}
	assert.Subset(t, physical(recording, "aws:iam/role:Role"), []string{names.ExecutionRole(), names.TaskRole()})
}

// TestDeploy_KeepsTheClaimUntilTheEnd holds the order of a destroy: one that fails halfway must keep the names.
func TestDeploy_KeepsTheClaimUntilTheEnd(t *testing.T) {
	components := 0
	for _, one := range up(t, "prod", running).All() {
		if one.Request.GetCustom() || one.Name == "claim" {
			continue
		}
		components++
		dependencies := strings.Join(one.Request.GetDependencies(), " ")
		assert.Contains(t, dependencies, "::claim-stack", one.Name)
		assert.Contains(t, dependencies, "::claim-id", one.Name)
	}
	assert.Positive(t, components)
}

func secretKeys(o mocks.Options) map[string]bool {
	all := map[string]bool{}
	for _, key := range o.Secrets {
		all[key] = true
	}
	return all
}

func TestARunningStackThatIsToBeAnotherIsRefusedBeforeAnythingElse(t *testing.T) {
	for key, value := range map[string]string{
		"appName": "other", "environment": "staging", "vpc": "vpc-0123456789abcdef0", "vpcCidr": "10.43.0.0/16", "aws:region": "us-east-1",
	} {
		moved := options(t, "prod", map[string]string{mocks.Namespaced(key): value})
		moved.AWS.Recorded = map[string]map[string]any{"aws:ssm/parameter:Parameter": {
			"name": "/threa/stack", "arn": "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/stack",
			"tags": map[string]any{"threa:appName": "threa", "threa:environment": "prod", "threa:vpc": "dedicated", "threa:vpcCidr": "10.42.0.0/16"},
		}}
		recording, err := mocks.Run(t, deploy, moved)
		require.ErrorContains(t, err, mocks.Namespaced(key)+` is "`+value+`", but the stack was created with `)
		require.ErrorContains(t, err, "pulumi config set "+key+" ")
		assert.Len(t, recording.All(), len(claimAlone), "%s: nothing but the claim may be registered", key)
	}
}

func TestTwoEnvironmentsShareNoName(t *testing.T) {
	prod := physicalNames(up(t, "prod", map[string]string{"threa:useSpot": "true"}))
	budget := physicalNames(up(t, "budget", map[string]string{"threa:enableRedis": "true"}))
	require.Len(t, budget, len(prod))
	for name := range prod {
		assert.NotContains(t, budget, name)
	}
}

// TestASecondRegionNeedsOtherNames gives an account the roles of a stack, as the program makes them, and deploys one with
// its names elsewhere.
func TestASecondRegionNeedsOtherNames(t *testing.T) {
	elsewhere := func(given map[string]string) mocks.Options {
		given["aws:region"] = "us-east-1"
		o := options(t, "prod", given)
		o.AWS.Roles, o.AWS.Trust = mocks.Named{}, map[string]string{}
		for _, role := range up(t, "prod", nil).OfType("aws:iam/role:Role") {
			o.AWS.Trust[role.Text("name")] = role.Text("assumeRolePolicy")
			o.AWS.Roles[role.Text("name")] = stackTags
		}
		return o
	}
	recording, err := mocks.Run(t, deploy, elsewhere(map[string]string{}))
	require.ErrorContains(t, err, "belong to a stack in eu-central-1 in this account")
	assert.Empty(t, recording.All())
	mocks.MustRun(t, deploy, elsewhere(map[string]string{"threa:environment": "virginia"}))
}

// physicalNames are all names that must be unique in an account.
func physicalNames(stack *mocks.Recording) map[string]bool {
	properties := map[string]string{
		"aws:rds/instance:Instance":                         "identifier",
		"aws:ecs/taskDefinition:TaskDefinition":             "family",
		"aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
		"aws:cloudwatch/dashboard:Dashboard":                "dashboardName",
	}
	all := map[string]bool{}
	for _, one := range stack.All() {
		property, special := properties[one.Type]
		if !special {
			property = "name"
		}
		if name := one.Text(property); name != "" {
			all[one.Type+" "+name] = true
		}
	}
	return all
}

func TestAWrongConfigurationRegistersNothing(t *testing.T) {
	recording, err := mocks.Run(t, deploy, options(t, "prod", map[string]string{
		"threa:containerMemory": "100", "threa:dbEngineVersion": "16.4", "threa:containerCPU": "512",
	}))
	var problems *config.Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems.List, 3, "%v", err)
	assert.Empty(t, recording.All())
}

// existingVPC is a VPC that the toggles can name.
func existingVPC(id string, isDefault bool) mocks.VPC {
	prefix := strings.Replace(id, "vpc", "subnet", 1)
	return mocks.VPC{ID: id, Default: isDefault, Subnets: []mocks.Subnet{
		{ID: prefix[:len(prefix)-1] + "a", Zone: "eu-central-1a", Public: true},
		{ID: prefix[:len(prefix)-1] + "b", Zone: "eu-central-1b", Public: true},
	}}
}
