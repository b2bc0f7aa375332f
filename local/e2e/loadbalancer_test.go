package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/local/shim"
)

// TestIngress_SwitchesLoadBalancer adds a load balancer to a running, protected stack, changes its target group, and
// removes it. Each step depends on the one before.
func TestIngress_SwitchesLoadBalancer(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	runSteps(t, s, []step[*sandbox]{
		{"a load balancer with the user's certificate", enableLoadBalancer},
		{"only the load balancer reaches the tasks", checkLoadBalancer},
		{"a domain gets a certificate and a record", setDomain},
		{"another port replaces the target group", changePort},
		{"the task reports its load balancer", runLoadBalancedTask},
		{"a protected load balancer cannot be deleted", refuseProtectedDeletion},
		{"without protection it is deleted", disableLoadBalancer},
		{"it is created again and destroyed", reenableLoadBalancer},
	})
}

// checkServiceKept asserts that a preview has the wanted operations, updates the service and keeps what holds data.
func checkServiceKept(t *testing.T, s *sandbox, wanted ...string) {
	t.Helper()
	operations := s.operations(t)
	assert.Subset(t, operations, append(wanted, "update compute-service"))
	for _, operation := range operations {
		for _, name := range []string{"database-instance", "cache-group", "compute-repository", "network-ecs-tasks"} {
			assert.NotContains(t, operation, name)
		}
		if strings.HasSuffix(operation, " compute-service") {
			assert.Equal(t, "update compute-service", operation)
		}
	}
}

