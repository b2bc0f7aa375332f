package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicequotas"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
)

// vpcQuota is the code of the quota "VPCs per Region". Internet gateways have the same limit. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const vpcQuota = "L-F678F1CE"

// CheckQuota returns an error if the stack needs a VPC and the account cannot have another one.
func CheckQuota(ctx *pulumi.Context, args *Args) error {
	if args.VPC != "dedicated" {
		return nil
	}
	const question = "whether the account may have another VPC"
	own, err := ec2.GetVpcs(ctx, &ec2.GetVpcsArgs{Tags: map[string]string{naming.TagStack: args.Names.Name}})
	if err != nil {
		return preconditions.Unanswered(question, err)
	}
	if len(own.Ids) > 0 {
		return nil
	}
	all, err := ec2.GetVpcs(ctx, &ec2.GetVpcsArgs{})
	if err != nil {
		return preconditions.Unanswered(question, err)
	}
	quota, err := servicequotas.LookupServiceQuota(ctx, &servicequotas.LookupServiceQuotaArgs{
		ServiceCode: "vpc", QuotaCode: pulumi.StringRef(vpcQuota),
	})
	if err != nil {
		return preconditions.Unanswered(question, err)
	}
	if len(all.Ids) < int(quota.Value) {
		return nil
	}
	return fmt.Errorf("the account has %d VPCs in %s, which is its quota, and the stack needs one of its own. "+
		"Raise the quota, delete a VPC, or use an existing one:\n"+
		"    aws service-quotas request-service-quota-increase --region %[2]s --service-code vpc --quota-code %s "+
		"--desired-value %d\n    pulumi config set vpc vpc-…", len(all.Ids), args.Names.Region, vpcQuota, len(all.Ids)+1)
}

// checkZones returns an error if the configuration names a zone that the account does not have.
func (d discovery) checkZones() error {
	zones, err := aws.GetAvailabilityZones(d.ctx, &aws.GetAvailabilityZonesArgs{})
	if err != nil {
		return preconditions.Unanswered("whether the zones of threa:availabilityZones exist", err)
	}
	missing := without(d.Zones, zones.Names)
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("threa:availabilityZones names %s, but the account has %s.\n"+
		"    Let the program choose:  pulumi config rm availabilityZones", strings.Join(missing, ", "),
		strings.Join(zones.Names, ", "))
}
