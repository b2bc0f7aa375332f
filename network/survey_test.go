package network

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const own = "vpc-0123456789abcdef0"

// account has a default VPC with two subnets, and one of the user's own with two public and two private ones.
func account() *pulumitest.AWS {
	return &pulumitest.AWS{VPCs: []pulumitest.VPC{
		{ID: "vpc-default", Default: true, Subnets: []pulumitest.Subnet{
			{ID: "default-b", Zone: "eu-central-1b", Public: true}, {ID: "default-a", Zone: "eu-central-1a", Public: true},
		}},
		{ID: own, Subnets: []pulumitest.Subnet{
			{ID: "private-b", Zone: "eu-central-1b"}, {ID: "private-a", Zone: "eu-central-1a"},
			{ID: "public-b", Zone: "eu-central-1b", Public: true}, {ID: "public-a", Zone: "eu-central-1a", Public: true},
		}},
		{ID: "vpc-public", Subnets: []pulumitest.Subnet{
			{ID: "open-a", Zone: "eu-central-1a", Public: true}, {ID: "open-b", Zone: "eu-central-1b", Public: true},
		}},
		{ID: "vpc-private", Subnets: []pulumitest.Subnet{
			{ID: "closed-a", Zone: "eu-central-1a"}, {ID: "closed-b", Zone: "eu-central-1b"},
		}},
		{ID: "vpc-narrow", Subnets: []pulumitest.Subnet{
			{ID: "narrow-1", Zone: "eu-central-1a", Public: true}, {ID: "narrow-2", Zone: "eu-central-1a"}, {ID: "narrow-3", Zone: "eu-central-1a"},
		}},
		{ID: "vpc-empty"},
	}}
}

// existing asks for the user's own VPC, with some of the arguments changed.
func existing(change func(*Args)) *Args {
	return dedicated(func(a *Args) {
		a.VPC = own
		if change != nil {
			change(a)
		}
	})
}

func TestAnExistingVPCIsUsedAsItIs(t *testing.T) {
	for _, one := range []struct {
		name            string
		args            *Args
		vpc             string
		public, private []string
	}{
		{"the default VPC", existing(func(a *Args) { a.VPC = "default" }), "vpc-default",
			[]string{"default-a", "default-b"}, []string{"default-a", "default-b"}},
		{"subnets looked up", existing(nil), own, []string{"public-a", "public-b"}, []string{"private-a", "private-b"}},
		{"no private subnets", existing(func(a *Args) { a.VPC = "vpc-public" }), "vpc-public",
			[]string{"open-a", "open-b"}, []string{"open-a", "open-b"}},
		{"public subnets named", existing(func(a *Args) { a.VPC, a.PublicSubnetIDs = "vpc-private", []string{"closed-b", "closed-a"} }),
			"vpc-private", []string{"closed-b", "closed-a"}, []string{"closed-b", "closed-a"}},
		{"one public subnet named: the other does not become private", existing(func(a *Args) { a.PublicSubnetIDs = []string{"public-a"} }), own,
			[]string{"public-a"}, []string{"private-a", "private-b"}},
		{"private subnets named", existing(func(a *Args) { a.PrivateSubnetIDs = []string{"public-a", "private-b"} }), own,
			[]string{"public-a", "public-b"}, []string{"public-a", "private-b"}},
		{"both named, in the user's order", existing(func(a *Args) {
			a.PublicSubnetIDs, a.PrivateSubnetIDs = []string{"public-b"}, []string{"private-b", "private-a"}
		}), own, []string{"public-b"}, []string{"private-b", "private-a"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			stack, told := mustBuild(t, one.args, account())
			assert.Equal(t, one.vpc, told["vpc"].Value)
			assert.Equal(t, one.public, told["public"].Value, "the tasks' subnets")
			assert.Equal(t, one.private, told["private"].Value, "the data tiers' subnets")
			for _, made := range stack.All() {
				assert.Contains(t, []string{"threa:network:Network", groupToken, ingressToken, egressToken}, made.Type,
					"nothing is made in somebody else's VPC but the stack's own groups")
			}
		})
	}
}

