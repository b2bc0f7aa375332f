package config

import (
	"strconv"
	"strings"

	"threa-infra/internal/tunnel"
)

// Ingress configures how users reach the app.
type Ingress struct {
	Kind           string `key:"ingress"`        // IngressDirect, IngressLoadBalancer or IngressTunnel
	CertificateARN string `key:"certificateArn"` // an existing certificate; if empty, the program requests one for DomainName
	DomainName     string `key:"domainName"`     // host name of the app; if empty, the load balancer's own name
	HostedZoneID   string `key:"hostedZoneId"`   // Route 53 zone for the records of DomainName; empty if its DNS is elsewhere
	TunnelToken    Secret `key:"tunnelToken"`    // token of a Cloudflare tunnel
}

// Kinds of ingress.
const (
	IngressDirect       = "direct"
	IngressLoadBalancer = "loadBalancer"
	IngressTunnel       = "tunnel"
)

func (r *reader) checkIngress(c *Config) {
	switch c.Ingress.Kind {
	case IngressDirect:
		r.withLoadBalancer("certificateArn", "domainName", "hostedZoneId", "scaleRequestsPerTarget")
	case IngressLoadBalancer:
		r.checkCertificate(c.Ingress, c.Region)
	case IngressTunnel:
		r.withLoadBalancer("certificateArn", "hostedZoneId", "scaleRequestsPerTarget")
		if c.Container.Port == tunnel.MetricsPort { // the containers of a task share one network
			r.reject("containerPort", strconv.Itoa(c.Container.Port),
				"must be another port with ingress tunnel: cloudflared uses it in the same task", "3000")
		}
	}
	r.checkTunnelToken(c.Ingress.Kind)
}

// withLoadBalancer rejects keys that need a load balancer.
func (r *reader) withLoadBalancer(names ...string) {
	for _, name := range names {
		if r.text(name) != "" {
			r.rejectSet(name, "requires ingress loadBalancer")
		}
	}
}

// checkCertificate requires an existing certificate, or a host name and the zone that validates a new one. With both, the
// zone gets only the record of the host name.
func (r *reader) checkCertificate(i Ingress, region string) {
	certificate := r.rule("certificateArn")
	switch {
	case i.CertificateARN != "" && certificate.allows(i.CertificateARN) &&
		!strings.Contains(i.CertificateARN, ":acm:"+region+":"):
		certificate.Must = "be in the stack's region, " + region
		r.rejectRule("certificateArn", certificate)
	case i.HostedZoneID != "" && i.DomainName == "":
		r.rejectElement("domainName", "not set", "must be the host name for the records in hostedZoneId",
			"pulumi config set domainName app.example.com")
	case i.CertificateARN == "" && i.DomainName != "" && i.HostedZoneID == "":
		r.rejectElement("hostedZoneId", "not set", "must be the Route 53 zone of "+i.DomainName+
			"; with DNS elsewhere, set certificateArn", "pulumi config set hostedZoneId Z0123456789ABC")
	case i.CertificateARN == "" && i.DomainName == "":
		r.rejectElement("certificateArn", "not set",
			"ingress loadBalancer requires certificateArn, or domainName and hostedZoneId",
			"pulumi config set certificateArn "+exampleCertificate(region))
	}
}

func exampleCertificate(region string) string {
	return strings.ReplaceAll(rules["threa"]["certificateArn"].Example, "{region}", region)
}

// checkTunnelToken allows a token with another ingress, so that one key switches between them. It must always be
// encrypted.
func (r *reader) checkTunnelToken(kind string) {
	const fix = "pulumi config set --secret tunnelToken"
	value := r.text("tunnelToken")
	_, err := tunnel.Parse(value)
	switch {
	case value != "" && !r.Secret[r.key("tunnelToken")]:
		r.rejectElement("tunnelToken", "unencrypted",
			"must be stored encrypted; this one is in a file now, so create another one at Cloudflare", fix)
	case kind != IngressTunnel:
	case value == "":
		r.rejectElement("tunnelToken", "not set", "must be the token of a Cloudflare tunnel", fix)
	case err != nil:
		r.rejectElement("tunnelToken", "[secret]", "must be only the token: the long text that begins with eyJ in the "+
			"command that Cloudflare shows for a connector", fix)
	}
}
