package ingress

import (
	"context"
	"net"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

// check runs a check and wants it to register nothing.
func check(t *testing.T, aws *mocks.AWS, run func(*pulumi.Context) error) error {
	t.Helper()
	recording, err := mocks.Run(t, run, mocks.Options{AWS: aws})
	assert.Empty(t, recording.All())
	return err
}

func lookupNone(context.Context, string) ([]*net.NS, error) {
	return nil, &net.DNSError{IsTimeout: true}
}

func checkZone(t *testing.T, domain Domain) error {
	t.Helper()
	return check(t, (&mocks.AWS{}).Add("aws:route53/zone:Zone",
		mocks.Item{"zoneId": "Z1", "name": "example.com."},
		mocks.Item{"zoneId": "Z2", "name": "example.com.", "privateZone": true},
	), func(ctx *pulumi.Context) error { return CheckZone(ctx, domain, lookupNone) })
}

func checkRemoval(t *testing.T, aws *mocks.AWS) error {
	t.Helper()
	return check(t, aws, func(ctx *pulumi.Context) error { return CheckRemoval(ctx, naming.Stack{Name: "threa"}) })
}

func TestCheckZone(t *testing.T) {
	for _, name := range []string{"example.com", "app.example.com", "a.b.example.com"} {
		assert.NoError(t, checkZone(t, Domain{Name: name, ZoneID: "Z1"}))
	}
	assert.NoError(t, checkZone(t, Domain{Name: "app.example.org", CertificateARN: ownCertificate}), "no zone")
	for _, row := range []struct{ name, zone, want string }{
		{"app.example.org", "Z1",
			`threa:domainName is "app.example.org", which does not belong to the zone example.com (Z1)`},
		{"anexample.com", "Z1", "does not belong to the zone example.com"},
		{"com", "Z1", "does not belong to the zone example.com"},
		{"app.example.com", "Z2", `threa:hostedZoneId is "Z2", the private zone example.com`},
		{"app.example.com", "Z3", `threa:hostedZoneId is "Z3", but the account has no such zone`},
	} {
		err := checkZone(t, Domain{Name: row.name, ZoneID: row.zone})
		require.ErrorContains(t, err, row.want)
		require.ErrorContains(t, err, "aws route53 list-hosted-zones")
	}
}

func TestNoZone_MatchesTheProvidersErrors(t *testing.T) {
	for _, text := range []string{
		"no matching Route 53 Hosted Zone found", "no matching Route53Zone found", "NoSuchHostedZone: No hosted zone found",
		"couldn't find resource",
	} {
		assert.Regexp(t, noZone, text)
	}
}

func TestCheckZone_WarnsOfMissingDelegation(t *testing.T) {
	aws := (&mocks.AWS{}).Add("aws:route53/zone:Zone", mocks.Item{
		"zoneId": "Z1", "name": "example.com.", "nameServers": []any{"ns-1.awsdns-1.org", "ns-2.awsdns-2.com"}})
	for name, row := range map[string]struct {
		servers []*net.NS
		err     error
		warns   bool
	}{
		"delegated":        {[]*net.NS{{Host: "ns-2.awsdns-2.com."}}, nil, false},
		"to other servers": {[]*net.NS{{Host: "ns.registrar.example."}}, nil, true},
		"not registered":   {nil, &net.DNSError{IsNotFound: true}, true},
		"without network":  {nil, &net.DNSError{IsTimeout: true}, false},
	} {
		lookup := func(context.Context, string) ([]*net.NS, error) { return row.servers, row.err }
		recording := mocks.MustRun(t, func(ctx *pulumi.Context) error {
			return CheckZone(ctx, Domain{Name: "app.example.com", ZoneID: "Z1"}, lookup)
		}, mocks.Options{AWS: aws})
		if row.warns {
			assert.Contains(t, recording.Warnings(), "in its parent zone:  ns-1.awsdns-1.org, ns-2.awsdns-2.com", name)
			assert.Contains(t, recording.Warnings(), "vanity name servers", name)
			assert.Contains(t, recording.Warnings(), "split DNS", name)
		} else {
			assert.Empty(t, recording.Warnings(), name)
		}
	}
}

func TestCheckRemoval(t *testing.T) {
	const protection = "enableDeletionProtection"
	tags, others := map[string]string{"Stack": "threa"}, map[string]string{"Stack": "threa-staging"}
	for _, balancer := range []mocks.Item{
		{"name": "threa", "tags": tags}, {"name": "threa-staging", "tags": others, protection: true},
	} {
		require.NoError(t, checkRemoval(t, (&mocks.AWS{}).Add(balancerToken, balancer)))
	}
	none := &mocks.AWS{Refused: []string{"aws:lb/getLbs:getLbs"}}
	require.NoError(t, checkRemoval(t, none), "those of the account are listed only if the stack has one")
	aws := (&mocks.AWS{}).Add(balancerToken, mocks.Item{"name": "threa", "tags": tags, protection: true})
	err := checkRemoval(t, aws)
	require.ErrorContains(t, err, "the stack's load balancer, "+dnsName+", would be deleted, but it is protected")
	require.ErrorContains(t, err, "pulumi config set deletionProtection false")
	for function, want := range map[string]string{
		"aws:lb/getLbs:getLbs":                   "list load balancers of the stack",
		"aws:lb/getLoadBalancer:getLoadBalancer": "look up load balancer arn:aws:elasticloadbalancing",
	} {
		aws.Refused = []string{function}
		require.ErrorContains(t, checkRemoval(t, aws), want)
	}
}
