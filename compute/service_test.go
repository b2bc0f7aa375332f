package compute

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// changes returns the properties that differ between two recordings, with the logical names of their resources.
func changes(a, b *mocks.Recording) []string {
	values := map[string][2]any{}
	for i, stack := range []*mocks.Recording{a, b} {
		for _, r := range stack.All() {
			for key, value := range r.Plain() {
				pair := values[r.Name+" "+key]
				pair[i] = value
				values[r.Name+" "+key] = pair
			}
		}
	}
	maps.DeleteFunc(values, func(_ string, pair [2]any) bool { return assert.ObjectsAreEqual(pair[0], pair[1]) })
	return slices.Sorted(maps.Keys(values))
}

// Neither container gets a new value of a secret of the other.
func TestTunnel_NewTokenChangesItsContainer(t *testing.T) {
	_, connector, app, _ := withTunnel(t, nil)
	_, changed, same, _ := withTunnel(t, func(a *Args) { a.Tunnel.Token.Version = pulumi.Int(8).ToIntOutput() })
	assert.NotEqual(t, connector, changed)
	assert.Equal(t, app, same)
	assert.NotContains(t, app.Secrets, secret{Name: tunnelToken, ValueFrom: tokenARN})
}

// After a rollback, the former tasks need the former image: its policy is deleted last, not changed.
func TestTunnel_EachRepositoryHasItsPolicy(t *testing.T) {
	const ecr = ".dkr.ecr.eu-central-1.amazonaws.com/"
	var names []string
	for _, image := range []string{mocks.Account + ecr + "a:1", mocks.Account + ecr + "b:1", "cloudflare/cloudflared:1"} {
		stack, _, _, _ := withTunnel(t, func(a *Args) { a.Tunnel.Image = image })
		for _, policy := range stack.OfType("aws:iam/rolePolicy:RolePolicy") {
			if strings.Contains(policy.Name, "connector") {
				names = append(names, policy.Name)
			}
		}
	}
	require.Len(t, names, 2)
	assert.NotEqual(t, names[0], names[1])
}

// A preview does not know the version that a parameter is going to have. It must show the restart.
func TestSecrets_UnknownVersionIsANewTaskDefinition(t *testing.T) {
	unknown := &mocks.AWS{Unknown: []string{"aws:ssm/parameter:Parameter"}}
	stack, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		parameter, err := ssm.NewParameter(ctx, "secret", &ssm.ParameterArgs{Type: pulumi.String("SecureString")})
		if err != nil {
			return err
		}
		_, err = New(ctx, "compute", arguments(func(a *Args) { a.SecretVersions["DATABASE_URL"] = parameter.Version }))
		return err
	}, mocks.Options{AWS: unknown, Preview: true})
	require.NoError(t, err)
	assert.True(t, stack.Only(t, taskToken).Value("containerDefinitions").IsNull(), "the mocks drop what is unknown")
	known, _, err := try(t, arguments(nil), mocks.Options{Preview: true})
	require.NoError(t, err)
	assert.True(t, known.Only(t, taskToken).Value("containerDefinitions").IsString())
}

func TestArgs_ChangeOnlyTheirProperties(t *testing.T) {
	usual, _ := mustBuild(t, arguments(nil))
	for _, one := range []struct {
		name   string
		change func(*Args)
		want   []string
	}{
		{"nothing", func(*Args) {}, nil},
		{"spot", func(a *Args) { a.Spot = true }, []string{"compute-service capacityProviderStrategies"}},
		{"spot with a base", func(a *Args) { a.Spot, a.OnDemandBase = true, 1 },
			[]string{"compute-service capacityProviderStrategies"}},
		{"arm64", func(a *Args) { a.Architecture = "arm64" }, []string{"compute-task runtimePlatform"}},
		{"Container Insights", func(a *Args) { a.Insights = true }, []string{"compute-cluster settings"}},
		{"number of tasks", func(a *Args) { a.DesiredCount = 2 }, []string{"compute-service desiredCount"}},
		{"CPU", func(a *Args) { a.CPU = 512 }, []string{"compute-task cpu"}},
		{"memory", func(a *Args) { a.Memory = 1024 }, []string{"compute-task memory"}},
		{"image", func(a *Args) { a.ImageTag = "v2" }, []string{"compute-task containerDefinitions"}},
		{"no pgvector", func(a *Args) { a.Pgvector = false }, []string{"compute-task containerDefinitions"}},
		{"migrations", func(a *Args) { a.MigrateCommand = "bun run migrate" },
			[]string{"compute-task containerDefinitions"}},
		{"no shell", func(a *Args) { a.Exec = false },
			[]string{"compute-service enableExecuteCommand",
				"compute-task containerDefinitions", "compute-task-exec name", "compute-task-exec policy",
				"compute-task-exec role"}},
		{"a new value of a secret", func(a *Args) {
			a.SecretVersions = map[string]pulumi.IntOutput{"DATABASE_URL": pulumi.Int(2).ToIntOutput()}
		}, []string{"compute-task containerDefinitions"}},
		{"fewer secrets", func(a *Args) { delete(a.Secrets, "WORKOS_API_KEY") },
			[]string{"compute-task containerDefinitions"}}, // the former tasks still need them after a rollback
		{"a policy of the app", func(a *Args) { a.TaskPolicies = []string{"arn:aws:iam::aws:policy/a/Uploads"} },
			[]string{"compute-task-policy-aws-a-Uploads policyArn", "compute-task-policy-aws-a-Uploads role"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			other, _ := mustBuild(t, arguments(one.change))
			assert.Equal(t, one.want, changes(usual, other))
		})
	}
}
