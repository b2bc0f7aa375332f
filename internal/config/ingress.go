package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"threa-infra/internal/tunnel"
)

// Ingress configures how users reach the app.
type Ingress struct {
	Kind           string `key:"ingress"`        // IngressDirect, IngressLoadBalancer or IngressTunnel
	CertificateARN string `key:"certificateArn"` // if empty, the program requests one for DomainName
	DomainName     string `key:"domainName"`     // host name of the app; if empty, the load balancer's own name
	HostedZoneID   string `key:"hostedZoneId"`   // Route 53 zone of DomainName; empty if its DNS is elsewhere
	TunnelToken    Secret `key:"tunnelToken"`    // token of a Cloudflare tunnel
	TunnelImage    string `key:"tunnelImage"`    // image of cloudflared
	// AllowedCIDRs are the IPv4 or IPv6 ranges from which users may reach the app. Nil for the whole internet.
	AllowedCIDRs []netip.Prefix
	// IdleTimeout is how long the load balancer keeps an idle connection, in seconds. Default: drainSeconds.
	IdleTimeout int `key:"idleTimeout"`
}

// maxCIDRs is the maximum length of allowedCidrs. A security group has at most 60 rules by default, and a load balancer
// has two for each element. Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const maxCIDRs = 30

// Kinds of ingress.
const (
	IngressDirect       = "direct"
	IngressLoadBalancer = "loadBalancer"
	IngressTunnel       = "tunnel"
)

// zonePrefix begins the ids of hosted zones that the API of Route 53 returns.
const zonePrefix = "/hostedzone/"

func (r *reader) checkIngress(c *Config) {
	c.Ingress.AllowedCIDRs = r.allowedCIDRs(c)
	c.Ingress.HostedZoneID = strings.TrimPrefix(c.Ingress.HostedZoneID, zonePrefix)
	switch c.Ingress.Kind {
	case IngressDirect:
		r.withLoadBalancer("certificateArn", "domainName", "hostedZoneId", "scaleRequestsPerTarget", "idleTimeout")
	case IngressLoadBalancer:
		r.checkCertificate(c.Ingress, c.Region)
	case IngressTunnel:
		r.withLoadBalancer("certificateArn", "hostedZoneId", "scaleRequestsPerTarget", "idleTimeout")
		if c.Container.Port == tunnel.MetricsPort { // the containers of a task share one network
			r.rejectValue("containerPort",
				"must be another port with ingress tunnel: cloudflared uses it in the same task")
		}
	}
	r.checkTunnelToken(c.Ingress)
}

// allowedCIDRs returns the ranges of allowedCidrs, or nil for the whole internet. The load balancer and a dedicated VPC
// have no IPv6 addresses. An empty list is an error: it remains after the user has removed every element.
func (r *reader) allowedCIDRs(c *Config) []netip.Prefix {
	list := r.list("allowedCidrs")
	switch {
	case list == nil || slices.Equal(list, internet):
		return nil
	case len(list) == 0:
		r.reject("allowedCidrs", "empty", "must have an element; remove the key to allow the whole internet",
			"pulumi config rm allowedCidrs")
	case c.Ingress.Kind == IngressTunnel:
		r.reject("allowedCidrs", r.quoted("allowedCidrs", list...),
			"requires ingress direct or loadBalancer: requests come through Cloudflare", "pulumi config rm allowedCidrs")
		return nil
	}
	var cidrs []netip.Prefix
	r.checkElements("allowedCidrs", list, func(before []string, text string) string {
		cidr, err := netip.ParsePrefix(text)
		switch {
		case err != nil || cidr != cidr.Masked() || cidr.Addr().Is4In6():
			return "must be a range of addresses that starts at its first one, such as 203.0.113.0/24 or 203.0.113.7/32"
		case slices.Contains(cidrs, cidr):
			return "is listed twice"
		case cidr.Addr().Is6() && (c.Ingress.Kind != IngressDirect || c.Network.VPC == VPCDedicated):
			return "must be IPv4: IPv6 requires an existing VPC and ingress direct"
		case len(before) == maxCIDRs:
			return fmt.Sprintf("must have at most %d elements", maxCIDRs)
		}
		cidrs = append(cidrs, cidr)
		return ""
	}, func(address string) []string { return []string{address + "/32", address + "/128"} })
	return cidrs
}

// internet is the default of allowedCidrs in Pulumi.yaml.
var internet = []string{"0.0.0.0/0"}

// withLoadBalancer rejects keys that need a load balancer.
func (r *reader) withLoadBalancer(names ...string) {
	for _, name := range names {
		if r.text(name) != "" {
			r.rejectSet(name, "requires ingress loadBalancer")
		}
	}
}

// checkCertificate requires an existing certificate, or a host name and the zone that validates a new one. With both,
// the zone gets only the record of the host name.
func (r *reader) checkCertificate(i Ingress, region string) {
	certificate := r.rule("certificateArn")
	switch {
	case i.CertificateARN != "" && r.isValid("certificateArn") &&
		!strings.Contains(i.CertificateARN, ":acm:"+region+":"):
		certificate.Must = "be in the stack's region; list those: aws acm list-certificates --region " + region
		r.rejectRule("certificateArn", certificate)
	case i.HostedZoneID != "" && i.DomainName == "":
		r.rejectUnset("domainName", "must be the host name for the records in hostedZoneId")
	case i.CertificateARN == "" && i.DomainName != "" && i.HostedZoneID == "":
		r.rejectUnset("hostedZoneId", "must be the Route 53 zone of "+i.DomainName+
			"; with DNS elsewhere, set certificateArn")
	case i.CertificateARN == "" && i.DomainName == "":
		r.rejectUnset("certificateArn", "ingress loadBalancer requires certificateArn, or domainName and hostedZoneId")
	}
}

// checkTunnelToken checks the token if it is in use. With another ingress, a token may stay set, so that the key
// ingress alone switches between them.
func (r *reader) checkTunnelToken(i Ingress) {
	rule := r.rule("tunnelToken")
	_, err := tunnel.Parse(string(i.TunnelToken))
	switch {
	case i.Kind != IngressTunnel:
	case i.TunnelToken == "":
		r.rejectSecret("tunnelToken", "not set", rule.Unset)
	case err != nil && r.isSecret("tunnelToken"):
		r.rejectSecret("tunnelToken", "[secret]", "must "+rule.Must)
	}
}
