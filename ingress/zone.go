package ingress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/preconditions"
	"threa-infra/internal/program"
)

// CheckZone returns an error if the zone cannot hold the records of the host name: ACM would wait for a record that it
// cannot see. A missing zone is an error of a deployed stack, too, because Route 53 deletes no zone that has records.
// Call it before anything is registered. Source:
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html
func CheckZone(ctx *pulumi.Context, domain Domain, lookup LookupNS) error {
	if domain.ZoneID == "" {
		return nil
	}
	const fix = "    List the zones:  aws route53 list-hosted-zones --query 'HostedZones[].[Id,Name,Config.PrivateZone]'"
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{ZoneId: &domain.ZoneID})
	if err != nil {
		if noZone.MatchString(err.Error()) {
			return fmt.Errorf("threa:hostedZoneId is %q, but the account has no such zone.\n%s", domain.ZoneID, fix)
		}
		return preconditions.Unanswered("whether threa:hostedZoneId is the zone of threa:domainName (a role of the "+
			"bootstrap may use only the zones of its hostedZoneIds)", err)
	}
	zoneName := strings.TrimSuffix(zone.Name, ".")
	switch {
	case zone.PrivateZone != nil && *zone.PrivateZone:
		return fmt.Errorf("threa:hostedZoneId is %q, the private zone %s, which is not visible on the internet.\n%s",
			domain.ZoneID, zoneName, fix)
	case domain.Name != zoneName && !strings.HasSuffix(domain.Name, "."+zoneName):
		return fmt.Errorf("threa:domainName is %q, which does not belong to the zone %s (%s) of threa:hostedZoneId.\n%s",
			domain.Name, zoneName, domain.ZoneID, fix)
	}
	return warnOfDelegation(ctx, zoneName, zone.NameServers, lookup)
}

// LookupNS looks up the name servers of a domain in DNS, as net.Resolver does.
type LookupNS func(ctx context.Context, name string) ([]*net.NS, error)

// warnOfDelegation warns if the DNS does not delegate the domain to own, the name servers of the zone: the zone's
// records would not be visible. If the lookup fails, it does not warn.
func warnOfDelegation(ctx *pulumi.Context, zone string, own []string, lookup LookupNS) error {
	const patience = 5 * time.Second
	limited, cancel := context.WithTimeout(ctx.Context(), patience)
	defer cancel()
	servers, err := lookup(limited, zone)
	var failure *net.DNSError
	delegated := slices.ContainsFunc(servers, func(server *net.NS) bool {
		return slices.Contains(own, strings.TrimSuffix(server.Host, "."))
	})
	notFound := errors.As(err, &failure) && failure.IsNotFound
	if err != nil && !notFound || delegated || len(own) == 0 {
		return nil
	}
	return program.Warn(ctx, fmt.Sprintf("DNS does not ask the name servers of the hosted zone %s, so its records "+
		"are not visible, and ACM issues no certificate.\n"+
		"    Set these at the registrar of the domain, or as NS records in its parent zone:  %s\n"+
		"    Ignore this if the zone has vanity name servers, or if this computer asks another DNS (split DNS).",
		zone, strings.Join(own, ", ")))
}

// noZone matches the provider's error for a zone that does not exist. The provider has no error code for it.
var noZone = regexp.MustCompile(`NoSuchHostedZone|no matching Route ?53 ?(Hosted )?Zone found|couldn't find resource`)
