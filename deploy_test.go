package main

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/acm"
	"threa-infra/internal/mocks/awssdk/cloudwatch"
	"threa-infra/internal/mocks/awssdk/cloudwatchlogs"
	"threa-infra/internal/mocks/awssdk/ecr"
	"threa-infra/internal/mocks/awssdk/ecs"
	"threa-infra/internal/mocks/awssdk/elasticache"
	"threa-infra/internal/mocks/awssdk/iam"
	"threa-infra/internal/mocks/awssdk/rds"
	"threa-infra/internal/resources"
	"threa-infra/internal/stackconfig"
	"threa-infra/ownership"
)

// running is the configuration of a stack whose app has been pushed and knows its secrets.
var running = set(
	"imageTag=v1",
	`appEnvironment={"WORKOS_CLIENT_ID":"client_1","WORKOS_REDIRECT_URI":"https://app.example.com/callback"}`,
	`appSecrets={"WORKOS_API_KEY":"workos-api-key","WORKOS_COOKIE_PASSWORD":"workos-cookie-password"}`,
)

// account is an AWS account with the parameters that running names, and a zone.
func account() *mocks.AWS {
	aws := &mocks.AWS{
		Parameters: map[string]string{
			"/threa/workos-api-key": "", "/threa/workos-cookie-password": "",
			"/threa-budget/workos-api-key": "", "/threa-budget/workos-cookie-password": "",
		},
	}
	aws.Add("aws:iam/policy:Policy", mocks.Item{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"})
	aws.Add("aws:route53/zone:Zone", mocks.Item{"zoneId": "Z0123456789ABC", "name": "example.com."})
	addVPC(aws, "vpc-0fedcba9876543210", true)
	addVPC(aws, "vpc-0123456789abcdef0", false)
	return aws
}

func TestMain(m *testing.M) {
	lookupNS = func(context.Context, string) ([]*net.NS, error) { return nil, &net.DNSError{IsTimeout: true} }
	connectSDK = func(ctx *pulumi.Context, _ string) (*clients, error) {
		aws := mocks.AWSOf(ctx)
		roles, images, tasks := iam.Client{AWS: aws}, ecr.Client{AWS: aws}, ecs.Client{AWS: aws}
		return &clients{
			callerARN: mocks.Caller,
			names: ownership.SDK{
				CloudWatch: cloudwatch.Client{AWS: &mocks.AWS{}}, Roles: roles, Repositories: images, Clusters: tasks,
			},
			roles: roles, logs: cloudwatchlogs.Client{AWS: aws}, images: images, tasks: tasks,
			certificates: acm.Client{AWS: aws}, classes: rds.Client{AWS: aws}, nodeTypes: elasticache.Client{AWS: aws},
		}, nil
	}
	os.Exit(m.Run())
}

// set returns the configuration keys of entries such as "multiAz=true". A key without a namespace is the program's.
func set(entries ...string) map[string]string {
	keys := map[string]string{}
	for _, entry := range entries {
		key, value, _ := strings.Cut(entry, "=")
		keys[stackconfig.FullKey("threa", key)] = value
	}
	return keys
}

// with returns the configuration of a running app with some keys changed.
func with(changes map[string]string) map[string]string {
	given := maps.Clone(running)
	maps.Copy(given, changes)
	return given
}

func options(t testing.TB, stack string, given map[string]string) mocks.Options {
	return mocks.Options{
		Stack: stack, Config: fixtures.StackConfig(t, ".", stack, given), Secrets: fixtures.SecretKeys,
		AWS: account(),
	}
}

// up deploys the whole program with a stack's own file.
func up(t testing.TB, stack string, given map[string]string) *mocks.Recording {
	t.Helper()
	return mocks.MustRun(t, deploy, options(t, stack, given))
}

func TestDeploy_RegistersGoldenResources(t *testing.T) {
	for _, stack := range []string{"prod", "budget"} {
		t.Run(stack, func(t *testing.T) {
			fixtures.Golden(t, stack+".txt", up(t, stack, nil).List())
		})
	}
}

func TestDeploy_PreviewsWholeStack(t *testing.T) {
	preview := options(t, "prod", running)
	preview.Preview = true
	assert.Equal(t, up(t, "prod", running).List(), mocks.MustRun(t, deploy, preview).List())
}

func TestDeploy_StartsNoTaskWithoutImage(t *testing.T) {
	service := up(t, "prod", nil).Only(t, "aws:ecs/service:Service")
	assert.Equal(t, 0.0, service.Value("desiredCount").NumberValue())

	service = up(t, "prod", running).Only(t, "aws:ecs/service:Service")
	assert.Equal(t, 1.0, service.Value("desiredCount").NumberValue())
}

// pair is a variable in a container definition.
type pair struct{ Name, Value string }

func TestDeploy_AppGetsSecretsAndCertificates(t *testing.T) {
	var containers []struct {
		Name                 string
		Environment, Secrets []pair
		HealthCheck          struct{ Command []string }
	}
	task := up(t, "prod", running).Only(t, "aws:ecs/taskDefinition:TaskDefinition")
	require.NoError(t, json.Unmarshal([]byte(task.Text("containerDefinitions")), &containers))
	for _, c := range containers {
		switch c.Name {
		case "threa":
			assert.Contains(t, c.Environment, pair{"NODE_EXTRA_CA_CERTS", "/etc/rds-ca/ca.pem"})
			assert.Contains(t, c.Environment, pair{"WORKOS_CLIENT_ID", "client_1"})
			assert.Equal(t, []pair{
				{Name: "DATABASE_URL"}, {Name: "REDIS_URL"}, {Name: "WORKOS_API_KEY"}, {Name: "WORKOS_COOKIE_PASSWORD"},
			}, c.Secrets)
			assert.Equal(t, []string{"CMD", "bun", "-e"}, c.HealthCheck.Command[:3], "an image may have no curl")
			assert.Contains(t, c.HealthCheck.Command[3], "http://localhost:3000/health")
		case "rds-ca":
			assert.Equal(t, 3, strings.Count(c.Environment[0].Value, "BEGIN CERTIFICATE"))
		}
	}
	_, err := mocks.Run(t, deploy, options(t, "prod", set("imageTag=v1")))
	require.ErrorContains(t, err, "threa:appSecretValues.WORKOS_API_KEY is not set")
}

func TestDeploy_KeepsFinalSnapshotWithoutProtection(t *testing.T) {
	stack := up(t, "prod", with(set("deletionProtection=false")))
	database := stack.Only(t, resources.Database)
	assert.False(t, database.Value("deletionProtection").BoolValue())
	assert.False(t, database.Value("skipFinalSnapshot").BoolValue())
	assert.Regexp(t, `^threa-final-[0-9a-f]{16}$`, database.Text("finalSnapshotIdentifier"))
	assert.True(t, stack.Only(t, resources.Repository).Value("forceDelete").BoolValue())

	stack = up(t, "prod", with(set("deletionProtection=false", "finalSnapshot=false")))
	assert.True(t, stack.Only(t, resources.Database).Value("skipFinalSnapshot").BoolValue())
}

func TestDeploy_AlarmsOnlyWhileTasksShouldRun(t *testing.T) {
	const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
	for want, given := range map[bool]map[string]string{true: running, false: nil} {
		noTasks := up(t, "prod", given).Named(t, alarm, "monitoring-no-running-tasks")
		assert.Equal(t, want, noTasks.Value("actionsEnabled").BoolValue())
	}
}

func TestDeploy_FailsAfterRollback(t *testing.T) {
	rolledBack := options(t, "prod", running)
	former := "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7"
	rolledBack.AWS.Services = map[string]mocks.Item{"threa": {"taskDefinition": former}}
	_, err := mocks.Run(t, deploy, rolledBack)
	require.ErrorContains(t, err, "the deployment failed: the service runs "+former)
	require.ErrorContains(t, err, "threa deploy-status")

	rolledBack.Preview = true
	_, err = mocks.Run(t, deploy, rolledBack)
	require.NoError(t, err, "a preview must be able to show the fix")
}

func TestDeploy_RegistersNothingOnInvalidConfig(t *testing.T) {
	recording, err := mocks.Run(t, deploy, options(t, "prod", set(
		"containerMemory=100", "dbEngineVersion=16.4", "containerCPU=512",
	)))
	var problems *config.Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems.List, 3, "%v", err)
	assert.Empty(t, recording.All())
}

// addVPC adds a VPC with two public subnets.
func addVPC(aws *mocks.AWS, id string, isDefault bool) {
	aws.Add("aws:ec2/vpc:Vpc", mocks.Item{"id": id, "is-default": isDefault})
	prefix := strings.Replace(id[:len(id)-1], "vpc", "subnet", 1)
	for _, letter := range []string{"a", "b"} {
		aws.Add("aws:ec2/subnet:Subnet", mocks.Subnet(id, prefix+letter, mocks.Region+letter, true))
	}
}

// parsed is the configuration that a stack is deployed with.
func parsed(t *testing.T, o mocks.Options) *config.Config {
	t.Helper()
	secret := map[string]bool{"threa:dbPassword": true, "threa:tunnelToken": true, "threa:appSecretValues": true}
	cfg, err := config.Parse(config.Values{Project: "threa", Stack: o.Stack, Set: o.Config, Secret: secret})
	require.NoError(t, err)
	return cfg
}
