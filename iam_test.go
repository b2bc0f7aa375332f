package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

// call is an API call that has to succeed for a task to run, and the widest grant that it justifies.
type call struct {
	action, resource string
	grant            string // resource of the grant, where that is not the resource of the call
}

// taskDefinition is what ECS acts on, as far as it needs grants.
type taskDefinition []struct {
	Name             string
	Image            string
	Secrets          []struct{ Name, ValueFrom string }
	LogConfiguration struct{ Options map[string]string }
}

// agentCalls are the calls of the ECS agent for a task. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func agentCalls(containers taskDefinition) []call {
	calls := []call{{action: "ecr:GetAuthorizationToken", resource: "*"}}
	for _, c := range containers {
		registry, image, _ := strings.Cut(c.Image, "/")
		name := image[:strings.IndexAny(image, ":@")]
		if host := strings.Split(registry, "."); len(host) > 3 { // account.dkr.ecr.region.amazonaws.com, or a public image
			repository := fmt.Sprintf("arn:aws:ecr:%s:%s:repository/%s", host[3], host[0], name)
			actions := []string{"BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"}
			if c.Name == naming.ContainerTunnel { // through a pull-through cache
				actions = append(actions, "BatchImportUpstreamImage")
			}
			for _, action := range actions {
				calls = append(calls, call{action: "ecr:" + action, resource: repository})
			}
		}
		logs := c.LogConfiguration.Options
		group := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s:", logs["awslogs-region"], mocks.Account, logs["awslogs-group"])
		stream := "log-stream:" + path.Join(logs["awslogs-stream-prefix"], c.Name, "0123456789abcdef0123456789abcdef")
		for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
			calls = append(calls, call{action: action, resource: group + stream, grant: group + "*"})
		}
		for _, secret := range c.Secrets {
			// The widest grant is the stack's path: after a rollback, former tasks need the secrets that were removed.
			prefix := "arn:aws:ssm:" + here + ":parameter/"
			stack, _, _ := strings.Cut(strings.TrimPrefix(secret.ValueFrom, prefix), "/")
			calls = append(calls, call{action: "ssm:GetParameters", resource: secret.ValueFrom, grant: prefix + stack + "/*"})
		}
	}
	return calls
}

// shellCalls are the calls of ECS Exec in a task. Sources:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html and
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-logging.html
func shellCalls(stack string) (calls []call) {
	for _, action := range []string{"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel", "logs:DescribeLogGroups"} {
		calls = append(calls, call{action: action, resource: "*"})
	}
	group := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:/ecs/%s/exec:", mocks.Region, mocks.Account, stack)
	for _, action := range []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"} {
		calls = append(calls, call{action, group + "log-stream:ecs-execute-command-0123456789abcdef0", group + "*"})
	}
	return calls
}

// grantConfigurations are those that change what the roles need, over the one of a running app.
var grantConfigurations = []struct {
	stack string
	given map[string]string
}{
	{"prod", set("imageTag=")},
	{"prod", set("enablePgvector=true", "migrateCommand=bun run migrate")},
	{"prod", set("enableExec=false", "enableRedis=false", "imageTag=sha256:"+strings.Repeat("a", 64))},
	{"prod", set("appSecrets=", `appSecretValues={"WORKOS_API_KEY":"a","WORKOS_COOKIE_PASSWORD":"b"}`)},
	{"prod", set("ingress=tunnel", "tunnelToken="+fixtures.TunnelToken)},
	{"prod", set("ingress=tunnel", "tunnelToken="+fixtures.TunnelToken,
		"tunnelImage="+mocks.Account+".dkr.ecr.eu-west-1.amazonaws.com/docker-hub/cloudflare/cloudflared:2026.9.3")},
	{"prod", set(
		"minCount=1", "maxCount=3", "sleepAt=20:00", "wakeAt=07:00",
		"sleepDatabase=true",
	)},
	{"budget", set("sleepAt=20:00", "wakeAt=07:00")},
	{"budget", nil},
	{"budget", set("enableRedis=true", "enableExec=false")},
}

// identity is a role with its policies and the calls that it must be able to make.
type identity struct {
	role     mocks.Resource
	granted  *iamtest.Policies
	expected []call
	// service takes the role when a resource acts, in the account and the region of its ARN.
	service, source string
}

