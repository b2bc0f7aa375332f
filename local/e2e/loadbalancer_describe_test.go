package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// loadBalancer is a load balancer as ELB describes it.
type loadBalancer struct {
	LoadBalancerArn, DNSName, Type string
	AvailabilityZones              []struct{ ZoneName string }
}

func describeLoadBalancer(t *testing.T, s *sandbox) loadBalancer {
	t.Helper()
	all := aws[[]loadBalancer](t, s, "elbv2", "describe-load-balancers", "--names", "threa", "--query", "LoadBalancers")
	require.Len(t, all, 1)
	return all[0]
}

// describeAttributes returns the attributes of a load balancer or a target group.
func describeAttributes(t *testing.T, s *sandbox, question, option, arn string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, one := range aws[[]struct{ Key, Value string }](t, s, "elbv2", question, option, arn, "--query", "Attributes") {
		all[one.Key] = one.Value
	}
	return all
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
	all := map[int]listener{}
	for _, one := range aws[[]listener](t, s, "elbv2", "describe-listeners", "--load-balancer-arn", describeLoadBalancer(t, s).LoadBalancerArn, "--query", "Listeners") {
		all[one.Port] = one
	}
	return all
}

type targetGroup struct {
	TargetGroupArn, TargetType, HealthCheckPath string
	Port                                        int
	Matcher                                     struct{ HttpCode string }
}

func describeTargetGroup(t *testing.T, s *sandbox) targetGroup {
	t.Helper()
	all := aws[[]targetGroup](t, s, "elbv2", "describe-target-groups", "--query", "TargetGroups")
	require.Len(t, all, 1, "a replaced target group is deleted")
	return all[0]
}

// serviceLoadBalancers returns the service's load balancers: container, port and target group.
func serviceLoadBalancers(t *testing.T, s *sandbox) []map[string]any {
	t.Helper()
	return aws[[]map[string]any](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query", "services[0].loadBalancers")
}

// remainingIngress lists load balancers, certificates and records, except for the user's own zone and certificate.
func remainingIngress(t *testing.T, s *sandbox) map[string][]string {
	left := map[string][]string{}
	for _, question := range [][]string{
		{"elbv2", "describe-load-balancers", "LoadBalancers[].LoadBalancerName"},
		{"elbv2", "describe-target-groups", "TargetGroups[].TargetGroupName"},
		{"acm", "list-certificates", "CertificateSummaryList[?DomainName!='app.example.org'].DomainName"},
	} {
		left[question[0]+" "+question[1]] = aws[[]string](t, s, question[0], question[1], "--query", question[2])
	}
	zone := aws[string](t, s, "route53", "list-hosted-zones", "--query", "HostedZones[0].Id")
	records := aws[[]string](t, s, "route53", "list-resource-record-sets", "--hosted-zone-id", zone, "--query", "ResourceRecordSets[].Type")
	left["route53 records"] = slices.DeleteFunc(records, func(kind string) bool { return kind == "NS" || kind == "SOA" })
	return left
}
