package main

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const ownCertificate = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"

// balanced is a stack whose app runs behind a load balancer, with further keys and values in pairs.
func balanced(t *testing.T, pairs ...string) mocks.Options {
	given := map[string]string{"threa:ingress": "loadBalancer"}
	maps.Copy(given, running)
	for i := 0; i < len(pairs); i += 2 {
		given["threa:"+pairs[i]] = pairs[i+1]
	}
	return options(t, "prod", given)
}

func TestALoadBalancerAddsExactlyTheseResources(t *testing.T) {
	direct := up(t, "prod", running).List()
	for name, o := range map[string]mocks.Options{
		"loadbalancer-certificate": balanced(t, "certificateArn", ownCertificate),
		"loadbalancer-zone":        balanced(t, "domainName", "app.example.com", "hostedZoneId", "Z0123456789ABC"),
	} {
		t.Run(name, func(t *testing.T) {
			mocks.Golden(t, name+".txt", difference(direct, mocks.MustRun(t, deploy, o).List()))
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

func TestTheOutputsSayWhereTheAppAnswers(t *testing.T) {
	for _, one := range []struct {
		o         mocks.Options
		url, name string
	}{
		{balanced(t, "certificateArn", ownCertificate), "https://threa-1234567890.eu-central-1.elb.amazonaws.com", ""},
		{balanced(t, "certificateArn", ownCertificate, "domainName", "app.example.org"), "https://app.example.org", "app.example.org"},
		{balanced(t, "domainName", "app.example.com", "hostedZoneId", "Z0123456789ABC"), "https://app.example.com", ""},
	} {
		assert.Equal(t, one.url, output(t, "url", one.o))
		assert.Equal(t, "threa-1234567890.eu-central-1.elb.amazonaws.com", output(t, "loadBalancerDnsName", one.o))
		if one.name != "" {
			assert.Contains(t, output(t, "nextSteps", one.o), one.name+". CNAME threa-1234567890.eu-central-1.elb.amazonaws.com.")
		}
	}
}

func TestTheServiceWaitsForTheListener(t *testing.T) {
	stack := mocks.MustRun(t, deploy, balanced(t, "certificateArn", ownCertificate))
	service := stack.One(t, "aws:ecs/service:Service")
	urns := service.Request.GetPropertyDependencies()["loadBalancers"].GetUrns()
	assert.Contains(t, urns, "urn:pulumi:prod::threa::threa:ingress:Ingress$aws:lb/listener:Listener::ingress-https",
		"ECS refuses a target group that no listener leads to")
}

func TestAWayInThatCannotWorkIsRefusedBeforeAnythingIsMade(t *testing.T) {
	protected := options(t, "prod", running)
	protected.AWS.Balancers = []mocks.Balancer{{Name: "threa", Tags: map[string]string{"Stack": "threa"}, Protected: true}}
	for says, o := range map[string]mocks.Options{
		"which does not belong to the zone example.com": balanced(t, "domainName", "app.example.org", "hostedZoneId", "Z0123456789ABC"),
		"would be deleted, but it is protected":         protected,
	} {
		recording, err := mocks.Run(t, deploy, o)
		require.ErrorContains(t, err, says)
		assert.Equal(t, claimAlone, recording.List(),
			"nothing else may be registered")
	}
}
