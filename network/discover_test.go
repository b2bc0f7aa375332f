package network

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const own = "vpc-0123456789abcdef0"

// account has a default VPC with two subnets, and one of the user's own with two public and two private ones.
func account() *mocks.AWS {
	aws := (&mocks.AWS{}).Add("aws:ec2/vpc:Vpc",
		mocks.Item{"id": "vpc-default", "is-default": true}, mocks.Item{"id": own, "is-default": false})
	for _, subnet := range []struct {
		vpc, id, zone string
		public        bool
	}{
		{"vpc-default", "default-b", "b", true}, {"vpc-default", "default-a", "a", true},
		{own, "private-b", "b", false}, {own, "private-a", "a", false},
		{own, "public-b", "b", true}, {own, "public-a", "a", true},
		{"vpc-public", "open-a", "a", true}, {"vpc-public", "open-b", "b", true},
		{"vpc-private", "closed-a", "a", false}, {"vpc-private", "closed-b", "b", false},
		{"vpc-narrow", "narrow-1", "a", true}, {"vpc-narrow", "narrow-2", "a", false}, {"vpc-narrow", "narrow-3", "a", false},
		{"vpc-wide", "w1", "a", true}, {"vpc-wide", "w2", "a", true}, {"vpc-wide", "w3", "c", true},
		{"vpc-wide", "w4", "b", true},
	} {
		aws.Add("aws:ec2/subnet:Subnet", mocks.Subnet(subnet.vpc, subnet.id, mocks.Region+subnet.zone, subnet.public))
	}
	return aws
}

// existing returns the arguments for the user's own VPC.
func existing(change func(*Args)) *Args {
	return dedicated(func(a *Args) {
		a.VPC = own
		if change != nil {
			change(a)
		}
	})
}

// inVPC returns the arguments for a VPC and the subnets that the configuration names.
func inVPC(vpc string, public, private []string) *Args {
	return dedicated(func(a *Args) { a.VPC, a.PublicSubnetIDs, a.PrivateSubnetIDs = vpc, public, private })
}

func balanced(a *Args) { a.LoadBalancer = true }

func TestZones_FirstTwoOrdinaryOnes(t *testing.T) {
	local := mocks.Item{"name": "eu-central-1-ham-1a", "opt-in-status": "not-opted-in"} // sorts before the others
	aws := (&mocks.AWS{}).Add("availabilityZone", local, mocks.Zone("c"), mocks.Zone("b"), mocks.Zone("a"))
	stack, _ := mustBuild(t, dedicated(nil), aws)
	zones := slices.Sorted(maps.Values(values(stack, subnetToken, "availabilityZone")))
	assert.Equal(t, []string{"eu-central-1a", "eu-central-1b"}, slices.Compact(zones))
	calls := stack.Calls("aws:index/getAvailabilityZones:getAvailabilityZones")
	require.Len(t, calls, 1)
	assert.NotContains(t, calls[0], resource.PropertyKey("state"), "an outage of a zone moves no subnet")
	assert.Contains(t, fmt.Sprint(calls[0]["excludeZoneIds"]), "use1-az3")
}

func TestZones_NamedOnesMustExist(t *testing.T) {
	named := dedicated(func(a *Args) { a.Zones = []string{"eu-central-1a", "eu-central-1x"} })
	_, _, err := tryBuild(t, named, nil)
	require.ErrorContains(t, err, "threa:availabilityZones names eu-central-1x, but the account has eu-central-1a, ")
	require.ErrorContains(t, err, "pulumi config rm availabilityZones")
	_, _, err = tryBuild(t, named, &mocks.AWS{Refused: []string{"aws:index/getAvailabilityZones:getAvailabilityZones"}})
	require.ErrorContains(t, err, "not checked: whether the zones of threa:availabilityZones exist")
	mustBuild(t, dedicated(func(a *Args) { a.Zones = []string{"eu-central-1c", "eu-central-1a"} }), nil)
}

