package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drift is a change that someone makes in AWS by hand.
type drift struct {
	name, script string
	// plan is the step of the preview that mends it, as "operation resource", and the properties that it names.
	plan       string
	properties []string
}

// drifts are all mended by an up. The desired count is among them: this version of the program owns it.
var drifts = []drift{
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
	{"logs kept for ever", `aws logs delete-retention-policy --log-group-name /ecs/threa`, "update monitoring-logs", []string{"retentionInDays"}},
	{"the desired count changed", `aws ecs update-service --cluster threa --service threa --desired-count 3 >/dev/null`,
		"update compute-service", []string{"desiredCount"}},
	{"a role allowed everything", `aws iam put-role-policy --role-name threa-ecs-task --policy-name threa-ecs-task-exec --policy-document \
		'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'`, "update compute-task-exec", []string{"policy"}},
	{"a route deleted", `aws ec2 delete-route --destination-cidr-block 0.0.0.0/0 --route-table-id \
		$(aws ec2 describe-route-tables --filters Name=tag:Name,Values=threa-public --query 'RouteTables[0].RouteTableId' --output text)`,
		"create network-internet", nil},
}

// behindOurBack makes all the changes, wants each of them named by a preview, and nothing else, and mended by an up. A
// rule that is new in a security group is different: the program knows nothing of it, so that a refresh shows it and
// recovery deletes it. It returns how many changes there were.
func behindOurBack(t *testing.T, s *sandbox) int {
	t.Helper()
	var scripts []string
	for _, one := range drifts {
		scripts = append(scripts, one.script)
	}
	s.shell(t, "set -e\n"+strings.Join(scripts, "\n"))
	steps := plannedSteps(t, s)
	for _, one := range drifts {
		reasons, planned := steps[one.plan]
		assert.True(t, planned, "%s: the preview does not say %q", one.name, one.plan)
		for _, property := range one.properties {
			assert.Contains(t, reasons, property, one.name)
		}
		delete(steps, one.plan)
	}
	assert.Empty(t, steps, "the preview plans what nobody has changed")
	s.must(t, "up", "--refresh")
	s.must(t, "preview", "--refresh", "--expect-no-changes")

	s.shell(t, `set -e
		group=$(aws ec2 describe-security-groups --filters Name=group-name,Values=threa-rds --query 'SecurityGroups[0].GroupId' --output text)
		aws ec2 authorize-security-group-ingress --group-id $group --protocol tcp --port 5432 --cidr 192.0.2.0/24`)
	assert.Contains(t, s.must(t, "preview", "--refresh", "--diff"), "192.0.2.0/24")
	out := s.threa(t, "recover", "--yes")
	assert.Contains(t, out, "rule of network-rds that lets 192.0.2.0/24 in (protocol tcp, ports 5432 to 5432)")
	lookAtRules(t, s)
	nothingToDo(t, s)
	return len(drifts) + 1
}

// plannedSteps are what a preview after a refresh would do, with the properties that differ.
func plannedSteps(t *testing.T, s *sandbox) map[string][]string {
	t.Helper()
	text, err := s.command("preview", "--refresh", "--json").Output()
	require.NoError(t, err, "%s", text)
	var preview struct {
		Steps []struct {
			Op, URN     string
			DiffReasons []string
		}
	}
	require.NoError(t, json.Unmarshal(text, &preview))
	steps := map[string][]string{}
	for _, step := range preview.Steps {
		if step.Op != "same" && step.Op != "refresh" {
			steps[step.Op+" "+step.URN[strings.LastIndex(step.URN, "::")+2:]] = step.DiffReasons
		}
	}
	return steps
}

// threa runs the project's own command as on AWS: with the pulumi and the settings of the environment.
func (s *sandbox) threa(t *testing.T, args ...string) string {
	t.Helper()
	out := s.shell(t, `exec "$@"`, append([]string{threa}, args...)...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed.WriteString(out)
	return out
}
