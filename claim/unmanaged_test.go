package claim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const cloudControlLookup = "aws:cloudcontrol/getResource:getResource"

// kinds are the kinds of resources that are looked up before the first deployment, by what the message calls them.
var kinds = map[string]func(*pulumitest.AWS, map[string]string){
	"IAM role threa-ecs-execution":        exists(roleLookup, "threa-ecs-execution"),
	"IAM role threa-ecs-task":             exists(roleLookup, "threa-ecs-task"),
	"ECS cluster threa":                   exists("aws:ecs/getCluster:getCluster", "threa"),
	"ECR repository threa":                exists("aws:ecr/getRepository:getRepository", "threa"),
	"ElastiCache cluster threa":           exists("aws:elasticache/getCluster:getCluster", "threa"),
	"ElastiCache replication group threa": exists("aws:elasticache/getReplicationGroup:getReplicationGroup", "threa"),
	"log group /ecs/threa":                exists("aws:cloudwatch/getLogGroup:getLogGroup", "/ecs/threa"),
	"SNS topic threa-alarms":              exists("aws:sns/getTopic:getTopic", "threa-alarms"),
	"CloudWatch dashboard threa":          exists("AWS::CloudWatch::Dashboard", "threa"),
	"CloudWatch alarm threa-cpu-high":     exists("AWS::CloudWatch::Alarm", "threa-cpu-high"),
	"EventBridge rule threa-standby":      exists("AWS::Events::Rule", "arn:aws:events:eu-central-1:123456789012:rule/threa-standby"),
	"RDS instance threa": func(aws *pulumitest.AWS, _ map[string]string) {
		aws.Databases = map[string]string{"threa": "16.4"}
	},
	"SSM parameter /threa/database-url": func(aws *pulumitest.AWS, _ map[string]string) {
		aws.Parameters = map[string]string{"/threa/database-url": ""}
	},
}

func exists(function, name string) func(*pulumitest.AWS, map[string]string) {
	return func(aws *pulumitest.AWS, tags map[string]string) {
		if aws.Existing == nil {
			aws.Existing = map[string]map[string]string{}
		}
		aws.Existing[pulumitest.Key(function, name)] = tags
	}
}

func TestClaim_RefusesUnmanagedResources(t *testing.T) {
	require.Len(t, kinds, len(arguments(nil).lookups(nil)), "every lookup is tried")
	for kind, create := range kinds {
		for _, preview := range []bool{true, false} {
			aws := &pulumitest.AWS{}
			create(aws, map[string]string{"ManagedBy": "terraform", "Project": "threa"})
			recording, err := claimed(t, arguments(nil), pulumitest.Options{AWS: aws, Preview: preview})
			require.ErrorContains(t, err, "are in use, but not by a stack of this program:\n    "+kind+" (", kind)
			require.ErrorContains(t, err, "pulumi config set environment <name>")
			assert.Empty(t, recording.All(), "%s: nothing may be registered", kind)
		}
	}
}

func TestClaim_NamesAllThatIsUnmanaged(t *testing.T) {
	aws := &pulumitest.AWS{}
	for kind, create := range kinds {
		if kind != "RDS instance threa" && kind != "CloudWatch dashboard threa" {
			create(aws, map[string]string{"ManagedBy": "terraform", "Environment": "prod"})
		}
	}
	kinds["CloudWatch dashboard threa"](aws, nil)
	_, err := claimed(t, arguments(nil), pulumitest.Options{AWS: aws})
	require.ErrorContains(t, err, "    IAM role threa-ecs-execution (Environment=prod, ManagedBy=terraform)\n")
	require.ErrorContains(t, err, "    CloudWatch dashboard threa (no tags)\n")
}

// TestClaim_WritesALostRecordAgain: somebody deleted the owner record of a deployed stack.
func TestClaim_WritesALostRecordAgain(t *testing.T) {
	aws := withRole("arn:aws:ecs:eu-central-1:123456789012:*")
	exists("aws:ecs/getCluster:getCluster", "threa")(aws, ours())
	exists("AWS::CloudWatch::Dashboard", "threa")(aws, nil)
	recording, err := claimed(t, arguments(nil), pulumitest.Options{AWS: aws})
	require.NoError(t, err)
	assert.Len(t, recording.OfType(parameterToken), 1)

	exists("AWS::CloudWatch::Alarm", "threa-cpu-high")(aws, map[string]string{"ManagedBy": "terraform"})
	_, err = claimed(t, arguments(nil), pulumitest.Options{AWS: aws})
	require.ErrorContains(t, err, "CloudWatch alarm threa-cpu-high (ManagedBy=terraform)")
}

func TestClaim_SkipsLookupsOfADeployedStack(t *testing.T) {
	aws := deployed()
	for _, create := range kinds {
		create(aws, map[string]string{"ManagedBy": "terraform"})
	}
	aws.Parameters = map[string]string{parameterName: owner.String()}
	recording, err := claimed(t, arguments(nil), pulumitest.Options{AWS: aws})
	require.NoError(t, err)
	assert.Empty(t, recording.Asked(cloudControlLookup))
}
