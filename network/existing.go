package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// surveyExisting takes the subnets that the user named, or sorts those of the VPC by whether they hand out public
// addresses: EC2 has no better mark of a public subnet.
func surveyExisting(ctx *pulumi.Context, args *Args) (*site, error) {
	all, err := subnetsOf(ctx, args.VPC)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("threa:vpc is %q, but that VPC does not exist in this region or has no subnets.\n"+
			"    List the VPCs:  aws ec2 describe-vpcs --query 'Vpcs[].VpcId'", args.VPC)
	}
	err = errors.Join(
		foreign("publicSubnetIds", args.PublicSubnetIDs, args.VPC, all),
		foreign("privateSubnetIds", args.PrivateSubnetIDs, args.VPC, all))
	if err != nil {
		return nil, err
	}
	open, err := subnetsOf(ctx, args.VPC, filter("map-public-ip-on-launch", "true"))
	if err != nil {
		return nil, err
	}

	public := firstNonEmpty(args.PublicSubnetIDs, open)
	if len(public) == 0 {
		return nil, fmt.Errorf("no subnet of %s hands out public addresses; name those with a route to the internet, of %s.\n"+
			"    pulumi config set --path 'publicSubnetIds[0]' <subnet id>", args.VPC, strings.Join(all, ", "))
	}
	private := firstNonEmpty(args.PrivateSubnetIDs, without(without(all, open), public), public)
	found := &site{vpcID: args.VPC, publicSubnetIDs: public, privateSubnetIDs: private}
	return found, checkZones(ctx, private, fmt.Sprintf("    Name others, of %s:\n"+
		"    pulumi config set --path 'privateSubnetIds[0]' <subnet id>\n"+
		"    pulumi config set --path 'privateSubnetIds[1]' <subnet id>", strings.Join(all, ", ")))
}

// foreign refuses subnets that are not the VPC's.
func foreign(key string, ids []string, vpc string, all []string) error {
	strange := without(ids, all)
	if len(strange) == 0 {
		return nil
	}
	return fmt.Errorf("threa:%s names %s, which %s does not have; it has %s.\n"+
		"    Let the program choose:  pulumi config rm %s",
		key, strings.Join(strange, ", "), vpc, strings.Join(all, ", "), key)
}

// firstNonEmpty is the first list that holds anything.
func firstNonEmpty(lists ...[]string) []string {
	for _, list := range lists {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// without gives the texts of a list that are not in another.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
