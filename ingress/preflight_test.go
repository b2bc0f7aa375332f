package ingress

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

func preflight(t *testing.T, wanted bool, domain Domain, aws *mocks.AWS) error {
	t.Helper()
	recording, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		return Preflight(ctx, wanted, domain, "Stack", "threa")
	}, mocks.Options{AWS: aws})
	assert.Empty(t, recording.All(), "nothing may be registered")
	return err
}

func zones() *mocks.AWS {
	return &mocks.AWS{HostedZones: []mocks.HostedZone{{ID: "Z1", Name: "example.com"}, {ID: "Z2", Name: "example.com", Private: true}}}
}

func TestAZoneThatHoldsTheNameIsTaken(t *testing.T) {
	for _, name := range []string{"example.com", "app.example.com", "a.b.example.com"} {
		assert.NoError(t, preflight(t, true, Domain{Name: name, ZoneID: "Z1"}, zones()))
	}
	assert.NoError(t, preflight(t, true, Domain{Name: "app.example.org", CertificateARN: ownCertificate}, zones()), "its DNS is somewhere else")
}

// Otherwise ACM waits for a record that nobody sees.
func TestAZoneThatCannotHoldTheNameIsRefused(t *testing.T) {
	for _, one := range []struct{ name, zone, says string }{
		{"app.example.org", "Z1", `threa:domainName is "app.example.org", which does not belong to the zone example.com (Z1)`},
		{"anexample.com", "Z1", "does not belong to the zone example.com"},
		{"com", "Z1", "does not belong to the zone example.com"},
		{"app.example.com", "Z2", `threa:hostedZoneId is "Z2", the private zone example.com`},
		{"app.example.com", "Z3", "look up the zone that threa:hostedZoneId names, Z3"},
	} {
		err := preflight(t, true, Domain{Name: one.name, ZoneID: one.zone}, zones())
		require.ErrorContains(t, err, one.says)
		require.ErrorContains(t, err, "aws route53 list-hosted-zones")
	}
}

func TestAProtectedLoadBalancerIsNotTakenAway(t *testing.T) {
	own, other := map[string]string{"Stack": "threa"}, map[string]string{"Stack": "threa-staging"}
	for _, one := range []struct {
		balancer mocks.Balancer
		refused  bool
	}{
		{mocks.Balancer{Name: "threa", Tags: own, Protected: true}, true},
		{mocks.Balancer{Name: "threa", Tags: own}, false},
		{mocks.Balancer{Name: "threa-staging", Tags: other, Protected: true}, false},
	} {
		aws := &mocks.AWS{Balancers: []mocks.Balancer{one.balancer}}
		assert.NoError(t, preflight(t, true, Domain{}, aws), "it stays")
		err := preflight(t, false, Domain{}, aws)
		if !one.refused {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "the stack's load balancer, "+dnsName+", would be deleted, but it is protected")
		require.ErrorContains(t, err, "pulumi config set deletionProtection false")
	}
}

func TestALookupThatAWSRefusesSaysWhatWasLookedUp(t *testing.T) {
	aws := &mocks.AWS{Refused: []string{"aws:lb/getLbs:getLbs"}}
	require.ErrorContains(t, preflight(t, false, Domain{}, aws), "look for a load balancer of the stack")
	aws = &mocks.AWS{
		Refused:   []string{"aws:lb/getLoadBalancer:getLoadBalancer"},
		Balancers: []mocks.Balancer{{Name: "threa", Tags: map[string]string{"Stack": "threa"}}},
	}
	require.ErrorContains(t, preflight(t, false, Domain{}, aws), "look up load balancer arn:aws:elasticloadbalancing")
}