// identities reads the roles out of a recording, by what names them: the task definition, and what scales.
func identities(t *testing.T, stack *mocks.Recording) map[string]identity {
	t.Helper()
	task := stack.Only(t, "aws:ecs/taskDefinition:TaskDefinition")
	var containers taskDefinition
	require.NoError(t, json.Unmarshal([]byte(task.Text("containerDefinitions")), &containers))
	shell := shellCalls(task.Text("family"))
	if stack.Named(t, "aws:ecs/service:Service", "compute-service").Text("enableExecuteCommand") != "true" {
		shell = nil
	}
	all := map[string]identity{
		"agent": identityOf(t, stack, task.Text("executionRoleArn"), agentCalls(containers)),
		"app":   identityOf(t, stack, task.Text("taskRoleArn"), shell),
	}
	maps.Copy(all, scalingIdentities(t, stack))
	require.Len(t, stack.OfType("aws:iam/role:Role"), len(all), "a role that nothing uses")
	for _, row := range stack.All() {
		if strings.HasPrefix(row.Type, "aws:iam/") {
			require.Contains(t, []string{roleType, "aws:iam/rolePolicy:RolePolicy"}, row.Type, "another way to a grant")
		}
	}
	return all
}

func identityOf(t *testing.T, stack *mocks.Recording, arn string, expected []call) identity {
	t.Helper()
	var policies []string
	for _, row := range stack.OfType("aws:iam/rolePolicy:RolePolicy") {
		if strings.HasSuffix(arn, ":role/"+row.Text("role")) {
			policies = append(policies, row.Text("policy"))
		}
	}
	granted, err := iamtest.Parse(policies...)
	require.NoError(t, err)
	for _, role := range stack.OfType("aws:iam/role:Role") {
		if strings.HasSuffix(arn, ":role/"+role.Text("name")) {
			require.Empty(t, role.Text("inlinePolicies")+role.Text("managedPolicyArns"), "another way to a grant")
			return identity{
				role: role, granted: granted, expected: expected,
				service: "ecs-tasks.amazonaws.com", source: "arn:aws:ecs:" + here + ":task/threa/0123456789abcdef",
			}
		}
	}
	require.Failf(t, "no such role", arn)
	return identity{}
}

// TestRoles checks every role in every configuration against AWS's list of actions and the resources that they take.
func TestRoles(t *testing.T) {
	actions := fixtures.Actions(t, "testdata/iam-actions.txt")
	for i, row := range grantConfigurations {
		given := with(row.given)
		o := options(t, row.stack, given)
		o.Secrets = append(slices.Clone(o.Secrets), "threa:appSecretValues")
		recording := mocks.MustRun(t, deploy, o)
		for name, who := range identities(t, recording) {
			t.Run(fmt.Sprintf("%s %d %s", row.stack, i, name), func(t *testing.T) {
				t.Run("AllowNeededCalls", func(t *testing.T) { allowNeededCalls(t, actions, who) })
				t.Run("GrantNothingElse", func(t *testing.T) { grantNothingElse(t, actions, who) })
				t.Run("TrustOnlyThisAccount", func(t *testing.T) { trustOnlyThisAccount(t, who) })
			})
		}
	}
}

func allowNeededCalls(t *testing.T, actions map[string][]string, who identity) {
	for _, needed := range who.expected {
		require.Contains(t, actions, needed.action)
		allowed, err := who.granted.Allows(iamtest.Request{Action: needed.action, Resource: needed.resource})
		require.NoError(t, err)
		assert.True(t, allowed, "%+v", needed)
	}
}

func grantNothingElse(t *testing.T, actions map[string][]string, who identity) {
	justified := map[string]bool{}
	for _, needed := range who.expected {
		if needed.grant == "" {
			needed.grant = needed.resource
		}
		justified[needed.action+" on "+needed.grant] = true
	}
	for _, grant := range who.granted.Grants() {
		types, known := actions[grant.Action]
		assert.True(t, known, "%s is not an action of AWS, or it is a pattern that grants future actions", grant.Action)
		assert.True(t, justified[grant.Action+" on "+grant.Resource], "nothing needs %s on %s", grant.Action, grant.Resource)
		assert.True(t, grant.Resource != "*" || len(types) == 0, "%s could be tied to %v", grant.Action, types)
	}
}

// here is the region and account of the mocks in an ARN.
const here = mocks.Region + ":" + mocks.Account

func trustOnlyThisAccount(t *testing.T, who identity) {
	for _, row := range []struct {
		service, account, region string
		want                     bool
	}{
		{who.service, mocks.Account, mocks.Region, true},
		{who.service, "999999999999", mocks.Region, false},
		{who.service, mocks.Account, "ap-south-1", false},
		{"ecs.amazonaws.com", mocks.Account, mocks.Region, false},
		{"ec2.amazonaws.com", mocks.Account, mocks.Region, false},
	} {
		trusted, err := iamtest.Trusts(who.role.Text("assumeRolePolicy"), row.service, map[string]string{
			"aws:SourceAccount": row.account,
			"aws:SourceArn":     strings.Replace(who.source, here, row.region+":"+row.account, 1),
		})
		require.NoError(t, err)
		assert.Equal(t, row.want, trusted, "%+v", row)
	}
}