func TestVPC_Existing(t *testing.T) {
	for name, row := range map[string]struct {
		args            *Args
		public, private []string
	}{
		"default VPC": {inVPC("default", nil, nil), []string{"default-a", "default-b"},
			[]string{"default-a", "default-b"}},
		"subnets looked up":  {inVPC(own, nil, nil), []string{"public-a", "public-b"}, []string{"private-a", "private-b"}},
		"no private subnets": {inVPC("vpc-public", nil, nil), []string{"open-a", "open-b"}, []string{"open-a", "open-b"}},
		"public subnets named": {
			inVPC("vpc-private", []string{"closed-b", "closed-a"}, nil), []string{"closed-b", "closed-a"}, []string{"closed-b",
				"closed-a"},
		},
		"one public subnet named, the other stays public": {
			inVPC(own, []string{"public-a"}, nil), []string{"public-a"}, []string{"private-a", "private-b"},
		},
		"private subnets named": {
			inVPC(own, nil, []string{"public-a", "private-b"}), []string{"public-a", "public-b"}, []string{"public-a",
				"private-b"},
		},
		"both named, in the user's order": {
			inVPC(own, []string{"public-b"}, []string{"private-b", "private-a"}), []string{"public-b"}, []string{"private-b",
				"private-a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			stack, out := mustBuild(t, row.args, account())
			assert.Contains(t, []any{row.args.VPC, "vpc-" + row.args.VPC}, out["vpc"].Value)
			assert.Equal(t, row.public, out["public"].Value)
			assert.Equal(t, row.private, out["private"].Value)
			for _, r := range stack.All() {
				assert.Contains(t, []string{"threa:network:Network", groupToken, ingressToken, egressToken}, r.Type,
					"an existing VPC gets the stack's security groups and nothing else")
			}
		})
	}
}

// TestVPC_TellsWhichSubnetsItChose wants a note for what the configuration does not name.
func TestVPC_TellsWhichSubnetsItChose(t *testing.T) {
	const public, private = `pulumi config set --stack prod --path 'publicSubnetIds[1]' public-b`,
		`pulumi config set --stack prod --path 'privateSubnetIds[0]' private-a`
	stack, _ := mustBuild(t, inVPC(own, nil, nil), account())
	assert.Contains(t, stack.Notes(), "the subnets of "+own+" for tasks are public-a, public-b. Later deployments may")
	assert.Contains(t, stack.Notes(), public)
	assert.Contains(t, stack.Notes(), private)
	stack, _ = mustBuild(t, inVPC(own, []string{"public-a", "public-b"}, nil), account())
	assert.NotContains(t, stack.Notes(), "publicSubnetIds")
	assert.Contains(t, stack.Notes(), private)
	stack, _ = mustBuild(t, inVPC("default", nil, nil), account())
	assert.Contains(t, stack.Notes(), "the default subnets of vpc-default for tasks, database and cache are default-a, "+
		"default-b. Another default subnet that is added to the VPC joins them.")
	stack, _ = mustBuild(t, dedicated(nil), account())
	assert.Empty(t, stack.Notes())
}

func TestLoadBalancerSubnets_OnePerZone(t *testing.T) {
	for _, row := range []struct {
		args *Args
		want []string
	}{
		{dedicated(nil), []string{"network-public-a-id", "network-public-b-id"}},
		{inVPC(own, nil, nil), []string{"public-a", "public-b"}},
		{inVPC("default", nil, nil), []string{"default-a", "default-b"}},
		{inVPC("vpc-wide", nil, nil), []string{"w1", "w3", "w4"}},
		{inVPC(own, []string{"public-b", "public-a"}, nil), []string{"public-b", "public-a"}},
	} {
		row.args.LoadBalancer = true
		_, out := mustBuild(t, row.args, account())
		assert.Equal(t, row.want, out["balancerSubnets"].Value, row.args.VPC)
	}
}