func TestAVPCThatDoesNotFitIsRefusedBeforeAnythingIsRegistered(t *testing.T) {
	for _, one := range []struct {
		name string
		args *Args
		aws  *pulumitest.AWS
		says []string
	}{
		{"the account has no default VPC", existing(func(a *Args) { a.VPC = "default" }), &pulumitest.AWS{},
			[]string{"threa:vpc", "no default VPC", "pulumi config set vpc dedicated", "aws ec2 create-default-vpc"}},
		{"default VPC without subnets", existing(func(a *Args) { a.VPC = "default" }),
			&pulumitest.AWS{VPCs: []pulumitest.VPC{{ID: "vpc-default", Default: true}}},
			[]string{"do not span the 2 availability zones", "pulumi config set vpc dedicated"}},
		{"no such VPC", existing(func(a *Args) { a.VPC = "vpc-0fffffff" }), account(),
			[]string{`threa:vpc is "vpc-0fffffff"`, "does not exist in this region or has no subnets", "aws ec2 describe-vpcs"}},
		{"VPC without subnets", existing(func(a *Args) { a.VPC = "vpc-empty" }), account(),
			[]string{`threa:vpc is "vpc-empty"`, "has no subnets"}},
		{"VPC without public subnets", existing(func(a *Args) { a.VPC = "vpc-private" }), account(),
			[]string{"no subnet of vpc-private hands out public addresses", "of closed-a, closed-b", "pulumi config set --path 'publicSubnetIds[0]'"}},
		{"VPC in one zone", existing(func(a *Args) { a.VPC = "vpc-narrow" }), account(),
			[]string{"(narrow-2, narrow-3)", "do not span the 2 availability zones", "pulumi config set --path 'privateSubnetIds[1]'"}},
		{"public subnet of another VPC", existing(func(a *Args) { a.PublicSubnetIDs = []string{"public-a", "open-a"} }), account(),
			[]string{"threa:publicSubnetIds names open-a, which " + own + " does not have", "private-a, private-b, public-a, public-b"}},
		{"private subnets of another VPC", existing(func(a *Args) { a.PrivateSubnetIDs = []string{"open-a", "open-b"} }), account(),
			[]string{"threa:privateSubnetIds names open-a, open-b, which " + own, "pulumi config rm privateSubnetIds"}},
		{"both lists of another VPC", existing(func(a *Args) {
			a.PublicSubnetIDs, a.PrivateSubnetIDs = []string{"open-a"}, []string{"open-a", "open-b"}
		}), account(), []string{"threa:publicSubnetIds names open-a", "threa:privateSubnetIds names open-a, open-b"}},
		{"one public subnet named, which leaves one",
			existing(func(a *Args) { a.VPC, a.PublicSubnetIDs = "vpc-private", []string{"closed-b"} }), account(),
			[]string{"(closed-a)", "do not span the 2 availability zones"}},
		{"private subnets in one zone", existing(func(a *Args) { a.PrivateSubnetIDs = []string{"private-a", "public-a"} }), account(),
			[]string{"(private-a, public-a)", "do not span the 2 availability zones"}},
		{"region of one zone", dedicated(nil), &pulumitest.AWS{Zones: []string{"eu-central-1a"}},
			[]string{"the region offers 1 availability zones, RDS wants 2"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			recording, _, err := try(t, one.args, one.aws)
			require.Error(t, err)
			for _, text := range one.says {
				assert.ErrorContains(t, err, text)
			}
			assert.Empty(t, recording.All(), "nothing may be registered")
		})
	}
}

func TestALookupThatAWSRefusesSaysWhatWasLookedUp(t *testing.T) {
	for _, one := range []struct {
		refused string
		vpc     string
		says    string
	}{
		{"aws:index/getAvailabilityZones:getAvailabilityZones", "dedicated", "look up the region's availability zones"},
		{"aws:ec2/getVpcs:getVpcs", "default", "look up the account's default VPC"},
		{"aws:ec2/getSubnets:getSubnets", "default", "look up the subnets of vpc-default"},
		{"aws:ec2/getSubnets:getSubnets", own, "look up the subnets of " + own},
		{"aws:ec2/getSubnet:getSubnet", own, "look up subnet private-a"},
	} {
		aws := account()
		aws.Refused = []string{one.refused}
		recording, _, err := try(t, dedicated(func(a *Args) { a.VPC = one.vpc }), aws)
		require.ErrorContains(t, err, one.says)
		require.ErrorContains(t, err, "AccessDenied")
		assert.Empty(t, recording.All(), "nothing may be registered")
	}
}
