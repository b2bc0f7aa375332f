package config

import (
	"regexp"
	"strconv"
	"strings"

	"threa-infra/internal/tunnel"
)

// Ingress configures how users reach the app.
type Ingress struct {
	Kind           string // IngressDirect, IngressLoadBalancer or IngressTunnel
	CertificateARN string // an existing certificate; if empty, the program requests one for DomainName
	DomainName     string // host name of the app; if empty, the load balancer's own name
	HostedZoneID   string // Route 53 zone for the records of DomainName; empty if its DNS is elsewhere
	TunnelToken    Secret // token of a Cloudflare tunnel
}

// Kinds of ingress.
const (
	IngressDirect       = "direct"
	IngressLoadBalancer = "loadBalancer"
	IngressTunnel       = "tunnel"
)

var (
	// Source: https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html (CertificateArn)
	certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):[0-9]{12}:certificate/[0-9a-zA-Z-]+$`)
	// Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html (Id)
	hostedZoneID = regexp.MustCompile(`^[0-9A-Z]{1,32}$`)
	domainName   = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// domainLimit is the maximum length of the first name of a certificate. Source:
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html (DomainName)
const domainLimit = 64

func (r *reader) ingress(c *Config) Ingress {
	i := Ingress{
		Kind: r.oneOf("ingress", IngressDirect, IngressLoadBalancer, IngressTunnel),
		CertificateARN: r.match("certificateArn", func(s string) bool { return s == "" || certificateARN.MatchString(s) },
			"must be the ARN of a certificate in ACM", exampleCertificate(c.Region)),
		DomainName: r.match("domainName",
			func(s string) bool { return s == "" || len(s) <= domainLimit && domainName.MatchString(s) },
			"must be a full host name in lower case, at most 64 characters, without a wildcard or a final period",
			"app.example.com"),
		HostedZoneID: r.match("hostedZoneId", func(s string) bool { return s == "" || hostedZoneID.MatchString(s) },
			"must be the id of a hosted zone in Route 53, capital letters and digits", "Z0123456789ABC"),
	}
	switch i.Kind {
	case IngressDirect:
		r.withLoadBalancer("certificateArn", "domainName", "hostedZoneId")
	case IngressLoadBalancer:
		r.certificate(i, c)
	case IngressTunnel:
		r.withLoadBalancer("certificateArn", "hostedZoneId")
	}
	i.TunnelToken = r.tunnelToken(i.Kind)
	return i
}

// withLoadBalancer rejects keys that need a load balancer.
func (r *reader) withLoadBalancer(names ...string) {
	for _, name := range names {
		if value := r.text(name); value != "" {
			r.rejectElement(name, r.shown(name, value), "requires ingress loadBalancer", "pulumi config rm "+name)
		}
	}
}

// certificate requires an existing certificate, or a host name and the zone that validates a new one. With both, the
// zone gets only the record of the host name.
func (r *reader) certificate(i Ingress, c *Config) {
	match := certificateARN.FindStringSubmatch(i.CertificateARN)
	switch {
	case match != nil && match[1] != c.Region:
		r.reject("certificateArn", i.CertificateARN, "must be in the stack's region, "+c.Region,
			exampleCertificate(c.Region))
	case i.HostedZoneID != "" && i.DomainName == "":
		r.rejectElement("domainName", "not set", "must be the host name for the records in hostedZoneId",
			"pulumi config set domainName app.example.com")
	case i.CertificateARN == "" && i.DomainName != "" && i.HostedZoneID == "":
		r.rejectElement("hostedZoneId", "not set", "must be the Route 53 zone of "+i.DomainName+
			"; with DNS elsewhere, set certificateArn", "pulumi config set hostedZoneId Z0123456789ABC")
	case i.CertificateARN == "" && i.DomainName == "":
		r.rejectElement("certificateArn", "not set",
			"ingress loadBalancer requires certificateArn, or domainName and hostedZoneId",
			"pulumi config set certificateArn "+exampleCertificate(c.Region))
	}
	if strings.HasPrefix(c.Name, "internal-") {
		r.reject("appName", c.AppName, "must not begin with internal-, which AWS rejects in load balancer names", "threa")
	}
}

func exampleCertificate(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
}

// tunnelToken may stay set with another ingress, so that one key switches between them. It must always be encrypted.
func (r *reader) tunnelToken(kind string) Secret {
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
		r.rejectElement(
			"tunnelToken",
			"[secret]",
			"must be only the token: the long text that begins with eyJ in the command "+
				"that Cloudflare shows for a connector",
			fix,
		)
	}
	return Secret(value)
}

// tunnelPort rejects the port of cloudflared for the app: the containers of a task share one network.
func (r *reader) tunnelPort(c *Config) {
	if c.Ingress.Kind == IngressTunnel && c.Container.Port == tunnel.MetricsPort {
		r.reject("containerPort", strconv.Itoa(c.Container.Port),
			"must be another port with ingress tunnel: cloudflared uses it in the same task", "3000")
	}
}
