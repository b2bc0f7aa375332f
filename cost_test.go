package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/cost"
	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

// billed are the configurations in which the bill is compared with the program, as changes to a stack.
var billed = []struct {
	stack   string
	running bool
	given   map[string]string
}{
	{"prod", true, nil},
	{"budget", true, nil},
	{"prod", false, nil},
	{"budget", false, set("enableRedis=true")},
	{"prod", true, set("multiAz=true", "dbAllocatedStorage=50", "dbInstanceClass=db.t4g.small")},
	{"prod", true, set("dbReadReplica=true", "redisNodes=3", "alarmEmail=ops@example.com")},
	{"prod", true, set("containerInsights=true", "desiredCount=3", "containerCpu=1024", "containerMemory=3072")},
	{"prod", true, set("minCount=2", "maxCount=5", "desiredCount=3", "useSpot=true", "onDemandBase=1")},
	{"prod", false, set("minCount=2", "maxCount=5")},
	{"prod", true, set("cacheEngine=valkey", "cpuArchitecture=arm64", "alarmEmail=ops@example.com")},
	{"prod", true, set("desiredCount=0", "useSpot=true", `appSecretValues={"A_KEY":"a-value","B_KEY":"b-value"}`)},
	{"prod", true, set("alarmEmail=ops@example.com", "monthlyBudget=auto", "aws:region=us-east-1")},
	{"prod", true, set("ingress=tunnel", "tunnelToken="+fixtures.TunnelToken, "domainName=app.example.com")},
	{"prod", true, set("ingress=loadBalancer", "domainName=app.example.com", "hostedZoneId=Z0123456789ABC")},
	{"prod", false, set("vpc=default", "ingress=loadBalancer", "certificateArn="+ownCertificate)},
	{"prod", true, set("vpc=default", "enableExec=false", "redisTls=false", "migrateCommand=bun run migrate")},
}

// registered counts what a program registered by the parts of a bill.
func registered(t *testing.T, recording *mocks.Recording) map[cost.Part]int {
	t.Helper()
	counts := map[cost.Part]int{}
	for _, r := range slices.DeleteFunc(recording.All(), func(r mocks.Resource) bool { return !custom(r) }) {
		if !assert.NoError(t, priced(r)) || isFree(r) {
			continue
		}
		parts, err := charged[r.Type](r)
		assert.NoError(t, err, "%s has a setting that the price does not fit", r.Name)
		for part, count := range parts {
			counts[part] += count
		}
	}
	return counts
}

func TestBill_CountsRegisteredResources(t *testing.T) {
	seen := map[cost.Part]bool{}
	for _, c := range billed {
		t.Run(fmt.Sprint(c.stack, c.running, c.given), func(t *testing.T) {
			given := map[string]string{}
			if c.running {
				maps.Copy(given, running)
			}
			maps.Copy(given, c.given)
			o := options(t, c.stack, given)
			o.Secrets = append(slices.Clone(o.Secrets), "threa:appSecretValues")
			recording := mocks.MustRun(t, deploy, o)

			bill, err := cost.Estimate(parsed(t, o), cost.Usual)
			require.NoError(t, err)
			require.Empty(t, bill.Missing())
			counted := map[cost.Part]int{}
			for _, item := range bill.Items {
				seen[item.Part] = true
				if !item.Later {
					counted[item.Part] += item.Count
				}
			}
			actual := registered(t, recording)
			maps.DeleteFunc(actual, func(_ cost.Part, count int) bool { return count == 0 })
			assert.Equal(t, actual, counted)
			assertPriced(t, recording, bill)
		})
	}
	assert.Len(t, seen, len(charged)+5, "each part is on a bill: a service has two, a database and a balancer three")
}

// assertPriced compares the resources on a bill with the sizes and engines that were registered.
func assertPriced(t *testing.T, recording *mocks.Recording, bill *cost.Bill) {
	t.Helper()
	about := func(part cost.Part) string {
		item, _ := bill.Item(part)
		return item.What
	}
	for _, instance := range recording.OfType("aws:rds/instance:Instance") {
		part := cost.Database
		if instance.Text("replicateSourceDb") != "" {
			part = cost.Replica
		}
		assert.Contains(t, about(part), instance.Text("instanceClass"))
	}
	for _, group := range recording.OfType("aws:elasticache/replicationGroup:ReplicationGroup") {
		engine := map[string]string{"redis": "Redis OSS", "valkey": "Valkey"}[group.Text("engine")]
		assert.Contains(t, about(cost.Cache), group.Text("nodeType")+", "+engine)
	}
	if _, tasks := bill.Item(cost.Tasks); !tasks {
		return
	}
	task := recording.Only(t, "aws:ecs/taskDefinition:TaskDefinition")
	service := recording.Named(t, serviceType, "compute-service")
	sizes := map[string]string{"256": "0.25", "512": "0.5", "1024": "1", "3072": "3"}
	architecture := map[string]string{"X86_64": "x86_64", "ARM64": "arm64"}[task.Text("runtimePlatform.cpuArchitecture")]
	size := fmt.Sprintf("%s, %s vCPU and %s GB", architecture, sizes[task.Text("cpu")], sizes[task.Text("memory")])
	assert.Contains(t, about(cost.Tasks), size)
	spot := strings.Contains(fmt.Sprint(service.Value("capacityProviderStrategies").V), "FARGATE_SPOT")
	assert.Equal(t, spot, strings.Contains(about(cost.Tasks), "Fargate Spot"))
}
