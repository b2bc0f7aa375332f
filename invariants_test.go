package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// toggles are the keys that change which resources there are or how they are wired, with every value to try. Keys that
// change only resources that the other one leaves alone go along with it: each key of its own doubles the time.
var toggles = []struct {
	key    string
	values []string
	along  map[string][]string
}{
	{key: "vpc", values: []string{"dedicated", "default", "vpc-0123456789abcdef0"}},
	{key: "enableRedis", values: []string{"true", "false"}},
	{key: "redisTls", values: []string{"true", "false"}},
	{key: "cacheEngine", values: []string{"redis", "valkey"}, along: map[string][]string{"enableExec": {"true", "false"}, "spotFallback": {"true", "false"}}},
	{key: "useSpot", values: []string{"true", "false"}, along: map[string][]string{
		"cpuArchitecture": {"x86_64", "arm64"}, "minCount": {"1", ""}, "maxCount": {"3", ""},
	}},
	{key: "multiAz", values: []string{"true", "false"}, along: map[string][]string{
		"redisNodes": {"2", "1"}, "dbReadReplica": {"true", "false"}, "sleepDatabase": {"false", "true"},
		"sleepSchedule": {"", "cron(0 20 ? * * *)"}, "wakeSchedule": {"", "cron(0 7 ? * * *)"},
		"dbEngineVersion": {"17", "16"},
	}},
	{key: "deletionProtection", values: []string{"true", "false"}},
	{key: "ingress", values: []string{"direct", "tunnel", "loadBalancer"}, along: map[string][]string{
		"domainName": {"", "app.example.com", "app.example.com"}, "hostedZoneId": {"", "", "Z0123456789ABC"},
	}},
	{key: "imageTag", values: []string{"v1", ""}},
	{key: "alarmEmail", values: []string{"ops@example.com", ""}},
}

// combinations calls f with every combination of the toggles.
func combinations(f func(given map[string]string)) {
	var choose func(i int, given map[string]string)
	choose = func(i int, given map[string]string) {
		if i == len(toggles) {
			f(maps.Clone(given))
			return
		}
		for n, value := range toggles[i].values {
			given["threa:"+toggles[i].key] = value
			for key, values := range toggles[i].along {
				given["threa:"+key] = values[n]
			}
			choose(i+1, given)
		}
	}
	choose(0, map[string]string{})
}

// invariant is a rule that holds for resources of some types in every configuration.
type invariant struct {
	name  string
	about func(mocks.Resource) bool
	holds func(mocks.Resource, map[string]string) error
}

// readReplica has nothing that the database does not have.
func readReplica(r mocks.Resource) bool { return r.Name == "database-replica" }

// but takes some resources out of those that a rule is about.
func but(not, about func(mocks.Resource) bool) func(mocks.Resource) bool {
	return func(r mocks.Resource) bool { return about(r) && !not(r) }
}

func ofType(tokens ...string) func(mocks.Resource) bool {
	return func(r mocks.Resource) bool { return slices.Contains(tokens, r.Type) }
}

func custom(r mocks.Resource) bool { return r.Request.GetCustom() }

// untaggable are the types that take no tags.
var untaggable = []string{
	mocks.Stash,
	"aws:appautoscaling/policy:Policy", "aws:cloudwatch/dashboard:Dashboard", "aws:cloudwatch/eventTarget:EventTarget", "aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
	"aws:iam/rolePolicy:RolePolicy", "aws:sns/topicSubscription:TopicSubscription",
	"aws:acm/certificateValidation:CertificateValidation", "aws:route53/record:Record",
	"aws:scheduler/schedule:Schedule",
}

// unbounded are the actions that IAM cannot tie to a resource.
var unbounded = []string{
	"ecr:GetAuthorizationToken", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
	"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
}

