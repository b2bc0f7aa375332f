package network

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

func balanced(a *Args) { a.LoadBalancer = true }

func TestWithALoadBalancerItIsTheOnlyWayToTheTasks(t *testing.T) {
	stack, told := mustBuild(t, dedicated(balanced), nil)
	assert.Equal(t, []string{
		"into network-ecs-tasks-id: tcp 3000-3000 network-load-balancer-id",
		"into network-load-balancer-id: tcp 443-443 0.0.0.0/0",
		"into network-load-balancer-id: tcp 80-80 0.0.0.0/0",
		"into network-rds-id: tcp 5432-5432 network-ecs-tasks-id",
		"into network-redis-id: tcp 6379-6379 network-ecs-tasks-id",
		"out of network-ecs-tasks-id: -1 - 0.0.0.0/0",
		"out of network-load-balancer-id: tcp 3000-3000 network-ecs-tasks-id",
	}, traffic(stack))
	group := stack.Named(t, groupToken, "network-load-balancer")
	assert.Equal(t, "threa-load-balancer", group.Text("name"))
	assert.Equal(t, told["vpc"].Value, group.Text("vpcId"))
	assert.Equal(t, "network-load-balancer-id", told["balancer"].Value)
	assert.Subset(t, told["balancer"].Dependencies, []string{
		ingressToken + " network-https-from-internet", ingressToken + " network-http-from-internet", egressToken + " network-load-balancer-to-tasks",
	}, "a load balancer that comes before would find no task healthy")
	assert.Subset(t, told["tasks"].Dependencies, []string{ingressToken + " network-tasks-from-load-balancer"})
}

// The old rule goes when the new one stands: neither direction leaves a moment without a way in.
func TestAWayInHasANameOfItsOwn(t *testing.T) {
	direct, _ := mustBuild(t, dedicated(nil), nil)
	behind, _ := mustBuild(t, dedicated(balanced), nil)
	direct.Named(t, ingressToken, "network-tasks-from-internet")
	for _, one := range behind.OfType(ingressToken) {
		assert.NotEqual(t, "network-tasks-from-internet", one.Name)
	}
}

func TestTheLoadBalancerFollowsTheAppsPort(t *testing.T) {
	stack, _ := mustBuild(t, dedicated(func(a *Args) { a.LoadBalancer, a.ContainerPort = true, 8080 }), nil)
	assert.Contains(t, traffic(stack), "out of network-load-balancer-id: tcp 8080-8080 network-ecs-tasks-id")
	assert.Contains(t, traffic(stack), "into network-ecs-tasks-id: tcp 8080-8080 network-load-balancer-id")
	assert.NotContains(t, strings.Join(traffic(stack), "\n"), "3000")
}

func TestALoadBalancerStandsInEveryZoneOfTheTasksOnce(t *testing.T) {
	aws := account()
	aws.VPCs = append(aws.VPCs, pulumitest.VPC{ID: "vpc-wide", Subnets: []pulumitest.Subnet{
		{ID: "w1", Zone: "eu-central-1a", Public: true}, {ID: "w2", Zone: "eu-central-1a", Public: true},
		{ID: "w3", Zone: "eu-central-1c", Public: true}, {ID: "w4", Zone: "eu-central-1b", Public: true},
	}})
	for _, one := range []struct {
		args *Args
		want []string
	}{
		{dedicated(balanced), []string{"network-public-a-id", "network-public-b-id"}},
		{existing(balanced), []string{"public-a", "public-b"}},
		{existing(func(a *Args) { a.LoadBalancer, a.VPC = true, "default" }), []string{"default-a", "default-b"}},
		{existing(func(a *Args) { a.LoadBalancer, a.VPC = true, "vpc-wide" }), []string{"w1", "w3", "w4"}},
		{existing(func(a *Args) { a.LoadBalancer, a.PublicSubnetIDs = true, []string{"public-b", "public-a"} }), []string{"public-b", "public-a"}},
	} {
		_, told := mustBuild(t, one.args, aws)
		assert.Equal(t, one.want, told["balancerSubnets"].Value, one.args.VPC)
	}
}

func TestALoadBalancerInOneZoneIsRefusedBeforeAnythingIsRegistered(t *testing.T) {
	args := existing(func(a *Args) { a.PublicSubnetIDs = []string{"public-a"} })
	mustBuild(t, args, account())
	args.LoadBalancer = true
	recording, _, err := try(t, args, account())
	require.ErrorContains(t, err, "the subnets for the tasks (public-a) do not span the 2 availability zones that a load balancer asks for")
	require.ErrorContains(t, err, "pulumi config set --path 'publicSubnetIds[1]' <subnet id>")
	assert.Empty(t, recording.All())
}
