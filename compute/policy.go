package compute

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// document is an IAM policy. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type document struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Effect    string            `json:"Effect"`
	Principal map[string]string `json:"Principal,omitempty"`
	Action    []string          `json:"Action"`
	Resource  []string          `json:"Resource,omitempty"`
	Condition condition         `json:"Condition,omitempty"`
}

type condition map[string]map[string]string

func policy(statements ...statement) document {
	return document{Version: "2012-10-17", Statement: statements}
}

// allow grants actions on resources.
func allow(resources []string, actions ...string) statement {
	return statement{Effect: "Allow", Action: actions, Resource: resources}
}

// tasksTrust lets ECS tasks of this account and region take a role, and nobody's else: without the conditions ECS could
// be made to act for another account.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func tasksTrust(region, account string) document {
	return policy(statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": "ecs-tasks.amazonaws.com"},
		Action:    []string{"sts:AssumeRole"},
		Condition: condition{
			"StringEquals": {"aws:SourceAccount": account},
			"ArnLike":      {"aws:SourceArn": "arn:aws:ecs:" + region + ":" + account + ":*"},
		},
	})
}

// everything is the resource of the few actions that IAM cannot narrow down.
var everything = []string{"*"}

// imagePolicy lets the agent pull the image and write the logs. A login token is not tied to a repository, so its
// action has no resource.
func imagePolicy(repositoryARN, logGroupARN string) document {
	return policy(
		allow(everything, "ecr:GetAuthorizationToken"),
		allow([]string{repositoryARN}, "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
		allow([]string{logGroupARN + ":*"}, "logs:CreateLogStream", "logs:PutLogEvents"),
	)
}

// secretsPolicy lets the agent read the parameters of the app and no others. They are under the key that AWS manages,
// which needs no grant.
func secretsPolicy(parameterARNs []string) document {
	return policy(allow(parameterARNs, "ssm:GetParameters"))
}

// execPolicy lets the agent in a task open the channels of ECS Exec, which have no resource to narrow them down to.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func execPolicy() document {
	return policy(allow(everything,
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"))
}

// json writes a policy that is known beforehand.
func (d document) json() pulumi.StringOutput { return pulumi.JSONMarshal(d) }
