package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/cost"
	"threa-infra/internal/mocks"
)

// charge says what a resource adds to the parts of a bill. An error is a setting that the prices do not fit.
type charge func(r mocks.Resource) (map[cost.Part]int, error)

// free are the types that AWS does not bill, with the reason.
var free = map[string]string{
	"pulumi:index:Stash": "a value in Pulumi's state",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         "security groups are free",
	"aws:ec2/internetGateway:InternetGateway":                   "only its traffic is billed, as traffic to the internet",
	"aws:ec2/route:Route":                                       "free",
	"aws:ec2/routeTable:RouteTable":                             "free",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       "free",
	"aws:ec2/securityGroup:SecurityGroup":                       "free",
	"aws:ec2/subnet:Subnet":                                     "free",
	"aws:ec2/vpc:Vpc":                                           "free",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   "free",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "free",
	"aws:lb/listener:Listener":                                  "billed with the load balancer",
	"aws:lb/targetGroup:TargetGroup":                            "billed with the load balancer",
	"aws:acm/certificate:Certificate":                           "certificates for load balancers are free",
	"aws:acm/certificateValidation:CertificateValidation":       "free",
	"aws:route53/record:Record":                                 "the zone is the user's, and holds 10,000 records at its price",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                   "free",
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "free",
	"aws:ecs/taskDefinition:TaskDefinition":                     "billed when the service runs it",
	"aws:iam/role:Role":                                         "IAM is free",
	"aws:iam/rolePolicy:RolePolicy":                             "IAM is free",
	"aws:rds/parameterGroup:ParameterGroup":                     "free",
	"aws:rds/subnetGroup:SubnetGroup":                           "free",
	"aws:elasticache/subnetGroup:SubnetGroup":                   "free",
	"aws:appautoscaling/target:Target":                          "free",
	"aws:scheduler/schedule:Schedule":                           "14 million invocations a month are free",
	"aws:cloudwatch/eventRule:EventRule":                        "events of AWS's own services are free",
	"aws:cloudwatch/eventTarget:EventTarget":                    "free",
	"aws:sfn/stateMachine:StateMachine":                         "a standard machine takes about 60 of the 4,000 free steps a night; an express one costs a tenth of a cent a month",
	"aws:sns/topic:Topic":                                       "alarms are mails, which are free in such numbers",
	"aws:sns/topicSubscription:TopicSubscription":               "free",
	"aws:budgets/budget:Budget":                                 "budgets without actions are free",
}