func enableLoadBalancer(t *testing.T, s *sandbox) {
	s.setAppVariables(t)
	s.set(t, "imageTag", shim.LocalImage)
	s.must(t, "up")
	certificate := aws[string](t, s, "acm", "request-certificate", "--domain-name", "app.example.org", "--query",
		"CertificateArn")
	s.set(t, "ingress", "loadBalancer")
	assert.Contains(t, s.fails(t, "preview"),
		"threa:certificateArn is not set: ingress loadBalancer requires certificateArn, or domainName and hostedZoneId")
	s.set(t, "certificateArn", certificate[:len(certificate)-1]+"x")
	assert.Contains(t, s.fails(t, "preview"), "but the account 123456789012 has no such certificate in eu-central-1")
	s.set(t, "certificateArn", certificate)
	checkServiceKept(t, s, "create ingress-load-balancer", "delete network-tasks-from-internet")
	s.must(t, "up")
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func checkLoadBalancer(t *testing.T, s *sandbox) {
	rules := securityGroupRules(t, s)
	assert.Subset(t, rules, []string{
		"threa-load-balancer from 0.0.0.0/0 443", "threa-load-balancer from 0.0.0.0/0 80",
		"threa-load-balancer to threa-ecs-tasks 3000",
		"threa-ecs-tasks from threa-load-balancer 3000", "threa-ecs-tasks to 0.0.0.0/0 all",
	})
	assert.Len(t, rules, 7, "five rules and those of the database and the cache: %v", rules)

	balancer := describeLoadBalancer(t, s)
	type attribute struct{ Key, Value string }
	attributes := aws[[]attribute](t, s, "elbv2", "describe-load-balancer-attributes", "--load-balancer-arn",
		balancer.LoadBalancerArn,
		"--query", "Attributes")
	assert.Subset(t, attributes, []attribute{
		{"idle_timeout.timeout_seconds", "60"}, {"deletion_protection.enabled", "true"},
		{"routing.http.drop_invalid_header_fields.enabled", "true"},
	})
	ports := describeListeners(t, s)
	https, http := ports[443], ports[80]
	assert.Equal(t, "HTTPS ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", https.Protocol+" "+https.SslPolicy)
	require.Len(t, http.DefaultActions, 1)
	redirect := http.DefaultActions[0].RedirectConfig
	assert.Equal(t, "redirect HTTPS 443 HTTP_301",
		http.DefaultActions[0].Type+" "+redirect.Protocol+" "+redirect.Port+" "+redirect.StatusCode)

	group := describeTargetGroup(t, s)
	assert.Equal(t, group.TargetGroupArn, https.DefaultActions[0].TargetGroupArn)
	assert.Equal(t, "ip /health 200", group.TargetType+" "+group.HealthCheckPath+" "+group.Matcher.HttpCode)
	assert.Equal(t, []map[string]any{{"targetGroupArn": group.TargetGroupArn, "containerName": "threa",
		"containerPort": 3000.0}}, describeService(t, s).LoadBalancers)
	assert.Equal(t, 1, describeService(t, s).DesiredCount)

	outputs := s.outputs(t)
	assert.Equal(t, balancer.DNSName, outputs["loadBalancerDnsName"])
	assert.Equal(t, "https://"+balancer.DNSName, outputs["url"])
	watched := aws[[]string](t, s, "cloudwatch", "describe-alarms", "--query",
		"MetricAlarms[?Namespace=='AWS/ApplicationELB'].Dimensions[] | [?Name=='LoadBalancer'].Value")
	require.Len(t, watched, 4)
	for _, name := range watched {
		assert.True(t, strings.HasSuffix(balancer.LoadBalancerArn, ":loadbalancer/"+name), name)
	}
}

func setDomain(t *testing.T, s *sandbox) {
	zone := aws[string](t, s, "route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "e2e",
		"--query", "HostedZone.Id")
	s.unset(t, "certificateArn")
	s.set(t, "hostedZoneId", zone[strings.LastIndex(zone, "/")+1:], "domainName", "app.example.org")
	assert.Contains(t, s.fails(t, "preview"),
		`threa:domainName is "app.example.org", which does not belong to the zone example.com`)
	s.set(t, "domainName", "app.example.com")
	s.must(t, "up")

	records := aws[[]struct {
		Name, Type  string
		AliasTarget struct{ DNSName string }
	}](t, s, "route53", "list-resource-record-sets", "--hosted-zone-id", zone, "--query", "ResourceRecordSets")
	var aliases, proofs []string
	for _, record := range records {
		switch record.Type {
		case "A":
			aliases = append(aliases, record.Name+" "+strings.TrimSuffix(record.AliasTarget.DNSName, "."))
		case "CNAME":
			proofs = append(proofs, record.Name)
		}
	}
	assert.Equal(t, []string{"app.example.com. " + describeLoadBalancer(t, s).DNSName}, aliases)
	require.Len(t, proofs, 1)
	assert.Regexp(t, `^_[0-9a-z]+\.app\.example\.com\.$`, proofs[0])
	certificate := describeListeners(t, s)[443].Certificates[0].CertificateArn
	assert.Equal(t, "app.example.com ISSUED",
		strings.Join(aws[[]string](t, s, "acm", "describe-certificate", "--certificate-arn", certificate,
			"--query", "[Certificate.DomainName,Certificate.Status]"), " "))
	assert.Equal(t, "https://app.example.com", s.outputs(t)["url"])
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func changePort(t *testing.T, s *sandbox) {
	before := describeTargetGroup(t, s)
	s.set(t, "containerPort", "8080")
	checkServiceKept(t, s, "replace ingress-tasks", "update ingress-https")
	s.must(t, "up")
	after := describeTargetGroup(t, s)
	assert.NotEqual(t, before.TargetGroupArn, after.TargetGroupArn)
	assert.Equal(t, 8080, after.Port)
	assert.Equal(t, after.TargetGroupArn, describeListeners(t, s)[443].DefaultActions[0].TargetGroupArn)
	assert.Equal(t, "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", describeListeners(t, s)[443].SslPolicy)
	assert.Equal(t, []map[string]any{{"targetGroupArn": after.TargetGroupArn, "containerName": "threa",
		"containerPort": 8080.0}}, describeService(t, s).LoadBalancers)
	assert.Contains(t, securityGroupRules(t, s), "threa-load-balancer to threa-ecs-tasks 8080")
	expectNoChanges(t, s)
}

func runLoadBalancedTask(t *testing.T, s *sandbox) {
	task := startTask(t, s)
	group := describeTargetGroup(t, s).TargetGroupArn
	name := strings.Split(group, "/")[1]
	assertContains(t, task.log(), "Target group "+name+": sticky by lb_cookie for 86400 seconds; a task that stops "+
		"gets no new requests for 40 seconds "+
		"(deregistration delay), then SIGTERM, and SIGKILL after 60 seconds", "from sg-")
	assert.Equal(t, 200, task.get(t, "/health", nil))
	assert.Zero(t, task.stop(syscall.SIGTERM), task.log())
}

func refuseProtectedDeletion(t *testing.T, s *sandbox) {
	s.unset(t, "ingress", "domainName", "hostedZoneId")
	out := s.fails(t, "up")
	assertContains(t, out, "would be deleted, but it is protected",
		"pulumi config set --stack prod deletionProtection false")
	assert.NotEmpty(t, describeService(t, s).LoadBalancers, "the load balancer is kept")
}

func disableLoadBalancer(t *testing.T, s *sandbox) {
	zone := hostedZone(t, s)
	s.set(t, "ingress", "loadBalancer", "domainName", "app.example.com", "hostedZoneId",
		zone[strings.LastIndex(zone, "/")+1:])
	s.set(t, "deletionProtection", "false")
	s.must(t, "up")
	s.unset(t, "ingress", "domainName", "hostedZoneId")
	checkServiceKept(t, s, "delete ingress-load-balancer", "delete ingress-name", "create network-tasks-from-internet")
	s.must(t, "up")

	assert.Empty(t, describeService(t, s).LoadBalancers)
	assert.Contains(t, securityGroupRules(t, s), "threa-ecs-tasks from 0.0.0.0/0 8080")
	assert.NotContains(t, strings.Join(securityGroupRules(t, s), "\n"), "load-balancer")
	assert.NotContains(t, s.outputs(t), "url")
	checkIngressDeleted(t, s)
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func reenableLoadBalancer(t *testing.T, s *sandbox) {
	zone := hostedZone(t, s)
	s.set(t, "ingress", "loadBalancer", "domainName", "app.example.com", "hostedZoneId",
		zone[strings.LastIndex(zone, "/")+1:])
	s.must(t, "up")
	assert.Len(t, describeService(t, s).LoadBalancers, 1)
	assert.Equal(t, 120, describeService(t, s).HealthCheckGracePeriodSeconds,
		"the grace period is set with the load balancer")
	expectNoChanges(t, s)
	s.must(t, "destroy")
	checkDestroyed(t, s)
	checkIngressDeleted(t, s)
	scope := pipeline
	scope.Zone = zone[strings.LastIndex(zone, "/")+1:]
	checkScopedRole(t, s, scope, deployrole.Deploy, "elasticloadbalancing:CreateLoadBalancer",
		"elasticloadbalancing:DeleteTargetGroup", "acm:RequestCertificate", "route53:ChangeResourceRecordSets")
}
