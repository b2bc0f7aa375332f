package main

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// Tests of the ways in which the program's predecessor failed on AWS. Of the ten, TestDeploy_EnvironmentsShareNoName,
// TestDeploy_RefusesNamesOfAnotherOwner and TestDeploy_FailsAfterRollback hold the others.

func TestDeploy_DatabaseURLVerifiesTLS(t *testing.T) {
	stack := up(t, "prod", nil)
	text := stack.Named(t, "aws:ssm/parameter:Parameter", "secrets-database-url").Text("value")
	parsed, err := url.Parse(text)
	require.NoError(t, err)
	password, _ := parsed.User.Password()
	assert.Equal(t, mocks.Password, password)
	assert.Equal(t, "sslmode=verify-full", parsed.RawQuery)
	assert.NotContains(t, text, mocks.Password, "the password must be percent-encoded")

	task := containers(t, stack)
	assert.Equal(t, "/etc/rds-ca/ca.pem", environment(task["threa"])["NODE_EXTRA_CA_CERTS"])
	assert.Equal(t, 3, strings.Count(environment(task["rds-ca"])["RDS_CA_PEM"], "BEGIN CERTIFICATE"))
}

func TestDeploy_StaticParametersWaitForReboot(t *testing.T) {
	group := up(t, "prod", nil).Only(t, "aws:rds/parameterGroup:ParameterGroup")
	assert.Equal(t, "shared_preload_libraries", group.Text("parameters[0].name"))
	assert.Equal(t, "pending-reboot", group.Text("parameters[0].applyMethod"))
}

func TestDeploy_PinsNoMinorEngineVersion(t *testing.T) {
	instance := up(t, "prod", nil).Only(t, "aws:rds/instance:Instance")
	assert.Regexp(t, `^\d+$`, instance.Text("engineVersion"))
	assert.Equal(t, "true", instance.Text("autoMinorVersionUpgrade"))
}

func TestDeploy_HealthCheckNeedsNoCurl(t *testing.T) {
	command := containers(t, up(t, "prod", nil))["threa"]["healthCheck"].(map[string]any)["command"].([]any)
	assert.Equal(t, []any{"CMD", "bun", "-e"}, command[:3])
	assert.Contains(t, command[3], "http://localhost:3000/health")
	assert.NotContains(t, command[3], "curl")
}

func TestDeploy_NoRunningTasksAlarmFires(t *testing.T) {
	alarm := up(t, "prod", running).Named(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "monitoring-no-running-tasks")
	assert.Equal(t, "AWS/ECS CPUUtilization SampleCount", strings.Join([]string{
		alarm.Text("namespace"), alarm.Text("metricName"), alarm.Text("statistic"),
	}, " "), "a metric that needs no Container Insights")
	assert.Equal(t, "breaching", alarm.Text("treatMissingData"), "nothing runs, so nothing is sent")
	assert.Equal(t, "LessThanThreshold", alarm.Text("comparisonOperator"))
	assert.Equal(t, "true", alarm.Text("actionsEnabled"))
	assert.Equal(t, "disabled", up(t, "prod", nil).Only(t, "aws:ecs/cluster:Cluster").Text("settings[0].value"))
}

func TestDeploy_UnprotectedStackCanBeDestroyed(t *testing.T) {
	stack := up(t, "prod", set("deletionProtection=false"))
	instance := stack.Only(t, "aws:rds/instance:Instance")
	assert.Equal(t, "false", instance.Text("deletionProtection"))
	assert.False(t, instance.Request.GetProtect())
	assert.Equal(t, "false", instance.Text("skipFinalSnapshot"))
	assert.Regexp(t, `^threa-final-[0-9a-f]{16}$`, instance.Text("finalSnapshotIdentifier"))
	assert.Equal(t, "true", stack.Only(t, "aws:ecr/repository:Repository").Text("forceDelete"))
}

func TestDocs_CostsCountAddressStorageInsights(t *testing.T) {
	costs := documents(t)["docs/costs.md"]
	for _, item := range []string{"Public IPv4 address", "RDS storage", "Container Insights"} {
		assert.Contains(t, costs, item)
	}
}

func TestDeploy_AppGetsSecretsOrIsRefused(t *testing.T) {
	app := containers(t, up(t, "prod", running))["threa"]
	assert.Equal(t, "client_1", environment(app)["WORKOS_CLIENT_ID"])
	var variables []string
	for _, one := range app["secrets"].([]any) {
		variables = append(variables, one.(map[string]any)["name"].(string))
	}
	assert.Equal(t, []string{"DATABASE_URL", "REDIS_URL", "WORKOS_API_KEY", "WORKOS_COOKIE_PASSWORD"}, variables)

	_, err := mocks.Run(t, deploy, options(t, "prod", set("imageTag=v1")))
	require.ErrorContains(t, err, "threa:appSecretValues.WORKOS_API_KEY is not set")
}

// containers are the container definitions of the task by name.
func containers(t *testing.T, stack *mocks.Recording) map[string]map[string]any {
	t.Helper()
	var list []map[string]any
	definition := stack.Only(t, "aws:ecs/taskDefinition:TaskDefinition")
	require.NoError(t, json.Unmarshal([]byte(definition.Text("containerDefinitions")), &list))
	all := map[string]map[string]any{}
	for _, one := range list {
		all[one["name"].(string)] = one
	}
	return all
}

func environment(container map[string]any) map[string]string {
	all := map[string]string{}
	for _, one := range container["environment"].([]any) {
		pair := resource.NewPropertyMapFromMap(one.(map[string]any))
		all[pair["name"].StringValue()] = pair["value"].StringValue()
	}
	return all
}