// charged are the types that AWS bills.
var charged = map[string]charge{
	"aws:ecs/service:Service": func(r mocks.Resource) (map[cost.Part]int, error) {
		tasks := int(r.Value("desiredCount").NumberValue())
		return map[cost.Part]int{cost.Tasks: tasks, cost.Addresses: tasks}, wants(r, map[string]string{"networkConfiguration.assignPublicIp": "true"})
	},
	"aws:appautoscaling/policy:Policy": func(r mocks.Resource) (map[cost.Part]int, error) { // it makes an alarm for each direction
		return map[cost.Part]int{cost.ScalingAlarms: 2}, wants(r, map[string]string{"policyType": "TargetTrackingScaling"})
	},
	"aws:ecs/cluster:Cluster": func(r mocks.Resource) (map[cost.Part]int, error) {
		insights := map[string]int{"disabled": 0, "enabled": 1}
		count, known := insights[r.Text("settings[0].value")]
		if !known {
			return nil, fmt.Errorf("Container Insights is %q", r.Text("settings[0].value"))
		}
		return map[cost.Part]int{cost.Insights: count}, nil
	},
	"aws:rds/instance:Instance": func(r mocks.Resource) (map[cost.Part]int, error) {
		if r.Text("replicateSourceDb") != "" {
			return map[cost.Part]int{cost.Replica: 1}, wants(r, map[string]string{
				"storageType": "gp3", "multiAz": "", "monitoringInterval": "", "performanceInsightsRetentionPeriod": "7"})
		}
		copies := 1
		if r.Value("multiAz").BoolValue() {
			copies = 2
		}
		return map[cost.Part]int{cost.Database: copies, cost.Storage: copies * int(r.Value("allocatedStorage").NumberValue())},
			wants(r, map[string]string{
				"storageType": "gp3", "iops": "", "monitoringInterval": "", "performanceInsightsRetentionPeriod": "7",
				"engineLifecycleSupport": "open-source-rds-extended-support-disabled",
			})
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": func(r mocks.Resource) (map[cost.Part]int, error) {
		return map[cost.Part]int{cost.Cache: int(r.Value("numCacheClusters").NumberValue())}, wants(r, map[string]string{"snapshotRetentionLimit": ""})
	},
	"aws:lb/loadBalancer:LoadBalancer": func(r mocks.Resource) (map[cost.Part]int, error) {
		zones := len(r.Value("subnets").ArrayValue())
		return map[cost.Part]int{cost.Balancer: 1, cost.BalancerUse: 1, cost.BalancerAddresses: zones}, wants(r, map[string]string{
			"loadBalancerType": "application", "internal": "false", "ipAddressType": "", "minimumLoadBalancerCapacity": ""})
	},
	"aws:ecr/repository:Repository":    one(cost.Images, nil),
	"aws:cloudwatch/logGroup:LogGroup": one(cost.Logs, map[string]string{"logGroupClass": ""}),
	"aws:cloudwatch/metricAlarm:MetricAlarm": func(r mocks.Resource) (map[cost.Part]int, error) {
		metrics := 0 // each is billed, the expressions on them are not
		for i := 0; r.Text(fmt.Sprintf("metricQueries[%d].id", i)) != ""; i++ {
			if r.Text(fmt.Sprintf("metricQueries[%d].metric.metricName", i)) != "" {
				metrics++
			}
		}
		return map[cost.Part]int{cost.Alarms: max(metrics, 1)}, nil
	},
	"aws:cloudwatch/dashboard:Dashboard": one(cost.Dashboards, nil),
	"aws:ssm/parameter:Parameter":        one(cost.Parameters, map[string]string{"tier": "", "keyId": ""}),
}

// one is the charge for a type of which each resource counts once, with settings that would have another price.
func one(part cost.Part, settings map[string]string) charge {
	return func(r mocks.Resource) (map[cost.Part]int, error) {
		return map[cost.Part]int{part: 1}, wants(r, settings)
	}
}

// billed are configurations that the bill is held against the program in, as changes to a stack.
var billed = []struct {
	stack   string
	running bool
	given   map[string]string
}{
	{"prod", true, nil},
	{"budget", true, nil},
	{"prod", false, nil},
	{"budget", false, map[string]string{"threa:enableRedis": "true"}},
	{"prod", true, map[string]string{"threa:multiAz": "true", "threa:dbAllocatedStorage": "50", "threa:dbInstanceClass": "db.t4g.small"}},
	{"prod", true, map[string]string{"threa:dbReadReplica": "true", "threa:redisNodes": "3", "threa:alarmEmail": "ops@example.com"}},
	{"prod", true, map[string]string{"threa:containerInsights": "true", "threa:desiredCount": "3", "threa:containerCpu": "1024", "threa:containerMemory": "3072"}},
	{"prod", true, map[string]string{"threa:minCount": "2", "threa:maxCount": "5", "threa:desiredCount": "3", "threa:useSpot": "true", "threa:onDemandBase": "1"}},
	{"prod", false, map[string]string{"threa:minCount": "2", "threa:maxCount": "5"}},
	{"prod", true, map[string]string{"threa:cacheEngine": "valkey", "threa:cpuArchitecture": "arm64", "threa:alarmEmail": "ops@example.com"}},
	{"prod", true, map[string]string{"threa:desiredCount": "0", "threa:useSpot": "true", "threa:appSecretValues": `{"A_KEY":"a-value","B_KEY":"b-value"}`}},
	{"prod", true, map[string]string{"threa:alarmEmail": "ops@example.com", "threa:monthlyBudget": "auto", "aws:region": "us-east-1"}},
	{"prod", true, map[string]string{"threa:ingress": "tunnel", "threa:tunnelToken": mocks.TunnelToken, "threa:domainName": "app.example.com"}},
	{"prod", true, map[string]string{"threa:ingress": "loadBalancer", "threa:domainName": "app.example.com", "threa:hostedZoneId": "Z0123456789ABC"}},
	{"prod", false, map[string]string{"threa:vpc": "default", "threa:ingress": "loadBalancer", "threa:certificateArn": ownCertificate}},
	{"prod", true, map[string]string{"threa:vpc": "default", "threa:enableExec": "false", "threa:redisTls": "false", "threa:migrateCommand": "bun run migrate"}},
}

