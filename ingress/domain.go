package ingress

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	validationTTL = 300 // seconds
	// validationTimeout bounds the wait for ACM, which takes one to five minutes when the zone answers for the name.
	validationTimeout = "20m"
)

// certificateARN is the user's certificate, or a new one once ACM has found the record that proves whose the name is. ACM
// renews it for as long as that record stands.
func certificateARN(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	if args.Domain.CertificateARN != "" {
		return pulumi.String(args.Domain.CertificateARN).ToStringOutput(), nil
	}
	var none pulumi.StringOutput
	certificate, err := acm.NewCertificate(ctx, name+"-certificate", &acm.CertificateArgs{
		DomainName:       pulumi.String(args.Domain.Name),
		ValidationMethod: pulumi.String("DNS"),
		Tags:             args.Tags,
	}, parent)
	if err != nil {
		return none, fmt.Errorf("request certificate for %s: %w", args.Domain.Name, err)
	}
	proof := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, name+"-proof", &route53.RecordArgs{
		ZoneId:         pulumi.String(args.Domain.ZoneID),
		Name:           proof.ResourceRecordName().Elem(),
		Type:           proof.ResourceRecordType().Elem(),
		Records:        pulumi.StringArray{proof.ResourceRecordValue().Elem()},
		Ttl:            pulumi.Int(validationTTL),
		AllowOverwrite: pulumi.Bool(true), // it is the same for every certificate that an account has for a name
	}, parent)
	if err != nil {
		return none, fmt.Errorf("create record that proves %s: %w", args.Domain.Name, err)
	}
	validation, err := acm.NewCertificateValidation(ctx, name+"-validation", &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, parent, pulumi.Timeouts(&pulumi.CustomTimeouts{Create: validationTimeout}))
	if err != nil {
		return none, fmt.Errorf("validate certificate for %s: %w", args.Domain.Name, err)
	}
	return validation.CertificateArn, nil
}

// newRecord leads the name to the load balancer, in the user's zone where there is one. A record of that name that stands
// there already is an error: it may be where users are now.
func newRecord(ctx *pulumi.Context, name string, args *Args, balancer *lb.LoadBalancer, parent pulumi.ResourceOption) error {
	if args.Domain.ZoneID == "" {
		return nil
	}
	_, err := route53.NewRecord(ctx, name+"-name", &route53.RecordArgs{
		ZoneId: pulumi.String(args.Domain.ZoneID),
		Name:   pulumi.String(args.Domain.Name),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name: balancer.DnsName, ZoneId: balancer.ZoneId, EvaluateTargetHealth: pulumi.Bool(false),
		}},
	}, parent)
	if err != nil {
		return fmt.Errorf("create record %s: %w", args.Domain.Name, err)
	}
	return nil
}