func TestDiscover_RefusesBeforeRegistering(t *testing.T) {
	oneZone := inVPC(own, []string{"public-a"}, nil)
	mustBuild(t, oneZone, account())
	oneZone.LoadBalancer = true
	const tooFewZones = "span 1 availability zones, but RDS requires 2"
	for name, row := range map[string]struct {
		args *Args
		aws  *mocks.AWS
		want []string
	}{
		"no default VPC": {inVPC("default", nil, nil), &mocks.AWS{},
			[]string{"threa:vpc", "no default VPC", "pulumi config set vpc dedicated", "aws ec2 create-default-vpc"}},
		"default VPC without subnets": {inVPC("default", nil, nil),
			(&mocks.AWS{}).Add("aws:ec2/vpc:Vpc", mocks.Item{"id": "vpc-default", "is-default": true}),
			[]string{"span 0 availability zones, but RDS requires 2", "pulumi config set vpc dedicated"}},
		"no such VPC": {inVPC("vpc-0fffffff", nil, nil), account(),
			[]string{`threa:vpc is "vpc-0fffffff"`, "does not exist in this region or has no subnets", "aws ec2 describe-vpcs"}},
		"VPC without subnets": {inVPC("vpc-empty", nil, nil), account(),
			[]string{`threa:vpc is "vpc-empty"`, "has no subnets"}},
		"VPC without public subnets": {inVPC("vpc-private", nil, nil), account(), []string{
			"no subnet of vpc-private assigns public addresses", "of closed-a, closed-b",
			"pulumi config set --path 'publicSubnetIds[0]'",
		}},
		"VPC in one zone": {inVPC("vpc-narrow", nil, nil), account(),
			[]string{"(narrow-2, narrow-3)", tooFewZones, "pulumi config set --path 'privateSubnetIds[1]'"}},
		"public subnet of another VPC": {inVPC(own, []string{"public-a", "open-a"}, nil), account(), []string{
			"threa:publicSubnetIds names open-a, but the subnets of " + own + " are private-a, private-b, public-a, public-b",
		}},
		"private subnets of another VPC": {inVPC(own, nil, []string{"open-a", "open-b"}), account(),
			[]string{"threa:privateSubnetIds names open-a, open-b, but", "pulumi config rm privateSubnetIds"}},
		"both lists of another VPC": {inVPC(own, []string{"open-a"}, []string{"open-a", "open-b"}), account(),
			[]string{"threa:publicSubnetIds names open-a", "threa:privateSubnetIds names open-a, open-b"}},
		"one public subnet named, which leaves one": {inVPC("vpc-private", []string{"closed-b"}, nil), account(),
			[]string{"(closed-a)", tooFewZones}},
		"private subnets in one zone": {inVPC(own, nil, []string{"private-a", "public-a"}), account(),
			[]string{"(private-a, public-a)", tooFewZones}},
		"region with one zone": {dedicated(nil), (&mocks.AWS{}).Add("availabilityZone", mocks.Zone("a")),
			[]string{"the region has 1 availability zones, but RDS requires 2"}},
		"load balancer in one zone": {oneZone, account(), []string{
			"the subnets for tasks (public-a) span 1 availability zones, but a load balancer requires 2",
			"pulumi config set --path 'publicSubnetIds[1]' <subnet id>",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			recording, _, err := tryBuild(t, row.args, row.aws)
			require.Error(t, err)
			for _, text := range row.want {
				assert.ErrorContains(t, err, text)
			}
			assert.Empty(t, recording.All(), "nothing may be registered")
		})
	}
}

func TestDiscover_NamesTheFailedLookup(t *testing.T) {
	for _, row := range []struct{ refused, vpc, want string }{
		{"aws:index/getAvailabilityZones:getAvailabilityZones", "dedicated", "look up availability zones"},
		{"aws:ec2/getVpcs:getVpcs", "default", "look up default VPC"},
		{"aws:ec2/getSubnets:getSubnets", "default", "look up subnets of vpc-default"},
		{"aws:ec2/getSubnets:getSubnets", own, "look up subnets of " + own},
		{"aws:ec2/getSubnet:getSubnet", own, "look up subnet private-a"},
	} {
		aws := account()
		aws.Refused = []string{row.refused}
		recording, _, err := tryBuild(t, inVPC(row.vpc, nil, nil), aws)
		require.ErrorContains(t, err, row.want)
		require.ErrorContains(t, err, "AccessDenied")
		assert.Empty(t, recording.All(), "nothing may be registered")
	}
}
