package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/acm"
	"threa-infra/internal/mocks/awssdk/ecr"
	"threa-infra/internal/mocks/awssdk/ecs"
	"threa-infra/internal/mocks/awssdk/elasticache"
	"threa-infra/internal/mocks/awssdk/rds"
	"threa-infra/internal/resources"
)

// refusing returns the configuration of a load balancer with an image, in an account that lacks everything.
func refusing(t *testing.T) mocks.Options {
	o := options(t, "prod", with(set("ingress=loadBalancer", "certificateArn="+ownCertificate,
		"dbInstanceClass=db.zz9.micro", "redisNodeType=cache.zz9.micro", "hostedZoneId=Z9", "domainName=app.example.com")))
	o.AWS.Parameters = nil
	for _, missing := range []string{ecr.Image, acm.Certificate, rds.Orderable, elasticache.NodeType} {
		o.AWS.Add(missing)
	}
	o.AWS.Add("serviceQuota", mocks.Item{"serviceCode": "vpc", "quotaCode": "L-F678F1CE", "value": 2.0})
	return o
}

// TestPreconditions_AreReportedTogether checks every precondition of a first deployment, in a preview.
func TestPreconditions_AreReportedTogether(t *testing.T) {
	o := refusing(t)
	o.Preview = true
	recording, err := mocks.Run(t, deploy, o)
	for _, want := range []string{
		"the deployment has 7 problems, nothing was changed:",
		`threa:imageTag is "v1", but the repository threa does not exist yet`,
		`threa:certificateArn is "` + ownCertificate + `", but the account 123456789012 has no such certificate`,
		`threa:dbInstanceClass is "db.zz9.micro", which RDS does not offer for PostgreSQL`,
		`threa:hostedZoneId is "Z9", but the account has no such zone`,
		"threa:appSecrets.WORKOS_API_KEY names the parameter", "threa:appSecrets.WORKOS_COOKIE_PASSWORD names",
		"the account has 2 VPCs in eu-central-1, which is its quota",
	} {
		require.ErrorContains(t, err, want)
	}
	assert.Contains(t, recording.Warnings(), "ElastiCache sells no cache.zz9.micro in eu-central-1")
	assert.Equal(t, ownerRecordOnly[1:], recording.List(), "nothing in AWS may be registered")
}

// TestPreconditions_WarnOfDeletedLogs: only an imported log group can keep its logs without a limit.
func TestPreconditions_WarnOfDeletedLogs(t *testing.T) {
	for days, want := range map[int]string{
		0:  "the log group /ecs/threa keeps logs without a limit",
		90: "the log group /ecs/threa keeps logs for 90 days",
		14: "", 7: "",
	} {
		o := options(t, "prod", nil)
		o.AWS = deployedAccount("redis").Add(resources.LogGroup, mocks.Item{"name": "/ecs/threa", "retentionInDays": days})
		warnings := mocks.MustRun(t, deploy, o).Warnings()
		assert.Equal(t, want != "", strings.Contains(warnings, "The update deletes"), "%d: %s", days, warnings)
		assert.Contains(t, warnings, want, days)
	}
}

// outdatedAccount returns the account of a stack that runs an image and a certificate, after the image was deleted and
// the certificate has expired.
func outdatedAccount(image, architecture string) *mocks.AWS {
	aws := deployedAccount("redis").Add(ecr.Image, mocks.Item{"reference": "other"})
	aws.Add("aws:ec2/vpc:Vpc", mocks.Item{"id": "vpc-1", "tags": map[string]string{"Stack": "threa"}})
	aws.Add(acm.Certificate, mocks.Item{"arn": ownCertificate, "status": "EXPIRED", "inUseBy": []string{
		"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/threa/50dc6c495c0c9188"}})
	if image != "" {
		aws.Add(ecs.TaskDefinition, mocks.Item{"image": image, "architecture": architecture,
			"secrets": []string{"/threa/workos-api-key", "/threa/workos-cookie-password"}})
	}
	return aws
}