var invariants = []invariant{
	{"every resource belongs to a component", custom, func(r mocks.Resource, _ map[string]string) error {
		if !strings.Contains(r.Request.GetParent(), "threa:") {
			return fmt.Errorf("its parent is %q", r.Parent())
		}
		return nil
	}},
	{"every resource that takes tags has the stack's", func(r mocks.Resource) bool {
		return custom(r) && !slices.Contains(untaggable, r.Type)
	}, func(r mocks.Resource, _ map[string]string) error {
		for key, want := range map[string]string{"Project": "threa", "Environment": "prod", "ManagedBy": "pulumi"} {
			if got := r.Text("tags." + key); got != want {
				return fmt.Errorf("tag %s is %q", key, got)
			}
		}
		return nil
	}},
	{"every resource has a price or is free", custom, func(r mocks.Resource, _ map[string]string) error {
		return priced(r)
	}},
	{"the database is private and encrypted", ofType("aws:rds/instance:Instance"), func(r mocks.Resource, _ map[string]string) error {
		return wants(r, map[string]string{"publiclyAccessible": "false", "storageEncrypted": "true"})
	}},
	{"a read replica can be switched off at any time", readReplica, func(r mocks.Resource, _ map[string]string) error {
		if r.Request.GetProtect() {
			return fmt.Errorf("it is protected")
		}
		return wants(r, map[string]string{"deletionProtection": "false", "skipFinalSnapshot": "true"})
	}},
	{"one key protects the database and the images in Pulumi", but(readReplica, ofType("aws:rds/instance:Instance", "aws:ecr/repository:Repository")), func(r mocks.Resource, given map[string]string) error {
		if fmt.Sprint(r.Request.GetProtect()) != given["threa:deletionProtection"] {
			return fmt.Errorf("protect is %v", r.Request.GetProtect())
		}
		return nil
	}},
	{"the same key protects the database in RDS", but(readReplica, ofType("aws:rds/instance:Instance")), func(r mocks.Resource, given map[string]string) error {
		return wants(r, map[string]string{"deletionProtection": given["threa:deletionProtection"]})
	}},
	{"the cache is encrypted", ofType("aws:elasticache/replicationGroup:ReplicationGroup"), func(r mocks.Resource, given map[string]string) error {
		if given["threa:redisTls"] == "true" && !r.IsSecret("authToken") {
			return fmt.Errorf("its token is missing or in the clear")
		}
		return wants(r, map[string]string{"atRestEncryptionEnabled": "true", "transitEncryptionEnabled": given["threa:redisTls"]})
	}},
	{"a cache of several nodes fails over to another zone, one node cannot", ofType("aws:elasticache/replicationGroup:ReplicationGroup"), func(r mocks.Resource, given map[string]string) error {
		several := fmt.Sprint(given["threa:redisNodes"] != "1")
		return wants(r, map[string]string{"automaticFailoverEnabled": several, "multiAzEnabled": several})
	}},
	{"parameters are encrypted", ofType("aws:ssm/parameter:Parameter"), func(r mocks.Resource, _ map[string]string) error {
		if r.Name == "claim-stack" {
			return nil
		}
		if !r.IsSecret("value") {
			return fmt.Errorf("its value is in the clear")
		}
		return wants(r, map[string]string{"type": "SecureString"})
	}},
	{"no secret stands anywhere in the clear", custom, func(r mocks.Resource, _ map[string]string) error {
		for key, value := range r.Inputs {
			for name, secret := range map[string]string{"password": mocks.Password, "tunnel's token": mocks.TunnelToken} {
				if !value.ContainsSecrets() && strings.Contains(fmt.Sprint(value.V), secret) {
					return fmt.Errorf("%s holds the %s", key, name)
				}
			}
		}
		return nil
	}},
	{"the tunnel's token reaches its connector, and nothing else", ofType("aws:ecs/taskDefinition:TaskDefinition"), func(r mocks.Resource, given map[string]string) error {
		return tokenInOnePlace(r.Text("containerDefinitions"), given["threa:ingress"] == "tunnel")
	}},
	{"only the way in is open to the internet, and with a tunnel nothing", ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), func(r mocks.Resource, given map[string]string) error {
		if r.Text("cidrIpv4") == "" && r.Text("referencedSecurityGroupId") == "network-ecs-tasks-id" {
			return nil
		}
		switch given["threa:ingress"] {
		case "tunnel":
			return fmt.Errorf("it opens port %s", r.Text("fromPort"))
		case "direct":
			return wants(r, map[string]string{"securityGroupId": "network-ecs-tasks-id", "fromPort": "3000", "toPort": "3000"})
		}
		if r.Text("cidrIpv4") == "" {
			return wants(r, map[string]string{
				"securityGroupId": "network-ecs-tasks-id", "fromPort": "3000", "toPort": "3000", "referencedSecurityGroupId": "network-load-balancer-id"})
		}
		if r.Text("fromPort") != "80" && r.Text("fromPort") != "443" {
			return fmt.Errorf("port %s is open", r.Text("fromPort"))
		}
		return wants(r, map[string]string{"securityGroupId": "network-load-balancer-id", "toPort": r.Text("fromPort")})
	}},
	{"only the tasks may go out, and a load balancer to them", ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"), func(r mocks.Resource, _ map[string]string) error {
		if r.Text("securityGroupId") == "network-load-balancer-id" {
			return wants(r, map[string]string{"referencedSecurityGroupId": "network-ecs-tasks-id", "fromPort": "3000", "toPort": "3000"})
		}
		return wants(r, map[string]string{"securityGroupId": "network-ecs-tasks-id"})
	}},
	{"the key that protects the database protects the load balancer", ofType("aws:lb/loadBalancer:LoadBalancer"), func(r mocks.Resource, given map[string]string) error {
		if fmt.Sprint(r.Request.GetProtect()) != given["threa:deletionProtection"] {
			return fmt.Errorf("protect is %v", r.Request.GetProtect())
		}
		return wants(r, map[string]string{"enableDeletionProtection": given["threa:deletionProtection"]})
	}},
	{"no request reaches the tasks unencrypted from the internet through a load balancer", ofType("aws:lb/listener:Listener"), func(r mocks.Resource, _ map[string]string) error {
		if r.Text("port") == "80" {
			return wants(r, map[string]string{"defaultActions[0].type": "redirect", "defaultActions[0].redirect.protocol": "HTTPS"})
		}
		return wants(r, map[string]string{"port": "443", "protocol": "HTTPS", "defaultActions[0].type": "forward"})
	}},
	{"no policy grants more than it names", ofType("aws:iam/rolePolicy:RolePolicy"), func(r mocks.Resource, _ map[string]string) error {
		return checkPolicy(r.Text("policy"))
	}},
	{"roles trust services that act for this account only", ofType("aws:iam/role:Role"), func(r mocks.Resource, _ map[string]string) error {
		source := map[string]string{ // what acts may be, by the service that takes the role for it
			"ecs-tasks": "arn:aws:ecs:eu-central-1:123456789012:*", "scheduler": "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default",
			"states": "arn:aws:states:eu-central-1:123456789012:stateMachine:threa-", "events": "arn:aws:events:eu-central-1:123456789012:rule/threa-",
		}
		_, rest, _ := strings.Cut(r.Text("assumeRolePolicy"), `"Service":"`)
		service, _, _ := strings.Cut(rest, ".amazonaws.com")
		for _, part := range []string{`"aws:SourceAccount":"123456789012"`, `"aws:SourceArn":"` + source[service]} {
			if !strings.Contains(r.Text("assumeRolePolicy"), part) {
				return fmt.Errorf("%s is missing", part)
			}
		}
		return nil
	}},
	{"on-demand tasks stand in for Spot unless told otherwise", ofType("aws:ecs/service:Service"), func(r mocks.Resource, given map[string]string) error {
		wanted := given["threa:useSpot"] == "true" && given["threa:spotFallback"] == "true"
		if r.Name == "compute-standby" && !wanted {
			return fmt.Errorf("nobody asked for it")
		}
		return nil
	}},
	{"the service waits for capacity and grants", ofType("aws:ecs/service:Service"), func(r mocks.Resource, _ map[string]string) error {
		dependencies := strings.Join(r.Request.GetDependencies(), " ")
		for _, name := range []string{"compute-capacity", "compute-execution-image", "compute-execution-ssm"} {
			if !strings.Contains(dependencies, "::"+name) {
				return fmt.Errorf("it does not depend on %s", name)
			}
		}
		return nil
	}},
	{"a failed deployment goes back", ofType("aws:ecs/service:Service"), func(r mocks.Resource, _ map[string]string) error {
		return wants(r, map[string]string{
			"deploymentCircuitBreaker.enable": "true", "deploymentCircuitBreaker.rollback": "true", "waitForSteadyState": "true",
		})
	}},
	{"it is known what replaces a resource", isAWS, checkMeasured},
	{"a replacement survives the deletion of the old resource", isOverwritten, checkOverwrite},
	{"a parameter group is deleted after the upgrade", ofType("aws:rds/parameterGroup:ParameterGroup"), checkUpgrade},
	{
		"a policy added by hand does not stop a destroy", ofType("aws:iam/role:Role"),
		func(r mocks.Resource, _ map[string]string) error {
			return wants(r, map[string]string{"forceDetachPolicies": "true"})
		},
	},
}

