package compute

import (
	"threa-infra/internal/iampolicy"
	"threa-infra/internal/naming"
)

// tasksTrust lets ECS tasks of this account and region take a role.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func tasksTrust(names naming.Stack) iampolicy.Document {
	return iampolicy.Trust("ecs-tasks.amazonaws.com", names.AccountID, names.ARN("ecs", "*"))
}

// imagePolicy lets the agent pull the image and write the logs. A login token is not tied to a repository, so its
// action has no resource.
func imagePolicy(repositoryARN, logGroupARN string) iampolicy.Document {
	return iampolicy.New(
		iampolicy.Allow(iampolicy.Everything, "ecr:GetAuthorizationToken"),
		iampolicy.Allow([]string{repositoryARN}, "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
		iampolicy.Allow([]string{logGroupARN + ":*"}, "logs:CreateLogStream", "logs:PutLogEvents"),
	)
}

// secretsPolicy lets the agent read the parameters of the app and no others. They are under the key that AWS manages,
// which needs no grant.
func secretsPolicy(parameterARNs []string) iampolicy.Document {
	return iampolicy.New(iampolicy.Allow(parameterARNs, "ssm:GetParameters"))
}

// execPolicy lets the agent in a task open the channels of ECS Exec, which have no resource to narrow them down to.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func execPolicy() iampolicy.Document {
	return iampolicy.New(iampolicy.Allow(iampolicy.Everything,
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"))
}