// TestPreconditions_NeverRefuseWhatRuns must be able to disable the deletion protection of a stack, and to preview it.
func TestPreconditions_NeverRefuseWhatRuns(t *testing.T) {
	const repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"
	given := with(set("ingress=loadBalancer", "certificateArn="+ownCertificate, "deletionProtection=false"))
	o := options(t, "prod", given)
	o.AWS = outdatedAccount(repository+":v1", "X86_64")
	delete(o.AWS.Parameters, "/threa/workos-api-key")
	warnings := mocks.MustRun(t, deploy, o).Warnings()
	for _, problem := range []string{
		"whose status is EXPIRED", "but the repository threa has no such image",
		"names the parameter /threa/workos-api-key, which does not exist",
		"threa secrets set --stack prod WORKOS_API_KEY",
	} {
		assert.Contains(t, warnings, problem)
	}
	for _, row := range []struct{ image, architecture, refused string }{
		{repository + ":v2", "X86_64", `threa:imageTag is "v1", but the repository threa has no such image`},
		{repository + ":v1", "ARM64", `threa:imageTag is "v1", but the repository threa has no such image`},
	} {
		o.AWS = outdatedAccount(row.image, row.architecture)
		_, err := mocks.Run(t, deploy, o)
		require.ErrorContains(t, err, row.refused)
		assert.NotContains(t, err.Error(), "EXPIRED")
	}
	policy := options(t, "prod", with(set(`taskPolicyArns=["arn:aws:iam::123456789012:policy/missing",`+
		`"arn:aws:iam::123456789012:policy/gone"]`)))
	policy.AWS = outdatedAccount(repository+":v1", "X86_64")
	_, err := mocks.Run(t, deploy, policy)
	require.Regexp(t, `(?s)policy/gone, which does not exist.*rm --stack prod --path 'taskPolicyArns\[1\]'`+
		`.*policy/missing, which does not exist.*'taskPolicyArns\[0\]'`, err.Error())
	assert.NotContains(t, err.Error(), "getPolicy")
	another := options(t, "prod", with(set(`appSecrets={"WORKOS_API_KEY":"/threa/workos-api-key",`+
		`"WORKOS_COOKIE_PASSWORD":"/threa/workos-cookie-password","OTHER":"/threa/other"}`)))
	another.AWS = outdatedAccount(repository+":v1", "X86_64")
	_, err = mocks.Run(t, deploy, another)
	require.ErrorContains(t, err, "threa:appSecrets.OTHER names the parameter /threa/other")
}

// TestPreconditions_NameOneProblemOnce upgrades to a version that RDS does not offer as a target.
func TestPreconditions_NameOneProblemOnce(t *testing.T) {
	o := options(t, "prod", with(set("dbEngineVersion=18")))
	o.AWS = deployedAccount("redis").Add("engineVersion", mocks.Item{"engine": "postgres", "version": "17.99"})
	_, err := mocks.Run(t, deploy, o)
	require.ErrorContains(t, err, "the deployment has a problem, nothing was changed:")
}

// TestPreconditions_AreSkippedWithoutPermission wants a warning for each question that AWS denies.
func TestPreconditions_AreSkippedWithoutPermission(t *testing.T) {
	o := options(t, "prod", with(set("ingress=loadBalancer", "certificateArn="+ownCertificate,
		"hostedZoneId=Z0123456789ABC", "domainName=app.example.com")))
	o.AWS.Refused = []string{
		"ecr:BatchGetImage", "acm:DescribeCertificate", "rds:DescribeOrderableDBInstanceOptions",
		"elasticache:DescribeReservedCacheNodesOfferings", "aws:route53/getZone:getZone",
		"aws:servicequotas/getServiceQuota:getServiceQuota",
	}
	recording := mocks.MustRun(t, deploy, o)
	for _, question := range []string{
		"whether the repository threa has the image v1 for linux/amd64", "whether the certificate of threa:certificateArn is",
		"whether RDS offers db.t4g.micro", "whether ElastiCache has the node type cache.t4g.micro",
		"whether threa:hostedZoneId is the zone of threa:domainName", "whether the account may have another VPC",
	} {
		assert.Contains(t, recording.Warnings(), "not checked: "+question)
	}
	assert.Equal(t, 1, strings.Count(recording.Warnings(), "cd bootstrap && pulumi up\n"))
}

// TestPreconditions_ExplainMissingPermissions denies lookups that the program cannot skip, as an old role of the
// pipeline does.
func TestPreconditions_ExplainMissingPermissions(t *testing.T) {
	for _, function := range []string{
		"aws:rds/getInstances:getInstances", "aws:resourcegroupstaggingapi/getResources:getResources",
		"ecr:DescribeRepositories",
	} {
		o := options(t, "prod", running)
		o.AWS.Refused = []string{function}
		_, err := mocks.Run(t, deploy, o)
		require.ErrorContains(t, err, "AccessDenied")
		assert.Equal(t, 1, strings.Count(err.Error(), "cd bootstrap && pulumi up"), "%v", err)
	}
}

