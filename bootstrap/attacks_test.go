package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// attack is a row of testdata: calls that AWS must deny, for each of the two stacks. {stack} and {env} stand for the
// stack whose role calls. {other} and {otherEnv} stand for the second stack.
type attack struct {
	Attack string
	// Role is deploy, preview, or app: a role that a deployment gave every right.
	Role string
	// Do are the actions and On the resource. With are the condition keys of the calls.
	Do   []string
	On   string
	With map[string]string
	// Token has the claims of a run on GitHub that wants the role, instead of a call.
	Token map[string]string
	// Allowed changes the calls so that AWS must allow them. Default: the stack does the same with its own resources.
	Allowed *attack
	// Never is the reason if the role may not do anything similar. Required if the row does not name the other stack.
	Never string
}

// call is a call of an AWS API, with everything that decides about it.
type call struct {
	Attack   string            `json:"-"`
	Want     bool              `json:"-"`
	Role     string            `json:"-"`
	Account  string            `json:"account"`
	Caller   string            `json:"principal"`
	Action   string            `json:"action"`
	Resource string            `json:"resource"`
	Context  map[string]string `json:"context"`
	Identity []json.RawMessage `json:"-"` // policies of the caller
	Boundary json.RawMessage   `json:"boundary,omitempty"`
	// ResourcePolicy is the policy of the bucket or key, or the trust policy of the role.
	ResourcePolicy json.RawMessage `json:"resourcePolicy,omitempty"`
}

// expand replaces the placeholders of a row.
func (a attack) expand(values map[string]string) attack {
	fill := func(text string) string {
		return resources.Expand(text, func(key string) string { return values[key] })
	}
	fillAll := func(texts map[string]string) map[string]string {
		filled := map[string]string{}
		for key, text := range texts {
			filled[key] = fill(text)
		}
		return filled
	}
	a.On, a.With, a.Token = fill(a.On), fillAll(a.With), fillAll(a.Token)
	return a
}

// counterpart returns the row with calls that AWS must allow. By default they name the stack's own resources where the
// row names the second stack's. ok is false for a row without such calls.
func (a attack) counterpart(values map[string]string) (row attack, ok bool) {
	if a.Never != "" {
		return a, false
	}
	if a.Allowed == nil {
		own := maps.Clone(values)
		for key := range own {
			if other := "other" + strings.ToUpper(key[:1]) + key[1:]; own[other] != "" {
				own[other] = own[key]
			}
		}
		own["other"] = own["stack"]
		return a.expand(own), true
	}
	if a.Allowed.On != "" {
		a.On = a.Allowed.On
	}
	if a.Allowed.With != nil {
		a.With = a.Allowed.With
	}
	if a.Allowed.Token != nil {
		a.Token = a.Allowed.Token
	}
	return a.expand(values), true
}

// calls returns the calls of a row after expansion.
func (a attack) calls(account *account, stack string, want bool) []call {
	if len(a.Token) > 0 {
		a.Do, a.On = []string{"sts:AssumeRoleWithWebIdentity"}, "arn:aws:iam::"+mocks.Account+":role/"+a.Role+"-"+stack
		a.With = map[string]string{issuer + ":aud": audience}
		for claim, value := range a.Token {
			a.With[issuer+":"+claim] = value
		}
	}
	var calls []call
	for _, action := range a.Do {
		calls = append(calls, account.call(a, stack, action, want))
	}
	return calls
}

// attacks reads the rows of all files.
func attacks(t *testing.T) []attack {
	t.Helper()
	var all []attack
	for _, file := range []string{"escalation", "isolation", "isolation-resources", "trust"} {
		text, err := os.ReadFile(filepath.Join("testdata", file+".yaml"))
		require.NoError(t, err)
		var rows []attack
		require.NoError(t, resources.Decode(text, &rows), file)
		all = append(all, rows...)
	}
	return all
}

// TestRoles_ResistAttacks asks two simulators: this project's own, iamtest, and the library iam-simulate.
func TestRoles_ResistAttacks(t *testing.T) {
	account := newAccount(t)
	var calls []call
	seen := map[string]bool{}
	for _, row := range attacks(t) {
		require.False(t, seen[row.Attack], "%s: listed twice", row.Attack)
		seen[row.Attack] = true
		for _, stack := range []string{"threa", "threa-staging"} {
			values := account.stacks[stack]
			calls = append(calls, row.expand(values).calls(account, stack, false)...)
			if allowed, ok := row.counterpart(values); ok {
				calls = append(calls, allowed.calls(account, stack, true)...)
			}
		}
	}
	ours, theirs := evaluate(t, calls), simulate(t, calls)
	for i, c := range calls {
		if ours[i] == c.Want && theirs[i] == c.Want {
			continue
		}
		t.Errorf("%s: %s as %s on %s with %v: want %t, iamtest says %t, iam-simulate %t",
			c.Attack, c.Action, c.Role, c.Resource, c.Context, c.Want, ours[i], theirs[i])
	}
	t.Logf("%d attacks, %d calls", len(seen), len(calls))
}
