package config

import (
	"regexp"
	"strings"
)

// Ingress is how users reach the app.
type Ingress struct {
	Kind           string // IngressDirect, IngressLoadBalancer or IngressTunnel
	CertificateARN string // of a certificate that exists; empty: one is made for DomainName
	DomainName     string // under which users reach the app; empty: under the load balancer's own name
	HostedZoneID   string // Route 53 zone that gets the records of DomainName; empty: its DNS is somewhere else
	TunnelToken    Secret // lets a connector join a tunnel of Cloudflare
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

// domainLimit is how long the first name of a certificate may be. Source:
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html (DomainName)
const domainLimit = 64

func (r *reader) ingress(c *Config) Ingress {
	i := Ingress{
		Kind: r.oneOf("ingress", IngressDirect, IngressLoadBalancer, IngressTunnel),
		CertificateARN: r.match("certificateArn", func(s string) bool { return s == "" || certificateARN.MatchString(s) },
			"must be the ARN of a certificate in ACM", exampleCertificate(c.Region)),
		DomainName: r.match("domainName", func(s string) bool { return s == "" || len(s) <= domainLimit && domainName.MatchString(s) },
			"must be a full host name in lower case, at most 64 characters, without a wildcard or a period at the end", "app.example.com"),
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

// withLoadBalancer refuses keys that have no meaning without one.
func (r *reader) withLoadBalancer(names ...string) {
	for _, name := range names {
		if value := r.text(name); value != "" {
			r.rejectElement(name, r.shown(name, value), "goes with ingress loadBalancer only", "pulumi config rm "+name)
		}
	}
}

// certificate wants exactly one way to a certificate: one that exists, or a name and the zone that proves whose it is.
// With both, the zone gets the record of the name alone.
func (r *reader) certificate(i Ingress, c *Config) {
	found := certificateARN.FindStringSubmatch(i.CertificateARN)
	switch {
	case found != nil && found[1] != c.Region:
		r.reject("certificateArn", i.CertificateARN, "must be in the stack's region, "+c.Region+", as a load balancer wants it", exampleCertificate(c.Region))
	case i.HostedZoneID != "" && i.DomainName == "":
		r.rejectElement("domainName", "not set", "must be the name that gets its records in hostedZoneId", "pulumi config set domainName app.example.com")
	case i.CertificateARN == "" && i.DomainName != "" && i.HostedZoneID == "":
		r.rejectElement("hostedZoneId", "not set", "must be the Route 53 zone that proves that "+i.DomainName+
			" is yours; with DNS elsewhere, bring a certificate in certificateArn", "pulumi config set hostedZoneId Z0123456789ABC")
	case i.CertificateARN == "" && i.DomainName == "":
		r.rejectElement("certificateArn", "not set", "ingress loadBalancer needs a certificate: this one, or domainName and hostedZoneId",
			"pulumi config set certificateArn "+exampleCertificate(c.Region))
	}
	if strings.HasPrefix(c.Name, "internal-") {
		r.reject("appName", c.AppName, "must not start with internal-, which AWS refuses in the name of a load balancer", "threa")
	}
}

func exampleCertificate(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
}
