package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// manualChange is a change that someone makes in AWS by hand, outside of Pulumi.
type manualChange struct {
	name, script string
	// plan is the step of the preview that reverts the change, as "operation resource". properties are its differences.
	plan       string
	properties []string
}

// manualChanges are all reverted by an up. They include the desired count, which the program owns without autoscaling.
var manualChanges = []manualChange{
	{"a rule of a security group opened", `
		group=$(aws ec2 describe-security-groups --filters Name=group-name,Values=threa-ecs-tasks --query 'SecurityGroups[0].GroupId' --output text)
		rule=$(aws ec2 describe-security-group-rules --filters Name=group-id,Values=$group --query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)
		aws ec2 modify-security-group-rules --group-id $group --security-group-rules \
			"SecurityGroupRuleId=$rule,SecurityGroupRule={IpProtocol=tcp,FromPort=0,ToPort=65535,CidrIpv4=0.0.0.0/0}" >/dev/null`,
		"update network-tasks-from-internet", []string{"fromPort", "toPort"}},
	{"a tag added", `aws ec2 create-tags --tags Key=Owner,Value=someone --resources \
		$(aws ec2 describe-security-groups --filters Name=group-name,Values=threa-redis --query 'SecurityGroups[0].GroupId' --output text)`,
		"update network-redis", []string{"tags"}},
	{"an alarm deleted", `aws cloudwatch delete-alarms --alarm-names threa-cpu-high`, "create monitoring-cpu-high", nil},
	{"a parameter overwritten", `aws ssm put-parameter --overwrite --type SecureString --name /threa/database-url --value broken`,
		"update secrets-database-url", []string{"value"}},
	{"a log group's retention removed", `aws logs delete-retention-policy --log-group-name /ecs/threa`,
		"update monitoring-logs", []string{"retentionInDays"}},
	{"the desired count changed", `aws ecs update-service --cluster threa --service threa --desired-count 3 >/dev/null`,
		"update compute-service", []string{"desiredCount"}},
	{"a role's permissions widened", `aws iam put-role-policy --role-name threa-ecs-task --policy-name threa-ecs-task-exec --policy-document \
		'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'`, "update compute-task-exec", []string{"policy"}},
	{"a route deleted", `aws ec2 delete-route --destination-cidr-block 0.0.0.0/0 --route-table-id \
		$(aws ec2 describe-route-tables --filters Name=tag:Name,Values=threa-public --query 'RouteTables[0].RouteTableId' --output text)`,
		"create network-internet", nil},
}

// revertManualChanges makes all the changes. A preview must show each of them and nothing else, and an up must revert
// them. A new rule in a security group differs: it is not in the state, so a refresh shows it and recovery deletes it.
// It returns the number of changes.
func revertManualChanges(t *testing.T, s *sandbox) int {
	t.Helper()
	var scripts []string
	for _, change := range manualChanges {
		scripts = append(scripts, change.script)
	}
	s.shell(t, "set -e\n"+strings.Join(scripts, "\n"))
	steps := map[string][]string{} // properties that differ, by operation and name
	for _, step := range readJSON[plan](t, s, "preview", "--refresh", "--json").Steps {
		if step.Op != "same" && step.Op != "refresh" {
			steps[step.Op+" "+step.URN.Name()] = step.DiffReasons
		}
	}
	for _, change := range manualChanges {
		assert.Contains(t, steps, change.plan, "the preview does not show: %s", change.name)
		assert.Subset(t, steps[change.plan], change.properties, change.name)
		delete(steps, change.plan)
	}
	const newTasks = "replace compute-task" // the version of a parameter is part of the task definition
	assert.Equal(t, []string{"containerDefinitions"}, steps[newTasks], "the tasks read the parameter only when they start")
	delete(steps, newTasks)
	assert.Empty(t, steps, "the preview plans other changes")
	s.must(t, "up", "--refresh")
	expectNoChangesAfterRefresh(t, s)

	s.shell(t, `set -e
		group=$(aws ec2 describe-security-groups --filters Name=group-name,Values=threa-rds --query 'SecurityGroups[0].GroupId' --output text)
		aws ec2 authorize-security-group-ingress --group-id $group --protocol tcp --port 5432 --cidr 192.0.2.0/24`)
	assert.Contains(t, s.must(t, "preview", "--refresh", "--diff"), "192.0.2.0/24")
	policy := `--role-name threa-ecs-task --policy-name by-hand`
	s.shell(t, `exec aws iam put-role-policy `+policy+` --policy-document \
		'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'`)
	assertContains(t, s.threa(t, 4, "", "drift"), "a rule of network-rds that lets 192.0.2.0/24 in",
		"inline policy by-hand of the role threa-ecs-task. Remove it: `aws iam delete-role-policy "+policy+"`")
	s.shell(t, `exec aws iam delete-role-policy `+policy)
	out := s.threa(t, 0, "", "recover", "--yes")
	assert.Contains(t, out, "rule of network-rds that lets 192.0.2.0/24 in (protocol tcp, ports 5432 to 5432)")
	checkSecurityGroupRules(t, s)
	expectNoChanges(t, s)
	return len(manualChanges) + 1
}