// parsed is the configuration that a stack is deployed with.
func parsed(t *testing.T, o mocks.Options) *config.Config {
	t.Helper()
	secret := map[string]bool{"threa:dbPassword": true, "threa:tunnelToken": true, "threa:appSecretValues": true}
	cfg, err := config.Parse(config.Values{Project: "threa", Stack: o.Stack, Set: o.Config, Secret: secret})
	require.NoError(t, err)
	return cfg
}

// priced wants a type either on the bill or free.
func priced(r mocks.Resource) error {
	_, costs := charged[r.Type]
	if isFree := free[r.Type] != ""; isFree == costs {
		return fmt.Errorf("%s is to be either billed, in internal/cost/kinds.go and cost_test.go, or free, in cost_test.go with the reason", r.Type)
	}
	return nil
}

// registered counts what a program registered by the parts of a bill.
func registered(t *testing.T, recording *mocks.Recording) map[cost.Part]int {
	t.Helper()
	counts := map[cost.Part]int{}
	for _, r := range slices.DeleteFunc(recording.All(), func(r mocks.Resource) bool { return !custom(r) }) {
		if !assert.NoError(t, priced(r)) || free[r.Type] != "" {
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

func TestTheBillCountsExactlyWhatTheProgramRegisters(t *testing.T) {
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
			o.AWS.VPCs = []mocks.VPC{existingVPC("vpc-0fedcba9876543210", true)}
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
	assert.Len(t, seen, len(charged)+5, "every part was on some bill: a service has two parts, a database and a load balancer three")
}

// assertPriced holds what the lines of a bill are about against the sizes and engines that were registered.
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
	task, service := recording.One(t, "aws:ecs/taskDefinition:TaskDefinition"), recording.Named(t, "aws:ecs/service:Service", "compute-service")
	sizes := map[string]string{"256": "0.25", "512": "0.5", "1024": "1", "3072": "3"}
	architecture := map[string]string{"X86_64": "x86_64", "ARM64": "arm64"}[task.Text("runtimePlatform.cpuArchitecture")]
	assert.Contains(t, about(cost.Tasks), fmt.Sprintf("%s, %s vCPU and %s GB", architecture, sizes[task.Text("cpu")], sizes[task.Text("memory")]))
	spot := strings.Contains(fmt.Sprint(service.Value("capacityProviderStrategies").V), "FARGATE_SPOT")
	assert.Equal(t, spot, strings.Contains(about(cost.Tasks), "Fargate Spot"))
}

// output is what a program exports under a name.
func output(t *testing.T, name string, o mocks.Options) string {
	t.Helper()
	var text string
	mocks.MustRun(t, func(ctx *pulumi.Context) error {
		if err := deploy(ctx); err != nil {
			return err
		}
		awaited, err := mocks.Await(ctx, pulumi.ToOutput(ctx.GetCurrentExportMap()[name]))
		text = fmt.Sprint(awaited.Value)
		return err
	}, o)
	return text
}

func TestTheOutputSaysWhatTheStackCosts(t *testing.T) {
	for _, c := range []struct {
		given map[string]string
		want  string
	}{
		{running, "43.86 USD (eu-central-1, prices of 2026-11; go run ./cmd/threa cost prod)"},
		{nil, "43.86 USD once imageTag is set, 29.85 until then (eu-central-1, prices of 2026-11; go run ./cmd/threa cost prod)"},
		{map[string]string{"threa:dbInstanceClass": "db.m5.large"}, "more than 29.99 USD once imageTag is set, 15.98 until then, without a price for RDS db.m5.large hour (eu-central-1"},
		{map[string]string{"aws:region": "eu-west-1"}, "unknown: there are no prices for eu-west-1"},
	} {
		assert.Contains(t, output(t, "estimatedMonthlyCost", options(t, "prod", c.given)), c.want)
	}
}
