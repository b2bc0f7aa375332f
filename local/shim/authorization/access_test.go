package authorization

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
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

func TestACallIsAboutTheResourcesThatItNames(t *testing.T) {
	for name, one := range map[string]struct {
		call Call
		want []Access
	}{
		"a database with its groups and tags": {
			Call{Service: "rds", Action: "CreateDBInstance", Form: form("DBInstanceIdentifier", "threa", "DBSubnetGroupName", "threa",
				"MasterUserPassword", "hidden", "Tags.Tag.1.Key", "Stack", "Tags.Tag.1.Value", "threa")},
			[]Access{
				{Action: "rds:CreateDBInstance", Resource: "arn:aws:rds" + here + "db:threa"},
				{Action: "rds:CreateDBInstance", Resource: "arn:aws:rds" + here + "subgrp:threa"},
				{Action: "rds:AddTagsToResource", Resource: "arn:aws:rds" + here + "db:threa"},
			},
		},
		"a list of everything": {
			Call{Service: "rds", Action: "DescribeDBInstances"},
			[]Access{{Action: "rds:DescribeDBInstances", Resource: "arn:aws:rds" + here + "db:" + Every}},
		},
		"an ARN for a name": {
			Call{Service: "rds", Action: "ListTagsForResource", Form: form("ResourceName", "arn:aws:rds:eu-central-1:123456789012:pg:threa-postgres17")},
			[]Access{{Action: "rds:ListTagsForResource", Resource: "arn:aws:rds" + here + "pg:threa-postgres17"}},
		},
		"a database that leaves a snapshot": {
			Call{Service: "rds", Action: "DeleteDBInstance", Form: form("DBInstanceIdentifier", "threa", "FinalDBSnapshotIdentifier", "threa-final")},
			[]Access{
				{Action: "rds:DeleteDBInstance", Resource: "arn:aws:rds" + here + "db:threa"},
				{Action: "rds:CreateDBSnapshot", Resource: "arn:aws:rds" + here + "db:threa"},
				{Action: "rds:CreateDBSnapshot", Resource: "arn:aws:rds" + here + "snapshot:threa-final"},
				{Action: "rds:AddTagsToResource", Resource: "arn:aws:rds" + here + "snapshot:threa-final"},
			},
		},
		"a database that leaves nothing": {
			Call{Service: "rds", Action: "DeleteDBInstance", Form: form("DBInstanceIdentifier", "threa", "SkipFinalSnapshot", "true")},
			[]Access{{Action: "rds:DeleteDBInstance", Resource: "arn:aws:rds" + here + "db:threa"}},
		},
		"a service in a cluster that is given as an ARN": {
			Call{Service: "ecs", Action: "DescribeServices", Body: map[string]any{
				"cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/threa", "services": []any{"threa"},
			}},
			[]Access{{Action: "ecs:DescribeServices", Resource: "arn:aws:ecs" + here + "service/threa/threa"}},
		},
		"roles that are handed to tasks": {
			Call{Service: "ecs", Action: "RegisterTaskDefinition", Body: map[string]any{
				"family": "threa", "executionRoleArn": "arn:aws:iam::123456789012:role/threa-ecs-execution", "tags": []any{},
			}},
			[]Access{
				{Action: "ecs:RegisterTaskDefinition", Resource: "arn:aws:ecs" + here + "task-definition/threa:1"},
				{
					Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/threa-ecs-execution",
					Context: map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"},
				},
			},
		},
		"something new in a VPC, with tags": {
			Call{Service: "ec2", Action: "CreateSubnet", Form: form("VpcId", "vpc-1", "TagSpecification.1.ResourceType", "subnet")},
			[]Access{
				{Action: "ec2:CreateSubnet", Resource: "arn:aws:ec2" + here + "subnet/new"},
				{Action: "ec2:CreateSubnet", Resource: "arn:aws:ec2" + here + "vpc/vpc-1"},
				{Action: "ec2:CreateTags", Resource: "arn:aws:ec2" + here + "subnet/new", Context: map[string]string{"ec2:CreateAction": "CreateSubnet"}},
			},
		},
		"tags on several kinds": {
			Call{Service: "ec2", Action: "CreateTags", Form: form("ResourceId.1", "sg-1", "ResourceId.2", "igw-2")},
			[]Access{
				{Action: "ec2:CreateTags", Resource: "arn:aws:ec2" + here + "security-group/sg-1"},
				{Action: "ec2:CreateTags", Resource: "arn:aws:ec2" + here + "internet-gateway/igw-2"},
			},
		},
		"an action of another name, an ARN without a region": {
			Call{Service: "budgets", Action: "CreateBudget", Body: map[string]any{"Budget": map[string]any{"BudgetName": "threa"}}},
			[]Access{{Action: "budgets:ModifyBudget", Resource: "arn:aws:budgets::123456789012:budget/threa"}},
		},
		"a parameter in folders": {
			Call{Service: "ssm", Action: "GetParameters", Body: map[string]any{"Names": []any{"/threa/a", "/threa/b/c"}}},
			[]Access{
				{Action: "ssm:GetParameters", Resource: "arn:aws:ssm" + here + "parameter/threa/a"},
				{Action: "ssm:GetParameters", Resource: "arn:aws:ssm" + here + "parameter/threa/b/c"},
			},
		},
		"a file of Pulumi's state": {
			Call{Service: "s3", Action: "PUT /threa-state/.pulumi/stacks/threa/prod.json"},
			[]Access{{Action: "s3:PutObject", Resource: "arn:aws:s3:::threa-state/.pulumi/stacks/threa/prod.json"}},
		},
		"roles, of which all are listed": {
			Call{Service: "iam", Action: "ListRoles"}, []Access{{Action: "iam:ListRoles", Resource: "*"}},
		},
		"no resource at all": {
			Call{Service: "sts", Action: "GetCallerIdentity"}, []Access{{Action: "sts:GetCallerIdentity", Resource: "*"}},
		},
	} {
		one.call.Region = "eu-central-1"
		got, err := Of(one.call)
		require.NoError(t, err, name)
		assert.Equal(t, one.want, got, name)
	}
}

func TestWhatIsNotInTheTableIsAnErrorAndNotAGuess(t *testing.T) {
	for want, call := range map[string]Call{
		"knows no service quantum":        {Service: "quantum", Action: "Leap"},
		"what ec2:RunInstances is about":  {Service: "ec2", Action: "RunInstances"},
		"rds:DeleteDBInstance names none": {Service: "rds", Action: "DeleteDBInstance"},
	} {
		_, err := Of(call)
		require.ErrorContains(t, err, want)
	}
}

// TestTheTableAgreesWithAWS holds the table against AWS's own list of actions: an action without a resource must be one
// that cannot be tied to any, and one with resources must be one that can.
func TestTheTableAgreesWithAWS(t *testing.T) {
	kinds := pulumitest.Actions(t, "../../../internal/deployrole/testdata/iam-actions.txt")
	for name, s := range services {
		prefix := s.prefix
		if prefix == "" {
			prefix = name
		}
		for action, resources := range s.actions {
			if renamed, is := s.renamed[action]; is {
				action = renamed
			}
			tied, known := kinds[prefix+":"+action]
			require.True(t, known, "AWS has no action %s:%s", prefix, action)
			if prefix+":"+action != "ecs:ListTasks" { // can be tied to container instances alone, which Fargate has not
				assert.Equal(t, len(tied) > 0, len(resources) > 0, "%s:%s: AWS can tie it to %v", prefix, action, tied)
			}
		}
	}
}
