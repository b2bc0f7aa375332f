package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

const ownCertificate = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"

// balanced is a stack whose app runs behind a load balancer, with further entries for set.
func balanced(t *testing.T, entries ...string) mocks.Options {
	return options(t, "prod", with(set(append(entries, "ingress=loadBalancer")...)))
}

func TestIngress_AddsGoldenResources(t *testing.T) {
	direct := up(t, "prod", running).List()
	for name, o := range map[string]mocks.Options{
		"loadbalancer-certificate": balanced(t, "certificateArn="+ownCertificate),
		"loadbalancer-zone":        balanced(t, "domainName=app.example.com", "hostedZoneId=Z0123456789ABC"),
	} {
		t.Run(name, func(t *testing.T) {
			fixtures.Golden(t, name+".txt", difference(direct, mocks.MustRun(t, deploy, o).List()))
		})
	}
}

// difference marks the lines that only one of two lists has.
func difference(before, after []string) []string {
	count := map[string]int{}
	for _, line := range before {
		count[line]--
	}
	for _, line := range after {
		count[line]++
	}
	var all []string
	for _, line := range append(before, after...) {
		switch {
		case count[line] > 0:
			all = append(all, "+ "+line)
		case count[line] < 0:
			all = append(all, "- "+line)
		}
		count[line] = 0
	}
	return all
}

func TestIngress_ServiceDependsOnListener(t *testing.T) {
	stack := mocks.MustRun(t, deploy, balanced(t, "certificateArn="+ownCertificate))
	service := stack.Only(t, "aws:ecs/service:Service")
	urns := service.Request.GetPropertyDependencies()["loadBalancers"].GetUrns()
	assert.Contains(t, urns, "urn:pulumi:prod::threa::threa:ingress:Ingress$aws:lb/listener:Listener::ingress-https",
		"ECS refuses a target group that no listener leads to")
}

// AWS refuses a load balancer in a VPC without a gateway, and to detach a gateway while public addresses are in use.
func TestIngress_FollowsInternetRoute(t *testing.T) {
	stack := mocks.MustRun(t, deploy, balanced(t, "certificateArn="+ownCertificate))
	for _, component := range []string{"threa:ingress:Ingress", "threa:compute:Compute"} {
		var names []string
		for _, urn := range stack.Only(t, component).Request.GetDependencies() {
			names = append(names, urn[strings.LastIndex(urn, "::")+2:])
		}
		assert.Subset(t, names, []string{"network-internet", "network-public-a", "network-public-b"}, component)
	}
}

// The circuit breaker does not notice an app that becomes healthy and fails later.
func TestIngress_AlarmsRollBack(t *testing.T) {
	stack := mocks.MustRun(t, deploy, balanced(t, "certificateArn="+ownCertificate, "useSpot=true"))
	for _, name := range []string{"compute-service", "compute-standby"} {
		service := stack.Named(t, serviceType, name)
		assert.NoError(t, wants(service, map[string]string{
			"alarms.alarmNames[0]": "threa-app-5xx",
			"alarms.enable":        "true", "alarms.rollback": "true",
		}))
		assert.Empty(t, service.Text("alarms.alarmNames[1]"), "the load balancer's own 503 before the first task")
		urns := fmt.Sprint(service.Request.GetPropertyDependencies()["alarms"].GetUrns())
		assert.Contains(t, urns, "::monitoring-app-5xx", "the alarm must exist")
	}
	direct := up(t, "prod", running).Only(t, serviceType)
	assert.NoError(t, wants(direct, map[string]string{"alarms.enable": "false"}), "ECS would keep the former alarms")
}

// TestDeploy_RefusesBeforeRegistering wants nothing in AWS to be registered for a new stack, not even the owner record.
func TestDeploy_RefusesBeforeRegistering(t *testing.T) {
	missing, protected := options(t, "prod", running), options(t, "prod", running)
	delete(missing.AWS.Parameters, "/threa/workos-api-key")
	protected.AWS.Add("aws:lb/loadBalancer:LoadBalancer", mocks.Item{
		"name": "threa", "tags": map[string]string{"Stack": "threa"}, "enableDeletionProtection": true,
	})
	policies := options(t, "prod", with(set(`taskPolicyArns=["arn:aws:iam::aws:policy/Gone"]`)))
	outside := balanced(t, "domainName=app.example.org", "hostedZoneId=Z0123456789ABC")
	for message, o := range map[string]mocks.Options{
		"threa:appSecrets.WORKOS_API_KEY names the parameter /threa/workos-api-key, which does not exist": missing,
		"go run ./cmd/threa secrets set --stack prod WORKOS_API_KEY":                                      missing,
		"which does not belong to the zone example.com":                                                   outside,
		"would be deleted, but it is protected":                                                           protected,
		"threa:taskPolicyArns names arn:aws:iam::aws:policy/Gone, which does not exist":                   policies,
	} {
		recording, err := mocks.Run(t, deploy, o)
		require.ErrorContains(t, err, message)
		assert.Equal(t, ownerRecordOnly[1:], recording.List())
	}
}
