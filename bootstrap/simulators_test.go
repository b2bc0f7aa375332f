package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// account is what the bootstrap creates for two stacks. The name of one is a prefix of the other's.
type account struct {
	stacks     map[string]map[string]string // the placeholders of each stack, by the stack's name
	identity   map[string][]json.RawMessage // policies by role
	boundaries map[string]json.RawMessage   // by stack
	resources  map[string]json.RawMessage   // policies of the bucket, the keys and the roles, by ARN
}

const uploads = "arn:aws:iam::123456789012:policy/uploads"

const uploadsPolicy = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":["s3:*","iam:*","kms:*"],"Resource":["*"]}]}`

// everything is what a deployment writes into the app's role, if nothing stops it.
const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}`

// rootDecides is the policy of a key that has no other: the policies of the account's roles decide. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
const rootDecides = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:*"],"Resource":["*"],
	"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}`

func newAccount(t *testing.T) *account {
	t.Helper()
	aws := (&mocks.AWS{}).Add("aws:iam/policy:Policy", mocks.Item{"arn": uploads, "policy": uploadsPolicy})
	for _, stack := range []string{"threa", "threa-staging"} {
		tags := map[string]string{"Stack": stack}
		aws.Add("aws:ec2/subnet:Subnet", mocks.Item{"id": "subnet-of-" + stack, "tags": tags})
	}
	recording, err := try(t, aws, map[string]string{
		"environments": `["prod","staging"]`, "secretsProvider": "kms", "taskPolicyArns": `["` + uploads + `"]`,
		"hostedZoneIds": `{"prod":"Z0PROD","staging":"Z0STAGING"}`,
	})
	require.NoError(t, err)
	a := &account{
		stacks: map[string]map[string]string{}, identity: map[string][]json.RawMessage{},
		boundaries: map[string]json.RawMessage{}, resources: map[string]json.RawMessage{},
	}
	bucket := "arn:aws:s3:::" + bucketOfTheTests
	a.resources[bucket] = json.RawMessage(recording.Only(t, "aws:s3/bucketPolicy:BucketPolicy").Text("policy"))
	for _, key := range recording.OfType(resources.Key) {
		policy := key.Text("policy")
		if policy == "" {
			policy = rootDecides
		}
		a.resources[key.Outputs["arn"].StringValue()] = json.RawMessage(policy)
	}
	for _, role := range recording.OfType(roleType) {
		for _, policy := range attached(t, recording, role.Name) {
			a.identity[role.Name] = append(a.identity[role.Name], json.RawMessage(policy))
		}
		arn := "arn:aws:iam::" + mocks.Account + ":role/" + role.Name
		a.resources[arn] = json.RawMessage(role.Text("assumeRolePolicy"))
	}
	a.addStack(t, recording, "threa", "prod", "threa-staging", "staging")
	a.addStack(t, recording, "threa-staging", "staging", "threa", "prod")
	return a
}

// addStack adds the placeholders of a stack, and its boundary.
func (a *account) addStack(t *testing.T, recording *mocks.Recording, stack, env, other, otherEnv string) {
	t.Helper()
	values := map[string]string{
		"account": mocks.Account, "here": mocks.Region + ":" + mocks.Account, "bucket": bucketOfTheTests, "uploads": uploads,
		"stack": stack, "env": env, "other": other, "otherEnv": otherEnv,
		"boundary": boundaryARN(stack), "otherBoundary": boundaryARN(other),
		"key": keyARN, "zone": zoneID(stack), "otherZone": zoneID(other),
		"subnet": "subnet-of-" + stack, "otherSubnet": "subnet-of-" + other,
	}
	a.stacks[stack] = values
	boundary := recording.Named(t, "aws:iam/policy:Policy", "boundary-"+stack)
	a.boundaries[stack] = json.RawMessage(boundary.Text("policy"))
}

const keyARN = "arn:aws:kms:eu-central-1:123456789012:key/key-id"

