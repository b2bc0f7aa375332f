package deployrole

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
)

// shared are the actions that reach what belongs to no stack or to all, by the end of the resource.
var shared = map[string]string{
	"acm:DescribeCertificate certificate/*":                         "the user's certificates",
	"acm:ListTagsForCertificate certificate/*":                      "to find the own",
	"application-autoscaling:ListTagsForResource scalable-target/*": "to find the own",
	"ec2:CreateSecurityGroup vpc/*":                                 "the user's VPC",
	"ec2:DescribeVpcAttribute vpc/*":                                "the user's VPC",
	"elasticache:DescribeCacheClusters ":                            "the provider lists all",
	"iam:GetPolicy policy/*":                                        "the user's and AWS's policies",
	"iam:GetPolicyVersion policy/*":                                 "the user's and AWS's policies",
	"route53:GetChange change/*":                                    "whether a change is visible",
	"s3:GetObject .pulumi/meta.yaml":                                "the layout of the bucket",
	"s3:ListBucket threa-state-123456789012":                        "the names of the files",
	"servicequotas:GetServiceQuota vpc/L-F678F1CE":                  "VPCs per region",
}

// isShared reports whether a grant is for resources that are not those of one stack.
func isShared(granted iamtest.Grant) bool {
	for pair := range shared {
		action, end, _ := strings.Cut(pair, " ")
		if granted.Action == action && strings.HasSuffix(granted.Resource, end) {
			return true
		}
	}
	return granted.Resource == "*" || strings.Contains(granted.Resource, ":role/aws-service-role/") ||
		strings.Contains(granted.Resource, "g:default") || strings.Contains(granted.Resource, "group:default") // AWS's
}

// TestRoles_ReachNothingOfAnotherStack asks one stack's roles for everything that those of another stack may do. The
// names of the stacks are prefixes of each other, and of the names of resources.
func TestRoles_ReachNothingOfAnotherStack(t *testing.T) {
	environments := []string{"prod", "staging", "staging-eu", "ecs"}
	scopes := make([]Scope, len(environments))
	for i, environment := range environments {
		scopes[i] = prod
		scopes[i].Environment, scopes[i].Zone = environment, "Z0"+strings.ToUpper(environment)
		if environment != "prod" {
			scopes[i].Name = "threa-" + environment
		}
	}
	for i, own := range scopes {
		deploy, preview := roles(t, own)
		for j, other := range scopes {
			if i == j {
				continue
			}
			others, _ := roles(t, other)
			for _, granted := range others.Grants() {
				if isShared(granted) {
					continue
				}
				request := iamtest.Request{Action: granted.Action, Context: contextOf(other),
					Resource: strings.NewReplacer("*", "x", "?", "9").Replace(granted.Resource)}
				for _, role := range []*iamtest.Policies{deploy, preview} {
					allowed, err := role.Allows(request)
					require.NoError(t, err)
					assert.False(t, allowed, "%s may %s on %s", own.Name, granted.Action, granted.Resource)
				}
			}
		}
	}
}

// contextOf returns the condition keys of calls with the resources of a stack.
func contextOf(s Scope) map[string]string {
	return map[string]string{
		"aws:ResourceAccount": s.Account, "aws:ResourceTag/Stack": s.Name, "aws:RequestTag/Stack": s.Name,
		"kms:EncryptionContext:Stack": s.Name, "ec2:CreateAction": "Create", "iam:PolicyARN": s.TaskPolicies[0],
		"elasticloadbalancing:CreateAction": "Create", "iam:PassedToService": "ecs-tasks.amazonaws.com",
		"iam:PermissionsBoundary": "arn:aws:iam::" + s.Account + ":policy/" + BoundaryName(s.Name),
	}
}
