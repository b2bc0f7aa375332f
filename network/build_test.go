package network

import (
	"fmt"
	"maps"
	"net/netip"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	subnetToken  = "aws:ec2/subnet:Subnet"
	groupToken   = "aws:ec2/securityGroup:SecurityGroup"
	ingressToken = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressToken  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// dedicated returns the arguments for a VPC of the stack's own.
func dedicated(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{Name: "threa"}, VPC: "dedicated", CIDR: netip.MustParsePrefix("10.42.0.0/16"),
		ContainerPort: 3000, DatabasePort: 5432, CachePort: 6379,
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// outputs are the network's outputs by name.
type outputs map[string]mocks.Awaited

func tryBuild(t *testing.T, args *Args, aws *mocks.AWS) (*mocks.Recording, outputs, error) {
	t.Helper()
	out := outputs{}
	recording, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		var err error
		if args.Found, err = Discover(ctx, args); err != nil {
			return err
		}
		n, err := New(ctx, "network", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"vpc": n.VPCID, "public": n.PublicSubnetIDs, "private": n.PrivateSubnetIDs,
			"tasks": n.TaskSecurityGroupID, "database": n.DatabaseSecurityGroupID, "cache": n.CacheSecurityGroupID,
			"balancer": n.LoadBalancerSecurityGroupID, "balancerSubnets": n.LoadBalancerSubnetIDs,
		} {
			if name == "cache" && args.CachePort == 0 || name == "balancer" && !args.LoadBalancer {
				continue
			}
			if out[name], err = mocks.Await(ctx, output); err != nil {
				return err
			}
		}
		return nil
	}, mocks.Options{AWS: aws})
	return recording, out, err
}

func mustBuild(t *testing.T, args *Args, aws *mocks.AWS) (*mocks.Recording, outputs) {
	t.Helper()
	recording, out, err := tryBuild(t, args, aws)
	require.NoError(t, err)
	return recording, out
}

// values maps the logical names of all resources of a type to a property.
func values(stack *mocks.Recording, token, property string) map[string]string {
	byName := map[string]string{}
	for _, r := range stack.OfType(token) {
		byName[r.Name] = r.Text(property)
	}
	return byName
}

func TestSubnets_BothTiersInEveryZone(t *testing.T) {
	for _, zones := range [][]string{
		{"eu-central-1a", "eu-central-1b"},
		{"eu-central-1a", "eu-central-1b", "eu-central-1c"},
		{"eu-central-1c", "eu-central-1a"},
	} {
		stack, out := mustBuild(t, dedicated(func(a *Args) { a.Zones = zones }), nil)
		want := map[string]string{}
		var publicIDs, isolatedIDs []string
		for _, zone := range zones {
			letter := zone[len(zone)-1:]
			want["network-public-"+letter], want["network-isolated-"+letter] = zone, zone
			publicIDs = append(publicIDs, "network-public-"+letter+"-id")
			isolatedIDs = append(isolatedIDs, "network-isolated-"+letter+"-id")
		}
		assert.Equal(t, want, values(stack, subnetToken, "availabilityZone"))
		assert.Equal(t, publicIDs, out["public"].Value)
		assert.Equal(t, isolatedIDs, out["private"].Value)
	}
}

func TestSubnets_StayWhenAZoneIsAdded(t *testing.T) {
	zones := []string{"eu-central-1a", "eu-central-1b", "eu-central-1c"}
	two, _ := mustBuild(t, dedicated(func(a *Args) { a.Zones = zones[:2] }), nil)
	three, _ := mustBuild(t, dedicated(func(a *Args) { a.Zones = zones }), nil)
	before, after := values(two, subnetToken, "cidrBlock"), values(three, subnetToken, "cidrBlock")
	require.Len(t, before, 4)
	require.Len(t, after, 6)
	maps.DeleteFunc(after, func(name, _ string) bool { return before[name] == "" })
	assert.Equal(t, before, after)
}

func TestSubnetRange_FillsTheVPCWithoutOverlap(t *testing.T) {
	starts := []string{"10.0.0.0", "10.42.0.0", "172.31.0.0", "192.168.0.0", "10.255.255.0", "192.168.255.0"}
	for _, start := range starts {
		for bits := 16; bits <= 24; bits++ {
			vpc := netip.PrefixFrom(netip.MustParseAddr(start), bits)
			if vpc != vpc.Masked() {
				continue
			}
			ranges := subnetRanges(vpc)
			for i, r := range ranges {
				assert.Equal(t, bits+3, r.Bits(), "an eighth of %s, which AWS allows from /28", vpc)
				assert.Equal(t, vpc, netip.PrefixFrom(r.Addr(), bits).Masked(), "%s is outside %s", r, vpc)
				assert.Equal(t, r.Masked(), r, "%s in %s does not start at its first address", r, vpc)
				for _, other := range ranges[:i] {
					assert.False(t, r.Overlaps(other), "%s and %s in %s", r, other, vpc)
				}
			}
		}
	}
}

// subnetRanges returns the ranges of both tiers in four zones.
func subnetRanges(vpc netip.Prefix) []netip.Prefix {
	var ranges []netip.Prefix
	for _, t := range []tier{public, isolated} {
		for zone := range 4 {
			ranges = append(ranges, subnetRange(vpc, t, zone))
		}
	}
	return ranges
}

// A changed range replaces a subnet and everything in it.
func TestSubnetRange_NeverMoves(t *testing.T) {
	assert.Equal(t, "[10.42.0.0/19 10.42.32.0/19 10.42.64.0/19 10.42.96.0/19 "+
		"10.42.128.0/19 10.42.160.0/19 10.42.192.0/19 10.42.224.0/19]",
		fmt.Sprint(subnetRanges(netip.MustParsePrefix("10.42.0.0/16"))))
}
