package ingress

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Preflight looks before anything is registered whether AWS would take what is asked for: a load balancer for a domain, or
// none any more. One of this stack carries a tag that nothing of another stack has.
func Preflight(ctx *pulumi.Context, wanted bool, domain Domain, tag, value string) error {
	if wanted {
		return checkZone(ctx, domain)
	}
	return checkRemoval(ctx, tag, value)
}

// checkZone wants a zone that can hold the records of a name: ACM would wait in vain for a record in any other.
func checkZone(ctx *pulumi.Context, domain Domain) error {
	if domain.ZoneID == "" {
		return nil
	}
	const mend = "    List the zones:  aws route53 list-hosted-zones --query 'HostedZones[].[Id,Name,Config.PrivateZone]'"
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{ZoneId: pulumi.StringRef(domain.ZoneID)})
	if err != nil {
		return fmt.Errorf("look up the zone that threa:hostedZoneId names, %s: %w\n%s", domain.ZoneID, err, mend)
	}
	zoneName := strings.TrimSuffix(zone.Name, ".")
	switch {
	case zone.PrivateZone != nil && *zone.PrivateZone:
		return fmt.Errorf("threa:hostedZoneId is %q, the private zone %s, which the internet does not see.\n%s", domain.ZoneID, zoneName, mend)
	case domain.Name != zoneName && !strings.HasSuffix(domain.Name, "."+zoneName):
		return fmt.Errorf("threa:domainName is %q, which does not belong to the zone %s (%s) of threa:hostedZoneId.\n%s",
			domain.Name, zoneName, domain.ZoneID, mend)
	}
	return nil
}

// checkRemoval refuses to take away a load balancer that is protected. AWS would refuse it as well, but only when the tasks
// have left it.
func checkRemoval(ctx *pulumi.Context, tag, value string) error {
	found, err := lb.GetLbs(ctx, &lb.GetLbsArgs{Tags: map[string]string{tag: value}})
	if err != nil {
		return fmt.Errorf("look for a load balancer of the stack: %w", err)
	}
	for _, arn := range found.Arns {
		balancer, err := lb.LookupLoadBalancer(ctx, &lb.LookupLoadBalancerArgs{Arn: pulumi.StringRef(arn)})
		if err != nil {
			return fmt.Errorf("look up load balancer %s: %w", arn, err)
		}
		if balancer.EnableDeletionProtection {
			return fmt.Errorf("the stack's load balancer, %s, would be deleted, but it is protected: DNS records elsewhere may lead to its name, which does not come back.\n"+
				"    Keep it:             pulumi config set ingress loadBalancer, with its certificate\n"+
				"    or unprotect first:  pulumi config set deletionProtection false && pulumi up, with ingress loadBalancer",
				balancer.DnsName)
		}
	}
	return nil
}
