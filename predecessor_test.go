package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// TestDeploy_AvoidsFaultsOfPredecessor tests the properties with which the program's predecessor failed on AWS.
// TestDeploy_EnvironmentsShareNoName, TestDeploy_RefusesNamesOfAnotherOwner and TestDeploy_FailsAfterRollback hold the
// other faults.
func TestDeploy_AvoidsFaultsOfPredecessor(t *testing.T) {
	stack, unprotected := up(t, "prod", running), up(t, "prod", with(set("deletionProtection=false")))
	noTasks := stack.Named(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "monitoring-no-running-tasks")
	for _, row := range []struct {
		resource   mocks.Resource
		path, want string
	}{
		{stack.Named(t, "aws:ssm/parameter:Parameter", "secrets-database-url"), "value", `\?sslmode=verify-full$`},
		{stack.Only(t, "aws:rds/parameterGroup:ParameterGroup"), "parameters[0].applyMethod", "^pending-reboot$"},
		{stack.Only(t, resources.Database), "engineVersion", `^\d+$`},
		{stack.Only(t, resources.Database), "autoMinorVersionUpgrade", "^true$"},
		// the alarm uses a metric without Container Insights, and fires if nothing runs
		{stack.Only(t, "aws:ecs/cluster:Cluster"), "settings[0].value", "^disabled$"},
		{noTasks, "metricName", "^CPUUtilization$"},
		{noTasks, "statistic", "^SampleCount$"},
		{noTasks, "comparisonOperator", "^LessThanThreshold$"},
		{noTasks, "treatMissingData", "^breaching$"},
		{noTasks, "actionsEnabled", "^true$"},
		// an unprotected stack can be destroyed
		{unprotected.Only(t, resources.Database), "deletionProtection", "^false$"},
		{unprotected.Only(t, resources.Database), "skipFinalSnapshot", "^false$"},
		{unprotected.Only(t, resources.Database), "finalSnapshotIdentifier", `^threa-final-[0-9a-f]{16}$`},
		{unprotected.Only(t, resources.Repository), "forceDelete", "^true$"},
	} {
		assert.Regexp(t, row.want, row.resource.Text(row.path), "%s %s", row.resource.Name, row.path)
	}
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

func TestDocs_CostsCountAddressStorageInsights(t *testing.T) {
	costs := documents(t)["docs/costs.md"]
	for _, item := range []string{"Public IPv4 address", "RDS storage", "Container Insights"} {
		assert.Contains(t, costs, item)
	}
}