// tokenInOnePlace wants the token's parameter as a secret of the connector alone, or nowhere.
func tokenInOnePlace(definitions string, tunnel bool) error {
	var containers []struct {
		Name    string
		Secrets []struct{ Name, ValueFrom string }
	}
	if err := json.Unmarshal([]byte(definitions), &containers); err != nil {
		return err
	}
	var holders []string
	for _, c := range containers {
		for _, secret := range c.Secrets {
			if strings.HasSuffix(secret.ValueFrom, "/tunnel-token") {
				holders = append(holders, c.Name+" "+secret.Name)
			}
		}
	}
	var want []string
	if tunnel {
		want = []string{"cloudflared TUNNEL_TOKEN"}
	}
	if !slices.Equal(want, holders) || strings.Count(definitions, "tunnel-token") != len(want) {
		return fmt.Errorf("%v have it", holders)
	}
	return nil
}

func TestInvariantsHoldInEveryCombinationOfTheToggles(t *testing.T) {
	matched, changes := make([]int, len(invariants)), newReplaced()
	combinations(func(given map[string]string) {
		if t.Failed() {
			return // the first combination that fails is enough to read
		}
		all := maps.Clone(running)
		all["threa:tunnelToken"] = mocks.TunnelToken
		maps.Copy(all, given)
		o := options(t, "prod", all)
		o.AWS.VPCs = []mocks.VPC{existingVPC("vpc-0fedcba9876543210", true), existingVPC("vpc-0123456789abcdef0", false)}
		recording := mocks.MustRun(t, deploy, o)
		for _, r := range recording.All() {
			changes.add(r)
		}
		for i, rule := range invariants {
			for _, one := range slices.DeleteFunc(recording.All(), func(r mocks.Resource) bool { return !rule.about(r) }) {
				matched[i]++
				assert.NoError(t, rule.holds(one, given), "%s: %s %s with %v", rule.name, one.Type, one.Name, given)
			}
		}
	})
	for i, rule := range invariants {
		require.Positive(t, matched[i], "%s: the rule found nothing to hold for", rule.name)
	}
	changes.check(t)
}
