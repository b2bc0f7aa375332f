package secrets

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

// arguments give the app one secret of each kind, with some of the arguments changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		Database: Database{
			Master:  User{pulumi.String("app"), secret(fixtures.Password)},
			App:     User{pulumi.String("app_app"), secret("fedcba98")},
			Address: pulumi.String("db.example.com"), DBName: pulumi.String("threa"), Port: 5432,
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

// outputs are the component's outputs: ARNs and versions by variable, and the name of the database's parameter.
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

// Every parameter is a secret under the AWS-managed key. The user's own parameter is left alone: its value would end up
// in the state, and the program knows no version of it. The app does not get the token of the tunnel.
func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"least": func(a *Args) { a.Cache, a.Existing, a.Stored = nil, nil, nil },
		"everything": func(a *Args) {
			a.Database.ReplicaAddress = pulumi.String("replica.example.com")
			a.TunnelToken = pulumi.String("not marked as secret")
		},
		"cache-without-tls": func(a *Args) { a.Cache.AuthToken, a.Names.Name = secret(""), "threa-staging" },
	} {
		stack, out := build(t, arguments(change))
		lines := stack.Describe()
		for _, variable := range slices.Sorted(maps.Keys(out.arns)) {
			lines = append(lines, fmt.Sprintf("%s: %v version %v", variable, out.arns[variable], out.versions[variable]))
		}
		fixtures.Golden(t, name+".txt", lines)
		assert.Regexp(t, "/database-app-url$", out.databaseURL.Value)
		assert.Empty(t, stack.Calls("aws:ssm/getParameter:getParameter"))
	}
}
