package shim

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const listenerAnswer = `<R><Listeners><member><ListenerArn>l</ListenerArn><SslPolicy>old</SslPolicy></member>
<member><ListenerArn>other</ListenerArn><SslPolicy>old</SslPolicy></member></Listeners></R>`

func zonesAnswer(zones ...string) string {
	answer := "<R><subnetSet>"
	for _, zone := range zones {
		answer += "<item><availabilityZone>" + zone + "</availabilityZone></item>"
	}
	return answer + "</subnetSet></R>"
}

func protectionAnswer(value string) string {
	return "<R><Attributes><member><Key>idle</Key><Value>true</Value></member>" +
		"<member><Key>deletion_protection.enabled</Key><Value>" + value + "</Value></member></Attributes></R>"
}

func TestDeleteLoadBalancer_RespectsProtection(t *testing.T) {
	c, m := newShim(t, map[string]string{"DescribeLoadBalancerAttributes": protectionAnswer("true"),
		"DeleteLoadBalancer": "<R/>"})
	c.query("elasticloadbalancing", "DeleteLoadBalancer", "LoadBalancerArn", "b").refused(t, http.StatusBadRequest,
		"OperationNotPermitted")
	assert.Empty(t, m.got("DeleteLoadBalancer"))
	m.answers["DescribeLoadBalancerAttributes"] = protectionAnswer("false")
	assert.Equal(t, http.StatusOK, c.query("elasticloadbalancing", "DeleteLoadBalancer", "LoadBalancerArn", "b").status)
}

func TestCreateLoadBalancer_ChecksSubnets(t *testing.T) {
	c, m := newShim(t, map[string]string{"CreateLoadBalancer": "<R/>"})
	create := func(name string, zones ...string) answer {
		m.answers["DescribeSubnets"] = zonesAnswer(zones...)
		return c.query("elasticloadbalancing", "CreateLoadBalancer", "Name", name, "Subnets.member.1", "one",
			"Subnets.member.2", "two")
	}
	create("threa", "a", "a").refused(t, http.StatusBadRequest, "InvalidConfigurationRequest")
	create("threa", "a").refused(t, http.StatusBadRequest, "ValidationError")
	assert.Empty(t, m.got("CreateLoadBalancer"))
	assert.Equal(t, http.StatusOK, create("threa", "a", "b").status)
	asked, err := url.ParseQuery(m.got("DescribeSubnets")[0])
	require.NoError(t, err)
	assert.Equal(t, "one two", asked.Get("SubnetId.1")+" "+asked.Get("SubnetId.2"))
}

func TestModifyListener_KeepsNewPolicies(t *testing.T) {
	c, m := newShim(t, map[string]string{"ModifyListener": listenerAnswer, "DescribeListeners": listenerAnswer})
	const policy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
	policies := func(a answer) []string {
		t.Helper()
		require.Equal(t, http.StatusOK, a.status, a.body)
		tree, err := parseXML([]byte(a.body))
		require.NoError(t, err)
		var all []string
		for _, one := range (element{tree}).all("SslPolicy") {
			all = append(all, one.Text())
		}
		return all
	}
	modify := func(policy string) []string {
		return policies(c.query("elasticloadbalancing", "ModifyListener", "ListenerArn", "l", "SslPolicy", policy))
	}
	assert.Equal(t, []string{policy, "old"}, modify(policy))
	assert.NotContains(t, m.got("ModifyListener")[0], "SslPolicy")
	assert.Equal(t, []string{policy, "old"}, policies(c.query("elasticloadbalancing", "DescribeListeners")))
}
