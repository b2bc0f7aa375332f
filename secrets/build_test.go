package secrets

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const parameterToken = "aws:ssm/parameter:Parameter"

// arguments give the app one secret of each kind, with some of the arguments changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		Database: Database{
			Username: pulumi.String("app"), Password: secret(mocks.Password), Address: pulumi.String("db.example.com"),
			DBName: pulumi.String("threa"), Port: 5432,
		},
		Cache:    &Cache{AuthToken: secret("0123abcd"), Address: pulumi.String("cache.example.com"), Port: 6379},
		Existing: map[string]string{"WORKOS_API_KEY": "/threa/workos-api-key"},
		Stored: pulumi.StringMap{
			"TAVILY_API_KEY": secret("tavily"),
			"OPENAI_API_KEY": pulumi.String("not marked as secret"),
		},
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func secret(text string) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
}

// outputs is what the secrets tell: ARNs and versions by variable, and the name of the database's parameter.
type outputs struct {
	arns, versions map[string]any
	databaseURL    mocks.Awaited
}

func build(t *testing.T, args *Args) (*mocks.Recording, outputs) {
	t.Helper()
	out := outputs{arns: map[string]any{}, versions: map[string]any{}}
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		s, err := New(ctx, "secrets", args)
		if err != nil {
			return err
		}
		for variable, output := range s.ARNs {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			out.arns[variable] = awaited.Value
		}
		for variable, output := range s.Versions {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			out.versions[variable] = awaited.Value
		}
		out.databaseURL, err = mocks.Await(ctx, s.DatabaseURLName)
		return err
	}, mocks.Options{})
	return stack, out
}

// stored is the value of every parameter by its name.
func stored(stack *mocks.Recording) map[string]string {
	all := map[string]string{}
	for _, one := range stack.OfType(parameterToken) {
		all[one.Text("name")] = one.Text("value")
	}
	return all
}

func TestParameters_Stored(t *testing.T) {
	const prefix = "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/"
	stack, out := build(t, arguments(nil))
	assert.Equal(t, map[string]string{
		"/threa/database-url":       "postgresql://app:tr0ub4dor%263%23%25%3F%3A%2B@db.example.com:5432/threa?sslmode=verify-full",
		"/threa/redis-url":          "rediss://:0123abcd@cache.example.com:6379",
		"/threa/app/TAVILY_API_KEY": "tavily",
		"/threa/app/OPENAI_API_KEY": "not marked as secret",
	}, stored(stack), "the user's own parameter is left alone")
	assert.Equal(t, "/threa/database-url", out.databaseURL.Value)
	assert.Equal(t, map[string]any{
		"DATABASE_URL":   prefix + "database-url",
		"REDIS_URL":      prefix + "redis-url",
		"TAVILY_API_KEY": prefix + "app/TAVILY_API_KEY",
		"OPENAI_API_KEY": prefix + "app/OPENAI_API_KEY",
		"WORKOS_API_KEY": prefix + "workos-api-key",
	}, out.arns)
	assert.Equal(t, map[string]any{"DATABASE_URL": 1, "OPENAI_API_KEY": 1, "REDIS_URL": 1, "TAVILY_API_KEY": 1},
		out.versions, "the program knows no version of the user's own parameter")
	assert.Empty(t, stack.Calls("aws:ssm/getParameter:getParameter"), "its value would end up in the state")
	for name := range stored(stack) {
		assert.Regexp(t, "^/threa/", name)
	}

	staging, _ := build(t, arguments(func(a *Args) { a.Names.Name = "threa-staging" }))
	for name := range stored(staging) {
		assert.Regexp(t, "^/threa-staging/", name, "another stack has other parameters")
	}
}

func TestParameters_AreEncrypted(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) {
		a.Database.ReplicaAddress, a.TunnelToken = pulumi.String("replica.example.com"), pulumi.String("not marked as secret")
	}))
	parameters := stack.OfType(parameterToken)
	require.Len(t, parameters, 6)
	for _, p := range parameters {
		assert.Equal(t, "threa", p.Text("tags.Project"), p.Name)
		assert.Empty(t, p.Text("keyId"), "%s: a customer-managed key has a price and needs a grant", p.Name)
		assert.Equal(t, "SecureString", p.Text("type"), p.Name)
		assert.True(t, p.IsSecret("value"), p.Name)
		assert.Empty(t, p.Text("insecureValue"), p.Name)
	}
}

func TestParameters_ReadReplica(t *testing.T) {
	_, without := build(t, arguments(nil))
	assert.NotContains(t, without.arns, "DATABASE_REPLICA_URL")
	stack, out := build(t, arguments(func(a *Args) { a.Database.ReplicaAddress = pulumi.String("replica.example.com") }))
	urls := stored(stack)
	assert.Equal(t, strings.Replace(urls["/threa/database-url"], "db.example.com", "replica.example.com", 1),
		urls["/threa/database-replica-url"])
	assert.Equal(
		t,
		"arn:aws:ssm:eu-central-1:123456789012:parameter/threa/database-replica-url",
		out.arns["DATABASE_REPLICA_URL"],
	)
	assert.Equal(t, 1, out.versions["DATABASE_REPLICA_URL"])
}

func TestParameters_TunnelTokenIsNotForTheApp(t *testing.T) {
	_, without := build(t, arguments(nil))
	stack, out := build(t, arguments(func(a *Args) { a.TunnelToken = pulumi.String("token") }))
	assert.Equal(t, "/threa/tunnel-token", stack.Named(t, parameterToken, "secrets-tunnel-token").Text("name"))
	assert.Equal(t, without, out)
}

func TestParameters_Cache(t *testing.T) {
	stack, out := build(t, arguments(func(a *Args) { a.Cache = nil }))
	assert.NotContains(t, stored(stack), "/threa/redis-url")
	assert.NotContains(t, out.arns, "REDIS_URL")
	stack, _ = build(t, arguments(func(a *Args) { a.Cache.AuthToken = secret("") }))
	assert.Equal(t, "redis://cache.example.com:6379", stored(stack)["/threa/redis-url"], "without a token, without TLS")
}
