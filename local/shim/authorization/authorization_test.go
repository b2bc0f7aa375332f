package authorization

import (
	"cmp"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
)

const here = ":eu-central-1:123456789012:"

// form makes the parameters of a query call.
func form(pairs ...string) url.Values {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

func TestRequests_NameTheResourcesOfACall(t *testing.T) {
	tagged := map[string]string{"aws:RequestTag/Stack": "threa"}
	for name, test := range map[string]struct {
		call Call
		want []Request
	}{
		"database with groups and tags": {
			Call{Service: "rds", Action: "CreateDBInstance", Form: form("DBInstanceIdentifier", "threa", "DBSubnetGroupName",
				"threa",
				"MasterUserPassword", "hidden", "Tags.Tag.1.Key", "Stack", "Tags.Tag.1.Value", "threa")},
			[]Request{
				{Action: "rds:CreateDBInstance", Resource: "arn:aws:rds" + here + "db:threa", Context: tagged},
				{Action: "rds:CreateDBInstance", Resource: "arn:aws:rds" + here + "subgrp:threa", Context: tagged},
				{Action: "rds:AddTagsToResource", Resource: "arn:aws:rds" + here + "db:threa", Context: tagged},
			},
		},
		"policy for a role": {
			Call{Service: "iam", Action: "AttachRolePolicy",
				Form: form("RoleName", "threa-ecs-task", "PolicyArn", "arn:aws:iam::aws:policy/A")},
			[]Request{{Action: "iam:AttachRolePolicy", Resource: "arn:aws:iam::123456789012:role/threa-ecs-task",
				Context: map[string]string{"iam:PolicyARN": "arn:aws:iam::aws:policy/A"}}},
		},
		"role with a boundary": {
			Call{Service: "iam", Action: "CreateRole",
				Form: form("RoleName", "threa-ecs-task", "PermissionsBoundary", "arn:aws:iam::123456789012:policy/b")},
			[]Request{{Action: "iam:CreateRole", Resource: "arn:aws:iam::123456789012:role/threa-ecs-task",
				Context: map[string]string{"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}}},
		},
		"policy of AWS": {
			Call{Service: "iam", Action: "GetPolicy", Form: form("PolicyArn", "arn:aws:iam::aws:policy/A")},
			[]Request{{Action: "iam:GetPolicy", Resource: "arn:aws:iam::aws:policy/A"}},
		},
		"all databases": {
			Call{Service: "rds", Action: "DescribeDBInstances"},
			[]Request{{Action: "rds:DescribeDBInstances", Resource: "arn:aws:rds" + here + "db:" + AnyName}},
		},
		"ARN as a name": {
			Call{Service: "rds", Action: "ListTagsForResource", Form: form("ResourceName",
				"arn:aws:rds:eu-central-1:123456789012:pg:threa-postgres17")},
			[]Request{{Action: "rds:ListTagsForResource", Resource: "arn:aws:rds" + here + "pg:threa-postgres17"}},
		},
		"database with final snapshot": {
			Call{Service: "rds", Action: "DeleteDBInstance", Form: form("DBInstanceIdentifier", "threa",
				"FinalDBSnapshotIdentifier", "threa-final")},
			[]Request{
				{Action: "rds:DeleteDBInstance", Resource: "arn:aws:rds" + here + "db:threa"},
				{Action: "rds:CreateDBSnapshot", Resource: "arn:aws:rds" + here + "db:threa"},
				{Action: "rds:CreateDBSnapshot", Resource: "arn:aws:rds" + here + "snapshot:threa-final"},
				{Action: "rds:AddTagsToResource", Resource: "arn:aws:rds" + here + "snapshot:threa-final"},
			},
		},
		"database without final snapshot": {
			Call{Service: "rds", Action: "DeleteDBInstance", Form: form("DBInstanceIdentifier", "threa", "SkipFinalSnapshot",
				"true")},
			[]Request{{Action: "rds:DeleteDBInstance", Resource: "arn:aws:rds" + here + "db:threa"}},
		},
		"service in a cluster named by ARN": {
			Call{Service: "ecs", Action: "DescribeServices", Body: map[string]any{
				"cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/threa", "services": []any{"threa"},
			}},
			[]Request{{Action: "ecs:DescribeServices", Resource: "arn:aws:ecs" + here + "service/threa/threa"}},
		},
		"roles passed to tasks": {
			Call{Service: "ecs", Action: "RegisterTaskDefinition", Body: map[string]any{
				"family": "threa", "executionRoleArn": "arn:aws:iam::123456789012:role/threa-ecs-execution", "tags": []any{},
			}},
			[]Request{
				{Action: "ecs:RegisterTaskDefinition", Resource: "arn:aws:ecs" + here + "task-definition/threa:1"},
				{
					Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/threa-ecs-execution",
					Context: map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"},
				},
			},
		},
		"new subnet with tags": {
			Call{Service: "ec2", Action: "CreateSubnet", Form: form("VpcId", "vpc-1", "TagSpecification.1.ResourceType",
				"subnet", "TagSpecification.1.Tag.1.Key", "Stack", "TagSpecification.1.Tag.1.Value", "threa")},
			[]Request{
				{Action: "ec2:CreateSubnet", Resource: "arn:aws:ec2" + here + "subnet/new", Context: tagged},
				{Action: "ec2:CreateSubnet", Resource: "arn:aws:ec2" + here + "vpc/vpc-1", Context: tagged},
				{Action: "ec2:CreateTags", Resource: "arn:aws:ec2" + here + "subnet/new",
					Context: map[string]string{"ec2:CreateAction": "CreateSubnet", "aws:RequestTag/Stack": "threa"}},
			},
		},
		"new target group with tags": {
			Call{Service: "elasticloadbalancing", Action: "CreateTargetGroup", Form: form("Name", "threa",
				"Tags.member.1.Key", "Stack", "Tags.member.1.Value", "threa")},
			[]Request{
				{Action: "elasticloadbalancing:CreateTargetGroup", Context: tagged,
					Resource: "arn:aws:elasticloadbalancing" + here + "targetgroup/threa/new"},
				{Action: "elasticloadbalancing:AddTags",
					Resource: "arn:aws:elasticloadbalancing" + here + "targetgroup/threa/new",
					Context: map[string]string{"elasticloadbalancing:CreateAction": "CreateTargetGroup",
						"aws:RequestTag/Stack": "threa"}},
			},
		},
		"new certificate with tags": {
			Call{Service: "acm", Action: "RequestCertificate", Body: map[string]any{
				"Tags": []any{map[string]any{"Key": "Stack", "Value": "threa"}}}},
			[]Request{{Action: "acm:RequestCertificate", Resource: "*", Context: tagged}},
		},
		"schedule in a group": {
			Call{Service: "scheduler", Action: "POST /schedules/threa-mute", Body: map[string]any{"GroupName": "threa",
				"Target": map[string]any{"RoleArn": "arn:aws:iam::1:role/r"}}},
			[]Request{
				{Action: "scheduler:CreateSchedule", Resource: "arn:aws:scheduler" + here + "schedule/threa/threa-mute"},
				{Action: "iam:PassRole", Resource: "arn:aws:iam::1:role/r",
					Context: map[string]string{"iam:PassedToService": "scheduler.amazonaws.com"}},
			},
		},
		"secrets of a stack": {
			Call{Service: "kms", Action: "Decrypt", Body: map[string]any{"KeyId": "arn:aws:kms:eu-central-1:1:key/k",
				"EncryptionContext": map[string]any{"Stack": "threa"}}},
			[]Request{{Action: "kms:Decrypt", Resource: "arn:aws:kms:eu-central-1:1:key/k",
				Context: map[string]string{"kms:EncryptionContext:Stack": "threa"}}},
		},
		"tags of several types": {
			Call{Service: "ec2", Action: "CreateTags", Form: form("ResourceId.1", "sg-1", "ResourceId.2", "igw-2")},
			[]Request{
				{Action: "ec2:CreateTags", Resource: "arn:aws:ec2" + here + "security-group/sg-1"},
				{Action: "ec2:CreateTags", Resource: "arn:aws:ec2" + here + "internet-gateway/igw-2"},
			},
		},
		"renamed action, ARN without region": {
			Call{Service: "budgets", Action: "CreateBudget",
				Body: map[string]any{"Budget": map[string]any{"BudgetName": "threa"}}},
			[]Request{{Action: "budgets:ModifyBudget", Resource: "arn:aws:budgets::123456789012:budget/threa"}},
		},
		"parameters with paths": {
			Call{Service: "ssm", Action: "GetParameters", Body: map[string]any{"Names": []any{"/threa/a", "/threa/b/c"}}},
			[]Request{
				{Action: "ssm:GetParameters", Resource: "arn:aws:ssm" + here + "parameter/threa/a"},
				{Action: "ssm:GetParameters", Resource: "arn:aws:ssm" + here + "parameter/threa/b/c"},
			},
		},
		"Pulumi's state": {
			Call{Service: "s3", Action: "PUT /threa-state/.pulumi/stacks/threa/prod.json"},
			[]Request{{Action: "s3:PutObject", Resource: "arn:aws:s3:::threa-state/.pulumi/stacks/threa/prod.json",
				Context: map[string]string{"aws:ResourceAccount": Account}}},
		},
		"all roles": {
			Call{Service: "iam", Action: "ListRoles"}, []Request{{Action: "iam:ListRoles", Resource: "*"}},
		},
		"no resource": {
			Call{Service: "sts", Action: "GetCallerIdentity"}, []Request{{Action: "sts:GetCallerIdentity", Resource: "*"}},
		},
	} {
		test.call.Region = "eu-central-1"
		got, err := Requests(test.call)
		require.NoError(t, err, name)
		assert.Equal(t, test.want, got, name)
	}
}

func TestRequests_RefuseUnknownCalls(t *testing.T) {
	for want, call := range map[string]Call{
		"service quantum (Leap) is unknown":  {Service: "quantum", Action: "Leap"},
		"action ec2:RunInstances is unknown": {Service: "ec2", Action: "RunInstances"},
		"action s3:PATCH /bucket is unknown": {Service: "s3", Action: "PATCH /bucket"},
		"rds:DeleteDBInstance names none":    {Service: "rds", Action: "DeleteDBInstance"},
	} {
		_, err := Requests(call)
		require.ErrorContains(t, err, want)
	}
}

// TestServices_AgreeWithAWS compares services.yaml with AWS's own list of actions: an action has resources if and
// only if AWS can restrict it to some.
func TestServices_AgreeWithAWS(t *testing.T) {
	types := fixtures.Actions(t, "../../../internal/deployrole/testdata/iam-actions.txt")
	for name, s := range services {
		prefix := cmp.Or(s.Prefix, name)
		for call, resources := range s.Actions {
			action := prefix + ":" + cmp.Or(s.Renamed[call], call)
			restrictable, ok := types[action]
			require.True(t, ok, "AWS has no action %s", action)
			if action != "ecs:ListTasks" { // can be restricted to container instances only, which Fargate does not have
				assert.Equal(t, len(restrictable) > 0, resources != "", "%s: AWS can restrict it to %v", action, restrictable)
			}
		}
	}
}
