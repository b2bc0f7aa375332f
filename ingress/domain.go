package ingress

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/steps"
)

const (
	validationTTL = 300 // seconds
	// validationTimeout bounds the wait for ACM, which takes one to five minutes.
	validationTimeout = "20m"
)

// createCertificate uses the existing certificate, or requests one and validates it with a DNS record. ACM renews the
// certificate as long as the record exists.
func (b *builder) createCertificate() error {
	if b.Domain.CertificateARN != "" {
		b.certificateARN = pulumi.String(b.Domain.CertificateARN).ToStringOutput()
		return nil
	}
	certificate, err := acm.NewCertificate(b.ctx, b.name+"-certificate", &acm.CertificateArgs{
		DomainName:       pulumi.String(b.Domain.Name),
		ValidationMethod: pulumi.String("DNS"),
		Tags:             b.Tags,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("request certificate for %s: %w", b.Domain.Name, err)
	}
	option := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(b.ctx, b.name+"-proof", &route53.RecordArgs{
		ZoneId:         pulumi.String(b.Domain.ZoneID),
		Name:           option.ResourceRecordName().Elem(),
		Type:           option.ResourceRecordType().Elem(),
		Records:        pulumi.StringArray{option.ResourceRecordValue().Elem()},
		Ttl:            pulumi.Int(validationTTL),
		AllowOverwrite: pulumi.Bool(true), // all certificates of an account for a name have the same record
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create validation record of %s: %w", b.Domain.Name, err)
	}
	validation, err := acm.NewCertificateValidation(b.ctx, b.name+"-validation", &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, b.parent, pulumi.Timeouts(&pulumi.CustomTimeouts{Create: validationTimeout}))
	if err != nil {
		return fmt.Errorf("validate certificate for %s: %w", b.Domain.Name, err)
	}
	b.certificateARN = validation.CertificateArn
	return nil
}

// createRecord creates the alias record of the host name. It does not overwrite an existing record, which may be in
// use.
func (b *builder) createRecord() error {
	if b.Domain.ZoneID == "" {
		return nil
	}
	_, err := route53.NewRecord(b.ctx, b.name+"-name", &route53.RecordArgs{
		ZoneId: pulumi.String(b.Domain.ZoneID),
		Name:   pulumi.String(b.Domain.Name),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name: b.balancer.DnsName, ZoneId: b.balancer.ZoneId, EvaluateTargetHealth: pulumi.Bool(false),
		}},
	}, b.parent)
	return steps.Wrap(err, "create record %s", b.Domain.Name)
}

// CheckRemoval returns an error if the stack has a protected load balancer. Call it before anything is registered if
// the configuration has no load balancer: AWS would refuse the deletion only after the tasks have left it.
func CheckRemoval(ctx *pulumi.Context, names naming.Stack) error {
	tagged, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"elasticloadbalancing:loadbalancer"},
		TagFilters: []resourcegroupstaggingapi.GetResourcesTagFilter{
			{Key: naming.TagStack, Values: []string{names.Name}},
		},
	})
	if err != nil || len(tagged.ResourceTagMappingLists) == 0 { // GetLbs would read the tags of all in the account
		return steps.Wrap(err, "look for a load balancer of the stack")
	}
	balancers, err := lb.GetLbs(ctx, &lb.GetLbsArgs{Tags: map[string]string{naming.TagStack: names.Name}})
	if err != nil {
		return fmt.Errorf("list load balancers of the stack: %w", err)
	}
	for _, arn := range balancers.Arns {
		balancer, err := lb.LookupLoadBalancer(ctx, &lb.LookupLoadBalancerArgs{Arn: &arn})
		if err != nil {
			return fmt.Errorf("look up load balancer %s: %w", arn, err)
		}
		if balancer.EnableDeletionProtection {
			return fmt.Errorf("the stack's load balancer, %s, would be deleted, but it is protected: other DNS records may "+
				"refer to its name, which cannot be restored.\n"+
				"    To keep it, set its certificate again, too:  pulumi config set ingress loadBalancer\n"+
				"    To delete it, first remove the protection while ingress is loadBalancer:\n"+
				"    pulumi config set deletionProtection false && pulumi up", balancer.DnsName)
		}
	}
	return nil
}
