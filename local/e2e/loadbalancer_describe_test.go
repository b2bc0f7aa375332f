package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type loadBalancer struct{ LoadBalancerArn, DNSName string }

func describeLoadBalancer(t *testing.T, s *sandbox) loadBalancer {
	t.Helper()
	balancers := aws[[]loadBalancer](t, s, "elbv2", "describe-load-balancers", "--names", "threa", "--query",
		"LoadBalancers")
	require.Len(t, balancers, 1)
	return balancers[0]
}

type listener struct {
	Port           int
	Protocol       string
	SslPolicy      string
	Certificates   []struct{ CertificateArn string }
	DefaultActions []struct {
		Type, TargetGroupArn string
		RedirectConfig       struct{ Protocol, Port, StatusCode string }
	}
}

// describeListeners returns the listeners of the stack's load balancer, by port.
func describeListeners(t *testing.T, s *sandbox) map[int]listener {
	t.Helper()
	listeners := map[int]listener{}
	for _, listener := range aws[[]listener](t, s, "elbv2", "describe-listeners",
		"--load-balancer-arn", describeLoadBalancer(t, s).LoadBalancerArn, "--query", "Listeners") {
		listeners[listener.Port] = listener
	}
	return listeners
}

type targetGroup struct {
	TargetGroupArn, TargetType, HealthCheckPath string
	Port                                        int
	Matcher                                     struct{ HttpCode string }
}

func describeTargetGroup(t *testing.T, s *sandbox) targetGroup {
	t.Helper()
	groups := aws[[]targetGroup](t, s, "elbv2", "describe-target-groups", "--query", "TargetGroups")
	require.Len(t, groups, 1, "a replaced target group is deleted")
	return groups[0]
}

// hostedZone returns the ID of the user's hosted zone, with its prefix.
func hostedZone(t *testing.T, s *sandbox) string {
	t.Helper()
	return aws[string](t, s, "route53", "list-hosted-zones", "--query", "HostedZones[0].Id")
}

// checkIngressDeleted asserts that only the user's own zone and certificate exist.
func checkIngressDeleted(t *testing.T, s *sandbox) {
	t.Helper()
	for _, remaining := range s.list(t, []resourceQuery{
		{"elbv2", "describe-load-balancers", "LoadBalancers[].LoadBalancerName", ""},
		{"elbv2", "describe-target-groups", "TargetGroups[].TargetGroupName", ""},
		{"acm", "list-certificates", "CertificateSummaryList[?DomainName!='app.example.org'].DomainName", ""},
	}) {
		assert.Empty(t, remaining)
	}
	records := aws[[]string](t, s, "route53", "list-resource-record-sets", "--hosted-zone-id", hostedZone(t, s), "--query",
		"ResourceRecordSets[].Type")
	assert.Empty(t, slices.DeleteFunc(records, func(kind string) bool { return kind == "NS" || kind == "SOA" }))
}
