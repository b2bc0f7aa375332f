package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/internal/fixtures"
	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

const policyType = "aws:iam/policy:Policy"

var limited = deployrole.Scope{Account: mocks.Account, Region: mocks.Region, Name: "threa"}

// bootstrapped adds what the bootstrap creates to an account: the deploy role and the permissions boundary, which
// allows the task policies with these documents.
func bootstrapped(t *testing.T, aws *mocks.AWS, taskPolicies ...string) *mocks.AWS {
	t.Helper()
	boundary, err := deployrole.Boundary(limited, taskPolicies...)
	require.NoError(t, err)
	return aws.Add(roleType, mocks.Item{"name": "deploy-threa"}).Add(policyType,
		mocks.Item{"arn": "arn:aws:iam::" + mocks.Account + ":policy/boundary-threa", "policy": boundary})
}

func TestRoles_HaveTheBoundary(t *testing.T) {
	given := with(set("ingress=tunnel", "tunnelToken="+fixtures.TunnelToken, "useSpot=true", "spotFallback=true",
		"sleepAt=20:00", "wakeAt=07:00", "sleepDatabase=true"))
	for name, row := range map[string]struct {
		aws  *mocks.AWS
		want string
	}{
		"no bootstrap":                      {account(), ""},
		"a bootstrap of an earlier version": {account().Add(roleType, mocks.Item{"name": "deploy-threa"}), ""},
		"a bootstrap of another stack":      {account().Add(roleType, mocks.Item{"name": "deploy-threa-staging"}), ""},
		"a bootstrap":                       {bootstrapped(t, account()), "arn:aws:iam::123456789012:policy/boundary-threa"},
	} {
		o := options(t, "prod", given)
		o.AWS = row.aws
		roles := mocks.MustRun(t, deploy, o).OfType(roleType)
		require.Len(t, roles, 6, "the roles of every feature")
		for _, role := range roles {
			assert.Equal(t, row.want, role.Text("permissionsBoundary"), "%s: %s", name, role.Name)
		}
	}
	denied := options(t, "prod", given) // as a role of an earlier bootstrap
	denied.AWS = bootstrapped(t, account())
	denied.AWS.Refused = []string{"iam:GetRole"}
	denied.AWS.Parameters["/threa/stack"] = prodOwner.String()
	denied.AWS.Recorded = map[string]map[string]any{mocks.OwnerID: {"output": map[string]any{"id": prodOwner.ID}}}
	for _, role := range mocks.MustRun(t, deploy, denied).OfType(roleType) {
		assert.NotEmpty(t, role.Text("permissionsBoundary"), role.Name)
	}
	refused := options(t, "prod", given)
	refused.AWS = bootstrapped(t, account())
	refused.AWS.Refused = []string{"aws:iam/getPolicy:getPolicy"}
	_, err := mocks.Run(t, deploy, refused)
	require.ErrorContains(t, err, "look up the permissions boundary", "it would be removed from the roles")
}

// TestBoundary_AllowsTheRoles compares the boundary with the policies of every role in every configuration.
func TestBoundary_AllowsTheRoles(t *testing.T) {
	used := map[string]bool{}
	text, err := deployrole.Boundary(limited)
	require.NoError(t, err)
	boundary, err := iamtest.Parse(text)
	require.NoError(t, err)
	budget := limited
	budget.Name = "threa-budget"
	text, err = deployrole.Boundary(budget)
	require.NoError(t, err)
	ofBudget, err := iamtest.Parse(text)
	require.NoError(t, err)
	for _, row := range grantConfigurations {
		allowed := map[string]*iamtest.Policies{"prod": boundary, "budget": ofBudget}[row.stack]
		o := options(t, row.stack, with(row.given))
		o.Secrets = append(o.Secrets, "threa:appSecretValues")
		for name, who := range identities(t, mocks.MustRun(t, deploy, o)) {
			for _, needed := range who.expected {
				used[needed.action] = true
				is, err := allowed.Allows(iamtest.Request{Action: needed.action, Resource: needed.resource})
				require.NoError(t, err)
				assert.True(t, is, "%s: %+v", name, needed)
			}
		}
	}
	for _, granted := range boundary.Grants() {
		assert.True(t, used[granted.Action], "no role needs %s", granted.Action)
	}
}

// TestDeployRole_ReachesEveryName asks for the rights to change each resource with a name. internal/resources has names
// in full, so that the rights do not cover the names of other stacks.
func TestDeployRole_ReachesEveryName(t *testing.T) {
	checked, roles := 0, map[string]*iamtest.Policies{} // by stack
	for _, recording := range runRegistryStacks(t) {
		for _, r := range recording.All() {
			row, _ := resources.Find(r.Type)
			if row.ARN == "" || !custom(r) {
				continue
			}
			scope := limited
			scope.Name = r.Text("tags.Stack")
			role := roles[scope.Name]
			if role == nil {
				documents, err := deployrole.Deploy(scope)
				require.NoError(t, err)
				role, err = iamtest.Parse(documents...)
				require.NoError(t, err)
				roles[scope.Name] = role
			}
			request := iamtest.Request{Resource: r.Outputs["arn"].StringValue(), Context: map[string]string{
				"aws:ResourceTag/Stack": scope.Name, "aws:RequestTag/Stack": scope.Name,
				"iam:PermissionsBoundary": "arn:aws:iam::" + mocks.Account + ":policy/boundary-" + scope.Name,
			}}
			reached := slices.ContainsFunc(row.Rights, func(right resources.Right) bool {
				return slices.ContainsFunc(right.Write, func(action string) bool {
					request.Action = action
					allowed, err := role.Allows(request)
					require.NoError(t, err)
					return allowed
				})
			})
			assert.True(t, reached, "%s %s", r.Type, r.Outputs["arn"])
			checked++
		}
	}
	assert.Greater(t, checked, 50)
}

func TestPreconditions_CompareTaskPoliciesWithTheBoundary(t *testing.T) {
	const arn, document = "arn:aws:iam::123456789012:policy/uploads",
		`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	given := with(set(`taskPolicyArns=["` + arn + `"]`))
	for name, row := range map[string]struct {
		allowed []string
		want    string
	}{
		"listed":     {[]string{document}, ""},
		"not listed": {nil, "does not allow " + arn},
		"a former version": {
			[]string{`{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}}`},
			"cd bootstrap && pulumi up",
		},
	} {
		o := options(t, "prod", given)
		o.AWS = bootstrapped(t, account(), row.allowed...).Add(policyType, mocks.Item{"arn": arn, "policy": document})
		_, err := mocks.Run(t, deploy, o)
		if row.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, row.want, name)
		o.AWS = deployedAccount("redis")
		bootstrapped(t, o.AWS, row.allowed...).Add(policyType, mocks.Item{"arn": arn, "policy": document})
		o.AWS.Add(roleType, mocks.Item{"name": "threa-ecs-task", "permissionsBoundary": "boundary",
			"tags": map[string]string{"Stack": "threa"}})
		assert.Contains(t, mocks.MustRun(t, deploy, o).Warnings(), row.want, name)
	}
}
