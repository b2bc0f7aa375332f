package network

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const (
	subnetToken      = "aws:ec2/subnet:Subnet"
	tableToken       = "aws:ec2/routeTable:RouteTable"
	associationToken = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	routeToken       = "aws:ec2/route:Route"
	groupToken       = "aws:ec2/securityGroup:SecurityGroup"
	ingressToken     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressToken      = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// dedicated asks for a VPC of the stack's own, with some of the arguments changed.
func dedicated(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", VPC: "dedicated", CIDR: netip.MustParsePrefix("10.42.0.0/16"), ContainerPort: 3000, DatabasePort: 5432, Cache: true, CachePort: 6379,
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// outputs is what a network tells, by name.
type outputs map[string]pulumitest.Awaited

// try makes a network and waits for what it tells.
func try(t *testing.T, args *Args, aws *pulumitest.AWS) (*pulumitest.Recording, outputs, error) {
	t.Helper()
	told := outputs{}
	recording, err := pulumitest.Run(t, func(ctx *pulumi.Context) error {
		n, err := New(ctx, "network", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"vpc": n.VPCID, "public": n.PublicSubnetIDs, "private": n.PrivateSubnetIDs,
			"tasks": n.TaskSecurityGroupID, "database": n.DatabaseSecurityGroupID, "cache": n.CacheSecurityGroupID,
			"balancer": n.LoadBalancerSecurityGroupID, "balancerSubnets": n.LoadBalancerSubnetIDs,
		} {
			if name == "cache" && !args.Cache || name == "balancer" && !args.LoadBalancer {
				continue
			}
			if told[name], err = pulumitest.Await(ctx, output); err != nil {
				return err
			}
		}
		return nil
	}, pulumitest.Options{AWS: aws})
	return recording, told, err
}

func mustBuild(t *testing.T, args *Args, aws *pulumitest.AWS) (*pulumitest.Recording, outputs) {
	t.Helper()
	recording, told, err := try(t, args, aws)
	require.NoError(t, err)
	return recording, told
}

// values are a property of all resources of a type by their logical names.
func values(stack *pulumitest.Recording, token, property string) map[string]string {
	all := map[string]string{}
	for _, one := range stack.OfType(token) {
		all[one.Name] = one.Text(property)
	}
	return all
}

// routesOf are the ways out of a subnet, as destinations with gateways.
func routesOf(t *testing.T, stack *pulumitest.Recording, subnet string) []string {
	t.Helper()
	associations := slices.DeleteFunc(stack.OfType(associationToken), func(r pulumitest.Resource) bool {
		return r.Text("subnetId") != subnet
	})
	require.Len(t, associations, 1, "route tables of %s", subnet)
	table := associations[0].Text("routeTableId")
	var ways []string
	for _, one := range stack.OfType(tableToken) {
		if one.Name+"-id" == table && one.Text("routes") != "" {
			ways = append(ways, one.Text("routes"))
		}
	}
	for _, one := range stack.OfType(routeToken) {
		if one.Text("routeTableId") == table {
			ways = append(ways, fmt.Sprintf("%s via %s", one.Text("destinationCidrBlock"), one.Text("gatewayId")))
		}
	}
	return ways
}