// TestPreconditions_AreSkippedWithoutSDK deploys with credentials that the SDK does not have, such as aws:assumeRoles.
func TestPreconditions_AreSkippedWithoutSDK(t *testing.T) {
	connect := connectSDK
	defer func() { connectSDK = connect }()
	connectSDK = func(*pulumi.Context, string) (*clients, error) { return nil, assert.AnError }
	warnings := up(t, "prod", running).Warnings()
	for _, question := range []string{"whether the image v1 exists", "whether RDS offers db.t4g.micro"} {
		assert.Contains(t, warnings, question)
	}
	assert.Equal(t, 1, strings.Count(warnings, "not checked: whether RDS")+strings.Count(warnings, "not checked: whether "+
		"the image")+strings.Count(warnings, "not checked: whether ElastiCache"), "one warning for one reason: %s", warnings)
	o := options(t, "prod", running)
	o.AWS = deployedAccount("redis")
	warnings = mocks.MustRun(t, deploy, o).Warnings()
	assert.NotContains(t, warnings, "whether RDS offers")
	assert.NotContains(t, warnings, "whether ElastiCache has")
}

// TestPreconditions_OwnerComesFirst wants the error about the owner, not the preconditions in the owner's account.
func TestPreconditions_OwnerComesFirst(t *testing.T) {
	o := refusing(t)
	o.AWS.Parameters = map[string]string{"/threa/stack": prodOwner.String()}
	_, err := mocks.Run(t, deploy, o)
	require.ErrorContains(t, err, "belong to stack threa/prod")
	assert.NotContains(t, err.Error(), "imageTag")
}

// TestPreconditions_ChangedNamesComeFirst renames a stack that the state knows: AWS has nothing under the new names.
func TestPreconditions_ChangedNamesComeFirst(t *testing.T) {
	o := refusing(t)
	o.Config["threa:appName"] = "other"
	o.AWS.Recorded = map[string]map[string]any{
		mocks.OwnerID: {"output": map[string]any{"id": prodOwner.ID}},
		"aws:ssm/parameter:Parameter": {
			"name": "/threa/stack", "arn": "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/stack",
			"tags": map[string]any{"threa:appName": "threa"},
		},
	}
	_, err := mocks.Run(t, deploy, o)
	require.ErrorContains(t, err, `threa:appName is "other", but the stack was created with "threa"`)
	assert.NotContains(t, err.Error(), "imageTag")
}

// TestPreconditions_AskOnlyWhatIsNecessary deploys a running stack without a change.
func TestPreconditions_AskOnlyWhatIsNecessary(t *testing.T) {
	o := options(t, "prod", running)
	o.AWS = deployedAccount("redis")
	o.AWS.Add("aws:ec2/vpc:Vpc", mocks.Item{"id": "vpc-1", "tags": map[string]string{"Stack": "threa"}})
	o.AWS.Refused = []string{
		"rds:DescribeOrderableDBInstanceOptions", "elasticache:DescribeReservedCacheNodesOfferings",
		"acm:DescribeCertificate", "aws:servicequotas/getServiceQuota:getServiceQuota", "aws:route53/getZone:getZone",
	}
	assert.NotContains(t, mocks.MustRun(t, deploy, o).Warnings(), "not checked")
}

// TestLookups_ListNoWholeAccount denies the list of all roles, on a new stack and on a running one.
func TestLookups_ListNoWholeAccount(t *testing.T) {
	for _, aws := range []*mocks.AWS{account(), deployedAccount("redis")} {
		o := options(t, "prod", running)
		o.AWS = aws
		o.AWS.Refused = []string{"aws:iam/getRoles:getRoles"}
		assert.NotContains(t, mocks.MustRun(t, deploy, o).Warnings(), "not checked")
	}
}

// TestLookups_AskOnce compares the questions of a running stack without an image.
func TestLookups_AskOnce(t *testing.T) {
	o := options(t, "prod", nil)
	o.AWS = deployedAccount("redis")
	recording := mocks.MustRun(t, deploy, o)
	for token := range resources.Functions() {
		asked := map[string]bool{}
		for _, arguments := range recording.Calls(token) {
			question := fmt.Sprint(arguments)
			assert.False(t, asked[question], "%s %s", token, question)
			asked[question] = true
		}
	}
}
