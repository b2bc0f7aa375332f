package compute

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// changes are the properties that differ between two recordings, and the resources that only one of them has, by the
// type and the logical name of the resource.
func changes(a, b *mocks.Recording) []string {
	index := func(stack *mocks.Recording) map[string]resource.PropertyMap {
		all := map[string]resource.PropertyMap{}
		for _, one := range stack.All() {
			kind := one.Type[strings.LastIndex(one.Type, ":")+1:]
			all[kind+" "+one.Name] = one.Inputs
		}
		return all
	}
	before, after := index(a), index(b)
	both := maps.Clone(before)
	maps.Copy(both, after)
	var all []string
	for name := range both {
		if (before[name] == nil) != (after[name] == nil) {
			all = append(all, name)
			continue
		}
		keys := maps.Clone(before[name])
		maps.Copy(keys, after[name])
		for key := range keys {
			if !before[name][key].DeepEquals(after[name][key]) {
				all = append(all, name+" "+string(key))
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestArgs_ChangeOnlyTheirProperties(t *testing.T) {
	usual, _ := mustBuild(t, arguments(nil))
	for _, one := range []struct {
		name   string
		change func(*Args)
		want   []string
	}{
		{"nothing", func(*Args) {}, nil},
		{"spot", func(a *Args) { a.Spot = true }, []string{"Service compute-service capacityProviderStrategies"}},
		{"spot with a base", func(a *Args) { a.Spot, a.OnDemandBase = true, 1 },
			[]string{"Service compute-service capacityProviderStrategies"}},
		{"arm64", func(a *Args) { a.Architecture = "arm64" }, []string{"TaskDefinition compute-task runtimePlatform"}},
		{"Container Insights", func(a *Args) { a.Insights = true }, []string{"Cluster compute-cluster settings"}},
		{"number of tasks", func(a *Args) { a.DesiredCount = 2 }, []string{"Service compute-service desiredCount"}},
		{"CPU", func(a *Args) { a.CPU = 512 }, []string{"TaskDefinition compute-task cpu"}},
		{"memory", func(a *Args) { a.Memory = 1024 }, []string{"TaskDefinition compute-task memory"}},
		{"image", func(a *Args) { a.ImageTag = "v2" }, []string{"TaskDefinition compute-task containerDefinitions"}},
		{"no pgvector", func(a *Args) { a.Pgvector = false }, []string{"TaskDefinition compute-task containerDefinitions"}},
		{"migrations", func(a *Args) { a.MigrateCommand = "bun run migrate" },
			[]string{"TaskDefinition compute-task containerDefinitions"}},
		{"no shell", func(a *Args) { a.Exec = false },
			[]string{"RolePolicy compute-task-exec", "Service compute-service enableExecuteCommand",
				"TaskDefinition compute-task containerDefinitions"}},
		{"a new value of a secret", func(a *Args) {
			a.SecretVersions = map[string]pulumi.IntOutput{"DATABASE_URL": pulumi.Int(2).ToIntOutput()}
		}, []string{"Service compute-service triggers"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			other, _ := mustBuild(t, arguments(one.change))
			assert.Equal(t, one.want, changes(usual, other))
		})
	}
}

func TestService_HasConfiguredProperties(t *testing.T) {
	stack, _ := mustBuild(t, arguments(func(a *Args) { a.DesiredCount = 3 }))
	service := stack.Only(t, serviceToken)
	for property, want := range map[string]string{
		"name":                                   "threa",
		"cluster":                                "arn:aws:ecs:eu-central-1:123456789012:cluster/threa",
		"taskDefinition":                         "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:1",
		"desiredCount":                           "3",
		"networkConfiguration.subnets[0]":        "subnet-a",
		"networkConfiguration.subnets[1]":        "subnet-b",
		"networkConfiguration.securityGroups[0]": "sg-tasks",
		"networkConfiguration.assignPublicIp":    "true", // the way out: there is no NAT gateway
		"deploymentMinimumHealthyPercent":        "100",  // the old tasks serve until the new ones do
		"deploymentMaximumPercent":               "200",
		"enableExecuteCommand":                   "true",
		"propagateTags":                          "SERVICE",
		"enableEcsManagedTags":                   "true",
		"forceNewDeployment":                     "true", // without it triggers and strategies do not take effect
		"triggers.DATABASE_URL":                  "1",
	} {
		assert.Equal(t, want, service.Text(property), property)
	}
	assert.True(t, service.Request.GetDeleteBeforeReplace(), "the name is fixed")
	for _, timeout := range []string{service.Request.GetCustomTimeouts().GetCreate(),
		service.Request.GetCustomTimeouts().GetUpdate()} {
		assert.Equal(t, "20m", timeout, "the circuit breaker needs three failed tasks, which take longer than the "+
			"provider waits")
	}
}

func TestService_AttachesTargetGroup(t *testing.T) {
	stack, _ := mustBuild(t, arguments(func(a *Args) {
		a.Port = 8080
		a.LoadBalancer = &LoadBalancer{TargetGroupARN: pulumi.String("arn:of:group"), HealthGrace: 90}
	}))
	service := stack.Only(t, serviceToken)
	for property, want := range map[string]string{
		"loadBalancers[0].targetGroupArn":     "arn:of:group",
		"loadBalancers[0].containerName":      "threa", // the app, not what runs before it
		"loadBalancers[0].containerPort":      "8080",
		"healthCheckGracePeriodSeconds":       "90",
		"networkConfiguration.assignPublicIp": "true", // still the way out
	} {
		assert.Equal(t, want, service.Text(property), property)
	}
	assert.Empty(t, service.Request.GetIgnoreChanges())
}

// ECS refuses a grace period, even of zero, in the call that takes the load balancer away.
func TestService_SendsNoGracePeriodWithoutBalancer(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	service := stack.Only(t, serviceToken)
	assert.True(t, service.Value("loadBalancers").IsNull())
	assert.True(t, service.Value("healthCheckGracePeriodSeconds").IsNull())
	assert.Equal(t, []string{"healthCheckGracePeriodSeconds"}, service.Request.GetIgnoreChanges())
}

// A grant that goes first leaves the service hanging when the stack is destroyed.
func TestService_DependsOnCapacityAndRoles(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	dependencies := strings.Join(stack.Only(t, serviceToken).Request.GetDependencies(), "\n") + "\n"
	grants := stack.OfType(grantToken)
	require.Len(t, grants, 3)
	for _, one := range append(grants, stack.Only(t, "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")) {
		assert.Contains(t, dependencies, one.Type+"::"+one.Name+"\n")
	}
}

func TestService_KeepsCountAndTagsIfAsked(t *testing.T) {
	for _, keep := range []bool{true, false} {
		stack, _ := mustBuild(t, arguments(func(a *Args) {
			a.DesiredCount, a.KeepCount, a.ServiceTags = 3, keep, pulumi.StringMap{"CountedBy": pulumi.String("autoscaling")}
		}))
		service := stack.Only(t, serviceToken)
		assert.Equal(t, "3 autoscaling threa",
			service.Text("desiredCount")+" "+service.Text("tags.CountedBy")+" "+service.Text("tags.Project"))
		assert.Equal(t, keep, slices.Contains(service.Request.GetIgnoreChanges(), "desiredCount"))
	}
}

func TestTask_HasConfiguredProperties(t *testing.T) {
	for architecture, want := range map[string]string{"x86_64": "X86_64", "arm64": "ARM64"} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.Architecture = architecture }))
		task := stack.Only(t, taskToken)
		for property, value := range map[string]string{
			"runtimePlatform.cpuArchitecture": want, "runtimePlatform.operatingSystemFamily": "LINUX",
			"networkMode": "awsvpc", "requiresCompatibilities[0]": "FARGATE", "cpu": "256", "memory": "512",
			"executionRoleArn": "arn:aws:iam::123456789012:role/threa-ecs-execution",
			"taskRoleArn":      "arn:aws:iam::123456789012:role/threa-ecs-task",
			"volumes[0].name":  "rds-ca", "volumes[1]": "",
		} {
			assert.Equal(t, value, task.Text(property), property)
		}
	}
}

