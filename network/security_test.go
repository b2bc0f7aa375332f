package network

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

// A changed name or description replaces a group, which AWS refuses while it is in use. The rules of each kind of
// ingress have different names. So Pulumi deletes the old rule after it has created the new one, and a change leaves no
// gap.
func TestNew_MatchesGolden(t *testing.T) {
	for name, args := range map[string]*Args{
		"direct":        dedicated(nil),
		"load-balancer": dedicated(func(a *Args) { a.LoadBalancer, a.ContainerPort = true, 8080 }),
		"tunnel":        dedicated(func(a *Args) { a.Tunnel, a.CachePort = true, 0 }),
		"existing-vpc":  existing(nil),
	} {
		stack, _ := mustBuild(t, args, account())
		fixtures.Golden(t, name+".txt", stack.Describe())
		assert.Len(t, args.Tags, 1, "the caller's tags are unchanged")
	}
}

func TestRules_AllowedCIDRs(t *testing.T) {
	aws := account()
	for _, subnet := range aws.Existing["aws:ec2/subnet:Subnet"] {
		subnet["ipv6CidrBlock"] = "2001:db8::/64"
	}
	allow := func(args *Args, cidrs ...string) *Args {
		for _, cidr := range cidrs {
			args.AllowedCIDRs = append(args.AllowedCIDRs, netip.MustParsePrefix(cidr))
		}
		return args
	}
	for _, row := range []struct {
		args *Args
		want map[string]string
	}{
		{allow(dedicated(nil)), map[string]string{"tasks-from-internet": "0.0.0.0/0"}},
		{allow(dedicated(nil), "0.0.0.0/0"), map[string]string{"tasks-from-internet": "0.0.0.0/0"}},
		{allow(existing(nil), "203.0.113.7/32", "2001:db8::/32"), map[string]string{
			"tasks-from-203.0.113.7-32": "203.0.113.7/32", "tasks-from-2001.db8..-32": "2001:db8::/32",
		}},
		{allow(dedicated(balanced), "203.0.113.0/24"), map[string]string{
			"https-from-203.0.113.0-24": "203.0.113.0/24", "http-from-203.0.113.0-24": "203.0.113.0/24",
		}},
		{allow(dedicated(func(a *Args) { a.Tunnel = true })), map[string]string{}},
	} {
		stack, _ := mustBuild(t, row.args, aws)
		open := map[string]string{}
		for _, r := range stack.OfType(ingressToken) {
			if cidr := r.Text("cidrIpv4") + r.Text("cidrIpv6"); cidr != "" {
				open[strings.TrimPrefix(r.Name, "network-")] = cidr
			}
		}
		assert.Equal(t, row.want, open)
	}
	_, _, err := tryBuild(t, allow(existing(nil), "203.0.113.7/32", "2001:db8::/32", "2001:db8:1::/48"), account())
	require.ErrorContains(t, err,
		"threa:allowedCidrs has 2001:db8:1::/48, 2001:db8::/32, but the subnets for tasks (public-a, public-b)")
	require.ErrorContains(t, err,
		"\n    pulumi config rm --path 'allowedCidrs[2]'\n    pulumi config rm --path 'allowedCidrs[1]'")
}

func TestGroups_ResolveAfterTheirRules(t *testing.T) {
	_, direct := mustBuild(t, dedicated(nil), nil)
	_, balancer := mustBuild(t, dedicated(balanced), nil)
	for _, row := range []struct {
		group mocks.Awaited
		id    string
		rules []string
	}{
		{direct["tasks"], "network-ecs-tasks-id", []string{
			ingressToken + " network-tasks-from-internet", egressToken + " network-tasks-to-internet",
		}},
		{balancer["tasks"], "network-ecs-tasks-id", []string{ingressToken + " network-tasks-from-load-balancer"}},
		{balancer["balancer"], "network-load-balancer-id", []string{
			ingressToken + " network-https-from-internet", ingressToken + " network-http-from-internet",
			egressToken + " network-load-balancer-to-tasks",
		}},
	} {
		assert.Equal(t, row.id, row.group.Value)
		assert.Subset(t, row.group.Dependencies, row.rules)
	}
}
