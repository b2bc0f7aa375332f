package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/policy"
)

// violation matches a policy violation in a preview: "- [advisory]  rule  (type: name)".
var violation = regexp.MustCompile(`- \[(advisory|mandatory|disabled|remediate)\] +(\S+) +\((\S+): (\S+)\)`)

// TestPolicies_MatchAccepted previews the program with Pulumi's policy pack for AWS, without and with a load balancer.
func TestPolicies_MatchAccepted(t *testing.T) {
	parallel(t)
	require.DirExists(t, filepath.Join(root, "policy", "node_modules"),
		"install it: npm ci --prefix policy --ignore-scripts")
	accepted, err := policy.ReadAccepted(filepath.Join(root, "policy", "accepted.yaml"))
	require.NoError(t, err)
	s := newSandbox(t, root)
	out := s.must(t, "preview", "--policy-pack", "policy/awsguard")
	zone := aws[string](t, s, "route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "e2e",
		"--query", "HostedZone.Id")
	s.set(t, "ingress", "loadBalancer", "domainName", "app.example.com", "hostedZoneId", zone)
	out += s.must(t, "preview", "--policy-pack", "policy/awsguard")
	require.Equal(t, 2, strings.Count(out, "pulumi-awsguard@v"), "the engine has not run the policies")
	var findings []policy.Finding
	for _, line := range violation.FindAllStringSubmatch(out, -1) {
		findings = append(findings, policy.Finding{Rule: line[2], Resource: line[4], Message: line[3]})
	}
	assert.NoError(t, policy.Check(accepted, "awsguard", findings))
}