func TestService_CapacityProviders(t *testing.T) {
	for _, row := range []struct {
		change func(*Args)
		want   []string // provider, base and weight
	}{
		{nil, []string{"FARGATE  1"}},
		{func(a *Args) { a.Spot = true }, []string{"FARGATE_SPOT  1"}},
		{func(a *Args) { a.Spot, a.OnDemandBase = true, 2 }, []string{"FARGATE 2 0", "FARGATE_SPOT  1"}},
	} {
		stack, _ := mustBuild(t, arguments(row.change))
		service := stack.Only(t, serviceToken)
		var got []string
		for i := range service.Value("capacityProviderStrategies").ArrayValue() {
			path := fmt.Sprintf("capacityProviderStrategies[%d].", i)
			got = append(got, strings.Join([]string{service.Text(path + "capacityProvider"), service.Text(path + "base"),
				service.Text(path + "weight")}, " "))
		}
		assert.Equal(t, row.want, got)
		assert.Empty(t, service.Text("launchType"), "a change of the launch type would replace the service")
		cluster := stack.Only(t, "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")
		assert.Equal(t, "FARGATE FARGATE_SPOT", cluster.Text("capacityProviders[0]")+" "+cluster.Text("capacityProviders[1]"),
			"always both, so that useSpot can be changed back")
	}
}

func TestCluster_Insights(t *testing.T) {
	for on, want := range map[bool]string{false: "disabled", true: "enabled"} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.Insights = on }))
		cluster := stack.Only(t, clusterToken)
		assert.Equal(t, "containerInsights "+want, cluster.Text("settings[0].name")+" "+cluster.Text("settings[0].value"))
	}
}
