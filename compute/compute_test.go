package compute

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/drain"
	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	taskToken    = "aws:ecs/taskDefinition:TaskDefinition"
	serviceToken = "aws:ecs/service:Service"
)

const parameterPrefix = "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/"

func anyCount(int) (string, error) { return "", nil }

// arguments ask for a running service, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names:    naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		ImageTag: "v1", CPU: 256, Memory: 512, Port: 3000, Architecture: "x86_64", DesiredCount: 1, CheckCount: anyCount,
		Exec: true, ExecLogGroup: pulumi.String("/ecs/threa/exec"), Pgvector: true, Drain: drain.From(60),
		Environment: map[string]string{"WORKOS_CLIENT_ID": "client_1", "LOG_LEVEL": "info"},
		Secrets: map[string]pulumi.StringOutput{
			"WORKOS_API_KEY": pulumi.String(parameterPrefix + "workos-api-key").ToStringOutput(),
			"DATABASE_URL":   pulumi.String(parameterPrefix + "database-app-url").ToStringOutput(),
		},
		SecretVersions: map[string]pulumi.IntOutput{"DATABASE_URL": pulumi.Int(1).ToIntOutput()},
		MasterURL:      parameter(parameterPrefix+"database-url", 1),
		DatabaseCA:     "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		LogGroupName:   pulumi.String("/ecs/threa"),
		SubnetIDs:      pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), SecurityGroupID: pulumi.String("sg-tasks"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func parameter(arn string, version int) Parameter {
	return Parameter{ARN: pulumi.String(arn).ToStringOutput(), Version: pulumi.Int(version).ToIntOutput()}
}

// outputs are the component's outputs by name.
type outputs map[string]any

func try(t *testing.T, args *Args, options mocks.Options) (*mocks.Recording, outputs, error) {
	t.Helper()
	told := outputs{}
	recording, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		c, err := New(ctx, "compute", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"repository": c.RepositoryURL, "cluster": c.ClusterName, "service": c.ServiceName, "task": c.TaskDefinitionARN,
		} {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			told[name] = awaited.Value
		}
		return nil
	}, options)
	return recording, told, err
}

func mustBuild(t *testing.T, args *Args) (*mocks.Recording, outputs) {
	t.Helper()
	recording, told, err := try(t, args, mocks.Options{})
	require.NoError(t, err)
	return recording, told
}

// containers returns the definitions that ECS gets, read back from their JSON: rds-ca, db-role and the app.
func containers(t *testing.T, stack *mocks.Recording) (ca, before, app container) {
	t.Helper()
	var all []container
	require.NoError(t, json.Unmarshal([]byte(stack.Only(t, taskToken).Text("containerDefinitions")), &all))
	require.Len(t, all, 3)
	return all[0], all[1], all[2]
}

func TestImageReference(t *testing.T) {
	const url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"
	for tag, want := range map[string]string{"v1": url + ":v1", "sha256:0123abcd": url + "@sha256:0123abcd", "": url +
		":none-yet"} {
		stack, told := mustBuild(t, arguments(func(a *Args) { a.ImageTag = tag }))
		ca, before, app := containers(t, stack)
		assert.Equal(t, want, app.Image)
		assert.Equal(t, want, ca.Image)
		assert.Equal(t, want, before.Image)
		assert.Equal(t, url, told["repository"])
	}
}

// A role policy that is deleted first leaves the service hanging when the stack is destroyed. Without a load balancer,
// ECS refuses a grace period. A changed launch type would replace the service, so it has a strategy.
func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"usual":    nil,
		"fallback": withFallback,
		"load-balancer": func(a *Args) {
			a.Port, a.LoadBalancer = 8080, &LoadBalancer{TargetGroupARN: pulumi.String("arn:of:group"), HealthGrace: 90}
			a.Architecture, a.Insights, a.Protect, a.MigrateCommand = "arm64", true, true, "bun run migrate"
			a.DesiredCount, a.KeepCount, a.ServiceTags = 3, true, pulumi.StringMap{"CountedBy": pulumi.String("autoscaling")}
		},
		"tunnel": func(a *Args) { tunneled(a); a.Spot, a.OnDemandBase, a.Exec, a.Pgvector = true, 2, false, false },
	} {
		stack, _ := mustBuild(t, arguments(change))
		fixtures.Golden(t, name+".txt", stack.Describe())
	}
}
