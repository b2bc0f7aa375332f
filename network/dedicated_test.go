package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

func TestADedicatedVPCHasBothTiersInEveryZone(t *testing.T) {
	for _, zones := range [][]string{
		{"eu-central-1a", "eu-central-1b"},
		{"eu-central-1a", "eu-central-1b", "eu-central-1c"},
		{"eu-central-1c", "eu-central-1a"},
	} {
		stack, told := mustBuild(t, dedicated(func(a *Args) { a.Zones = zones }), nil)
		want := map[string]string{}
		var publicIDs, isolatedIDs []string
		for _, zone := range zones {
			letter := zone[len(zone)-1:]
			want["network-public-"+letter], want["network-isolated-"+letter] = zone, zone
			publicIDs = append(publicIDs, "network-public-"+letter+"-id")
			isolatedIDs = append(isolatedIDs, "network-isolated-"+letter+"-id")
		}
		assert.Equal(t, want, values(stack, subnetToken, "availabilityZone"))
		assert.Equal(t, publicIDs, told["public"].Value, "the tasks' subnets")
		assert.Equal(t, isolatedIDs, told["private"].Value, "the data tiers' subnets")
		for name, vpc := range values(stack, subnetToken, "vpcId") {
			assert.Equal(t, told["vpc"].Value, vpc, name)
		}
	}
}

func TestAnAddedZoneMovesNoSubnet(t *testing.T) {
	two, _ := mustBuild(t, dedicated(func(a *Args) { a.Zones = []string{"eu-central-1a", "eu-central-1b"} }), nil)
	three, _ := mustBuild(t, dedicated(func(a *Args) { a.Zones = []string{"eu-central-1a", "eu-central-1b", "eu-central-1c"} }), nil)
	before, after := values(two, subnetToken, "cidrBlock"), values(three, subnetToken, "cidrBlock")
	require.Len(t, before, 4)
	require.Len(t, after, 6)
	maps.DeleteFunc(after, func(name, _ string) bool { return strings.HasSuffix(name, "-c") })
	assert.Equal(t, before, after)
}

func TestTheFirstTwoOrdinaryZonesAreTakenUnlessZonesAreNamed(t *testing.T) {
	aws := &pulumitest.AWS{
		Zones:      []string{"eu-central-1c", "eu-central-1b", "eu-central-1a"},
		LocalZones: []string{"eu-central-1-ham-1a"}, // sorts before the others, and has no Fargate
	}
	stack, _ := mustBuild(t, dedicated(nil), aws)
	zones := slices.Collect(maps.Values(values(stack, subnetToken, "availabilityZone")))
	slices.Sort(zones)
	assert.Equal(t, []string{"eu-central-1a", "eu-central-1b"}, slices.Compact(zones))
	asked := stack.Asked("aws:index/getAvailabilityZones:getAvailabilityZones")
	require.Len(t, asked, 1)
	assert.NotContains(t, asked[0], resource.PropertyKey("state"), "the subnets of a running stack stay where they are while a zone is down")
	assert.Contains(t, fmt.Sprint(asked[0]["excludeZoneIds"]), "use1-az3")
}

func TestNamedZonesAreNotLookedUp(t *testing.T) {
	aws := &pulumitest.AWS{Refused: []string{"aws:index/getAvailabilityZones:getAvailabilityZones"}}
	mustBuild(t, dedicated(func(a *Args) { a.Zones = []string{"eu-central-1a", "eu-central-1b"} }), aws)
}

func TestThePublicSubnetsReachTheInternet(t *testing.T) {
	stack, told := mustBuild(t, dedicated(nil), nil)
	gateway := stack.One(t, "aws:ec2/internetGateway:InternetGateway")
	assert.Equal(t, told["vpc"].Value, gateway.Text("vpcId"))
	for _, subnet := range told["public"].Value.([]string) {
		assert.Equal(t, []string{"0.0.0.0/0 via network-gateway-id"}, routesOf(t, stack, subnet))
	}
}

func TestTheIsolatedSubnetsHaveNoRouteToTheInternet(t *testing.T) {
	stack, told := mustBuild(t, dedicated(nil), nil)
	subnets := told["private"].Value.([]string)
	require.NotEmpty(t, subnets)
	for _, subnet := range subnets {
		assert.Empty(t, routesOf(t, stack, subnet), subnet)
	}
}

func TestSubnetsHandOutNoPublicAddressesByThemselves(t *testing.T) {
	stack, _ := mustBuild(t, dedicated(nil), nil)
	for name, handsOut := range values(stack, subnetToken, "mapPublicIpOnLaunch") {
		assert.NotEqual(t, "true", handsOut, name)
	}
}

func TestADedicatedVPCResolvesTheNamesOfItsHosts(t *testing.T) {
	stack, _ := mustBuild(t, dedicated(nil), nil)
	vpc := stack.One(t, "aws:ec2/vpc:Vpc")
	assert.Equal(t, "10.42.0.0/16", vpc.Text("cidrBlock"))
	assert.Equal(t, "true", vpc.Text("enableDnsSupport"), "the database is known by its host name")
	assert.Equal(t, "true", vpc.Text("enableDnsHostnames"))
}

func TestTheDefaultSecurityGroupLetsNothingThrough(t *testing.T) {
	stack, told := mustBuild(t, dedicated(nil), nil)
	group := stack.One(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
	assert.Equal(t, told["vpc"].Value, group.Text("vpcId"))
	assert.True(t, group.Value("ingress").IsNull(), "rules in")
	assert.True(t, group.Value("egress").IsNull(), "rules out")
}

// What a VPC is made of is free of charge, except for what is named here.
func TestTheNetworkHasNoPrice(t *testing.T) {
	stack, _ := mustBuild(t, dedicated(nil), nil)
	require.NotEmpty(t, stack.OfType(subnetToken))
	for _, one := range stack.All() {
		assert.NotRegexp(t, `(?i)natgateway|eip|endpoint|transitgateway|flowlog|ipam|vpn`, one.Type, one.Name)
	}
}

func TestEverythingCarriesTheStacksTagsAndANameForTheConsole(t *testing.T) {
	args := dedicated(nil)
	stack, _ := mustBuild(t, args, nil)
	for _, token := range []string{"aws:ec2/vpc:Vpc", subnetToken, tableToken, "aws:ec2/internetGateway:InternetGateway", groupToken} {
		for name, tag := range values(stack, token, "tags.Name") {
			assert.Regexp(t, "^threa", tag, name)
		}
		for name, tag := range values(stack, token, "tags.Project") {
			assert.Equal(t, "threa", tag, name)
		}
	}
	assert.Len(t, args.Tags, 1, "the caller's tags are left as they are")
}
