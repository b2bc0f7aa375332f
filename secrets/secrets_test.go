package secrets

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const parameterToken = "aws:ssm/parameter:Parameter"

// arguments give the app one secret of each kind, with some of the arguments changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Region: mocks.Region, AccountID: mocks.Account,
		Database: Database{
			Username: pulumi.String("app"), Password: secret(mocks.Password), Address: pulumi.String("db.example.com"),
			DBName: pulumi.String("threa"), Port: 5432,
		},
		Cache:    &Cache{AuthToken: secret("0123abcd"), Address: pulumi.String("cache.example.com"), Port: 6379},
		Existing: map[string]string{"WORKOS_API_KEY": "/threa/workos-api-key"},
		Stored:   pulumi.StringMap{"TAVILY_API_KEY": secret("tavily"), "OPENAI_API_KEY": pulumi.String("not marked as secret")},
		Tags:     pulumi.StringMap{"Project": pulumi.String("threa")},
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
	told := outputs{arns: map[string]any{}, versions: map[string]any{}}
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
			told.arns[variable] = awaited.Value
		}
		for variable, output := range s.Versions {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			told.versions[variable] = awaited.Value
		}
		told.databaseURL, err = mocks.Await(ctx, s.DatabaseURLName)
		return err
	}, mocks.Options{})
	return stack, told
}

// stored is the value of every parameter by its name.
func stored(stack *mocks.Recording) map[string]string {
	all := map[string]string{}
	for _, one := range stack.OfType(parameterToken) {
		all[one.Text("name")] = one.Text("value")
	}
	return all
}

func TestTheseParametersAreStored(t *testing.T) {
	stack, told := build(t, arguments(nil))
	assert.Equal(t, map[string]string{
		"/threa/database-url":       "postgresql://app:tr0ub4dor%263%23%25%3F%3A%2B@db.example.com:5432/threa?sslmode=verify-full",
		"/threa/redis-url":          "rediss://:0123abcd@cache.example.com:6379",
		"/threa/app/TAVILY_API_KEY": "tavily",
		"/threa/app/OPENAI_API_KEY": "not marked as secret",
	}, stored(stack))
	assert.Equal(t, "/threa/database-url", told.databaseURL.Value)
}

func TestWithoutACacheThereIsNoURLForIt(t *testing.T) {
	stack, told := build(t, arguments(func(a *Args) { a.Cache = nil }))
	assert.NotContains(t, stored(stack), "/threa/redis-url")
	assert.NotContains(t, told.arns, "REDIS_URL")
}

func TestAReadReplicaHasAURLOfItsOwn(t *testing.T) {
	stack, told := build(t, arguments(func(a *Args) { a.Database.ReplicaAddress = pulumi.String("replica.example.com") }))
	urls := stored(stack)
	assert.Equal(t, strings.Replace(urls["/threa/database-url"], "db.example.com", "replica.example.com", 1), urls["/threa/database-replica-url"])
	assert.Equal(t, "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/database-replica-url", told.arns["DATABASE_REPLICA_URL"])
	assert.Equal(t, 1, told.versions["DATABASE_REPLICA_URL"])
	replica := stack.Named(t, parameterToken, "secrets-database-replica-url")
	assert.Equal(t, "SecureString", replica.Text("type"))
	assert.True(t, replica.IsSecret("value"))
}

func TestWithoutAReadReplicaThereIsNoURLForIt(t *testing.T) {
	stack, told := build(t, arguments(nil))
	assert.NotContains(t, stored(stack), "/threa/database-replica-url")
	assert.NotContains(t, told.arns, "DATABASE_REPLICA_URL")
}

func TestTheTunnelsTokenIsStoredAndIsNoVariableOfTheApp(t *testing.T) {
	stack, told := build(t, arguments(func(a *Args) { a.TunnelToken = pulumi.String("not marked as secret") }))
	token := stack.Named(t, parameterToken, "secrets-tunnel-token")
	assert.Equal(t, "/threa/tunnel-token", token.Text("name"))
	assert.Equal(t, "SecureString", token.Text("type"))
	assert.True(t, token.IsSecret("value"))
	_, without := build(t, arguments(nil))
	assert.Equal(t, without.arns, told.arns)
	assert.Equal(t, without.versions, told.versions)
}

func TestACacheWithoutATokenIsReachedWithoutTLS(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) { a.Cache.AuthToken = secret("") }))
	assert.Equal(t, "redis://cache.example.com:6379", stored(stack)["/threa/redis-url"])
}

func TestEveryValueIsEncryptedInSSMAndInTheState(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	parameters := stack.OfType(parameterToken)
	require.Len(t, parameters, 4)
	for _, one := range parameters {
		assert.Equal(t, "threa", one.Text("tags.Project"), one.Name)
		assert.Empty(t, one.Text("keyId"), "%s: a key of one's own has a price and would need a grant", one.Name)
		assert.Equal(t, "SecureString", one.Text("type"), one.Name)
		assert.True(t, one.IsSecret("value"), one.Name)
		assert.Empty(t, one.Text("insecureValue"), one.Name)
	}
}

func TestTheAppGetsEveryVariableByItsARN(t *testing.T) {
	_, told := build(t, arguments(nil))
	const prefix = "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/"
	assert.Equal(t, map[string]any{
		"DATABASE_URL":   prefix + "database-url",
		"REDIS_URL":      prefix + "redis-url",
		"TAVILY_API_KEY": prefix + "app/TAVILY_API_KEY",
		"OPENAI_API_KEY": prefix + "app/OPENAI_API_KEY",
		"WORKOS_API_KEY": prefix + "workos-api-key",
	}, told.arns)
}

func TestAParameterThatTheUserMadeIsLeftAlone(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	for name := range stored(stack) {
		assert.NotContains(t, name, "workos")
	}
	assert.Empty(t, stack.Asked("aws:ssm/getParameter:getParameter"), "its value would end up in the state")
}

func TestAChangeOfAValueIsTakenNoteOfForOwnParametersOnly(t *testing.T) {
	_, told := build(t, arguments(nil))
	assert.Equal(t, []string{"DATABASE_URL", "OPENAI_API_KEY", "REDIS_URL", "TAVILY_API_KEY"},
		slices.Sorted(maps.Keys(told.versions)))
	for variable, version := range told.versions {
		assert.Equal(t, 1, version, variable)
	}
}

func TestOtherStacksHaveOtherParameters(t *testing.T) {
	prod, _ := build(t, arguments(nil))
	staging, _ := build(t, arguments(func(a *Args) { a.Name = "threa-staging" }))
	for name := range stored(staging) {
		assert.Regexp(t, "^/threa-staging/", name)
		assert.NotContains(t, stored(prod), name)
	}
}