func boundaryARN(stack string) string { return "arn:aws:iam::123456789012:policy/boundary-" + stack }
func zoneID(stack string) string {
	return map[string]string{"threa": "Z0PROD", "threa-staging": "Z0STAGING"}[stack]
}

// call returns a call of a row with everything that decides about it.
func (a *account) call(row attack, stack, action string, want bool) call {
	c := call{
		Attack: row.Attack, Want: want, Account: mocks.Account, Role: row.Role + "-" + stack,
		Action: action, Resource: row.On,
		Context: map[string]string{},
	}
	bucket, _, _ := strings.Cut(c.Resource, "/.pulumi/")
	for _, arn := range []string{c.Resource, bucket} {
		if policy := a.resources[arn]; policy != nil && !strings.HasPrefix(action, "iam:") {
			c.ResourcePolicy = policy
		}
	}
	if len(row.Token) > 0 {
		c.Caller, c.Context = providerARN, row.With
		return c
	}
	c.Context = map[string]string{"aws:SecureTransport": "true", "aws:ResourceAccount": mocks.Account}
	maps.Copy(c.Context, row.With)
	c.Caller, c.Identity = "arn:aws:sts::"+mocks.Account+":assumed-role/"+c.Role+"/run", a.identity[c.Role]
	if row.Role == "app" {
		c.Identity, c.Boundary = []json.RawMessage{json.RawMessage(everything)}, a.boundaries[stack]
	}
	return c
}

// evaluate asks iamtest whether AWS would allow the calls.
func evaluate(t *testing.T, calls []call) []bool {
	t.Helper()
	allowed := make([]bool, len(calls))
	for i, c := range calls {
		if strings.HasPrefix(c.Action, "sts:") && c.ResourcePolicy != nil {
			// A trust policy with another principal than GitHub is an error.
			trusted, err := iamtest.Federates(string(c.ResourcePolicy), providerARN, c.Context)
			require.NoError(t, err, c.Attack)
			allowed[i] = trusted && c.Action == "sts:AssumeRoleWithWebIdentity"
			continue
		}
		allowed[i] = allows(t, c, c.Identity...)
		if c.Boundary != nil {
			allowed[i] = allowed[i] && allows(t, c, c.Boundary)
		}
		if strings.HasPrefix(c.Action, "s3:") {
			denied, err := iamtest.Denies(string(c.ResourcePolicy), c.request())
			require.NoError(t, err, c.Attack)
			allowed[i] = allowed[i] && !denied
		}
	}
	return allowed
}

func (c call) request() iamtest.Request {
	return iamtest.Request{Action: c.Action, Resource: c.Resource, Context: c.Context}
}

func allows(t *testing.T, c call, documents ...json.RawMessage) bool {
	t.Helper()
	var texts []string
	for _, document := range documents {
		texts = append(texts, string(document))
	}
	policies, err := iamtest.Parse(texts...)
	require.NoError(t, err)
	allowed, err := policies.Allows(c.request())
	require.NoError(t, err, c.Attack)
	return allowed
}

// simulate asks iam-simulate whether AWS would allow the calls.
func simulate(t *testing.T, calls []call) []bool {
	t.Helper()
	require.DirExists(t, "../policy/node_modules", "install it: npm ci --prefix policy --ignore-scripts")
	identities := map[string][]json.RawMessage{} // a role's policies are long, and it makes hundreds of calls
	for _, c := range calls {
		if known, found := identities[c.Caller]; found {
			require.Equal(t, known, c.Identity, c.Caller)
		}
		identities[c.Caller] = c.Identity
	}
	input, err := json.Marshal(map[string]any{"identities": identities, "calls": calls})
	require.NoError(t, err)
	cmd := exec.Command("node", "../policy/simulate.mjs")
	var problems bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &problems
	out, err := cmd.Output()
	require.NoError(t, err, problems.String())
	var allowed []bool
	require.NoError(t, json.Unmarshal(out, &allowed))
	require.Len(t, allowed, len(calls))
	return allowed
}
