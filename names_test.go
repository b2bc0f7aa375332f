package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/stackconfig"
)

// TestDeploy_KeepsPhysicalNames holds the names of deployed stacks: another name replaces the resource.
func TestDeploy_KeepsPhysicalNames(t *testing.T) {
	stack := up(t, "prod", set("dbEngineVersion=16"))
	fixtures.Golden(t, "names.txt", slices.Sorted(maps.Keys(physicalNames(stack))))
}

func physical(stack *mocks.Recording, token string) []string {
	var all []string
	for _, row := range stack.OfType(token) {
		all = append(all, row.Text("name"))
	}
	return all
}

// ownerRecordOnly is what is registered before the names of a stack are its own.
var ownerRecordOnly = []string{
	"aws:ssm/parameter:Parameter claim-stack < claim", "pulumi:index:Stash claim-id < claim",
	"threa:claim:Claim claim < threa-prod",
}

// prodOwner is the owner record of a stack prod.
var prodOwner = ownerrecord.Record{
	Stack: "threa/prod", ID: "0123456789abcdef", Since: "2026-11-01T12:00:00Z", By: "user/bo",
}

func TestDeploy_RefusesNamesOfAnotherOwner(t *testing.T) {
	for _, preview := range []bool{true, false} {
		second := options(t, "prod", nil)
		second.AWS.Parameters["/threa/stack"], second.Preview = prodOwner.String(), preview
		recording, err := mocks.Run(t, deploy, second)
		require.ErrorContains(t, err, "belong to stack threa/prod, created by user/bo at 2026-11-01T12:00:00Z")
		assert.Equal(t, ownerRecordOnly[1:], recording.List(), "nothing in AWS may be registered")
	}
	own := options(t, "prod", nil)
	own.AWS.Parameters["/threa/stack"] = prodOwner.String()
	own.AWS.Recorded = map[string]map[string]any{mocks.OwnerID: {"output": map[string]any{"id": prodOwner.ID}}}
	_, err := mocks.Run(t, deploy, own)
	require.NoError(t, err)
}

// TestDeploy_LooksUpEveryNameItUses compares the names that are looked up before the first deployment with those that
// the program registers.
func TestDeploy_LooksUpEveryNameItUses(t *testing.T) {
	given := with(set(
		"dbReadReplica=true", "redisNodes=6", "ingress=loadBalancer", "domainName=app.example.com",
		"hostedZoneId=Z0123456789ABC",
	))
	o := options(t, "prod", given)
	cfg := parsed(t, o)
	names := naming.Stack{Name: cfg.Name}
	recording := mocks.MustRun(t, deploy, o)
	for token, want := range map[string][]string{
		"aws:cloudwatch/metricAlarm:MetricAlarm": (&stack{cfg: cfg, names: names}).ownershipArgs().Alarms,
		"aws:cloudwatch/logGroup:LogGroup":       {names.LogGroup(), names.ExecLogGroup()},
		"aws:ssm/parameter:Parameter": append(names.Parameters(),
			"/threa/stack", "/threa/app/WORKOS_COOKIE_PASSWORD"),
	} {
		assert.Subset(t, want, physical(recording, token), token)
	}
	assert.Subset(t, physical(recording, "aws:iam/role:Role"), []string{names.ExecutionRole(), names.TaskRole()})
}

// TestDeploy_DeletesOwnerRecordLast tests the order of a destroy: if it fails halfway, the stack keeps its names.
func TestDeploy_DeletesOwnerRecordLast(t *testing.T) {
	components := 0
	for _, row := range up(t, "prod", running).All() {
		if row.Request.GetCustom() || row.Name == "claim" {
			continue
		}
		components++
		dependencies := strings.Join(row.Request.GetDependencies(), " ")
		assert.Contains(t, dependencies, "::claim-stack", row.Name)
		assert.Contains(t, dependencies, "::claim-id", row.Name)
	}
	assert.Positive(t, components)
}

func TestDeploy_RefusesChangesOfFixedValues(t *testing.T) {
	for key, value := range map[string]string{
		"appName": "other", "environment": "staging", "vpc": "vpc-0123456789abcdef0", "vpcCidr": "10.43.0.0/16",
		"aws:region": "us-east-1",
	} {
		moved := options(t, "prod", map[string]string{stackconfig.FullKey("threa", key): value})
		moved.AWS.Recorded = map[string]map[string]any{"aws:ssm/parameter:Parameter": {
			"name": "/threa/stack", "arn": "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/stack",
			"tags": map[string]any{
				"threa:appName": "threa", "threa:environment": "prod", "threa:vpc": "dedicated", "threa:vpcCidr": "10.42.0.0/16",
			},
		}}
		recording, err := mocks.Run(t, deploy, moved)
		require.ErrorContains(t, err, stackconfig.FullKey("threa", key)+` is "`+value+`", but the stack was created with `)
		require.ErrorContains(t, err, "pulumi config set --stack prod "+key+" ")
		assert.Len(t, recording.All(), len(ownerRecordOnly), "%s: only the owner record may be registered", key)
	}
}

func TestDeploy_EnvironmentsShareNoName(t *testing.T) {
	prod := physicalNames(up(t, "prod", set("useSpot=true")))
	budget := physicalNames(up(t, "budget", set("enableRedis=true")))
	require.Len(t, budget, len(prod))
	for name := range prod {
		assert.NotContains(t, budget, name)
	}
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
	for _, row := range stack.All() {
		property, special := properties[row.Type]
		if !special {
			property = "name"
		}
		if name := row.Text(property); name != "" {
			all[row.Type+" "+name] = true
		}
	}
	return all
}
