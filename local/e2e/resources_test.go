package e2e

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type service struct {
	DesiredCount             int
	TaskDefinition           string
	CapacityProviderStrategy []struct{ CapacityProvider string }
	DeploymentConfiguration  struct {
		DeploymentCircuitBreaker struct{ Enable, Rollback bool }
	}
	NetworkConfiguration struct {
		AwsvpcConfiguration struct {
			Subnets, SecurityGroups []string
			AssignPublicIp          string
		}
	}
}

func describeService(t *testing.T, s *sandbox) service {
	t.Helper()
	services := aws[[]service](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query", "services")
	require.Len(t, services, 1)
	return services[0]
}

// checkResources checks the created resources as AWS describes them.
func checkResources(t *testing.T, s *sandbox) {
	for name, look := range map[string]func(*testing.T, *sandbox){
		"task definition": checkTaskDefinition, "service": checkService, "database": checkDatabase, "cache": checkCache,
		"parameters": checkParameters, "security groups": checkSecurityGroupRules, "alarms": checkAlarms, "dashboard": checkDashboard,
		"repository": checkRepository, "roles": checkRoles,
	} {
		t.Run(name, func(t *testing.T) { look(t, s) })
	}
}

func checkTaskDefinition(t *testing.T, s *sandbox) {
	type container struct {
		Name                 string
		Command              []string
		Environment, Secrets []struct{ Name, Value, ValueFrom string }
		DependsOn            []struct{ ContainerName, Condition string }
		HealthCheck          struct{ Command []string }
		PortMappings         []struct{ ContainerPort int }
		StopTimeout          int
	}
	task := aws[struct {
		Cpu, Memory, NetworkMode string
		RuntimePlatform          struct{ CpuArchitecture string }
		Volumes                  []struct{ Name string }
		ContainerDefinitions     []container
	}](t, s, "ecs", "describe-task-definition", "--task-definition", "threa", "--query", "taskDefinition")
	assert.Equal(t, []string{"256", "512", "awsvpc", "X86_64"}, []string{task.Cpu, task.Memory, task.NetworkMode, task.RuntimePlatform.CpuArchitecture})
	require.Len(t, task.ContainerDefinitions, 3)

	app := task.ContainerDefinitions[slices.IndexFunc(task.ContainerDefinitions, func(c container) bool { return c.Name == "threa" })]
	assert.Equal(t, 3000, app.PortMappings[0].ContainerPort)
	assert.Equal(t, []string{"CMD", "bun", "-e"}, app.HealthCheck.Command[:3])
	assert.Equal(t, "SUCCESS", app.DependsOn[0].Condition)
	assert.GreaterOrEqual(t, app.StopTimeout, 45)
	var secrets []string
	for _, secret := range app.Secrets {
		secrets = append(secrets, secret.Name+" "+secret.ValueFrom[strings.LastIndex(secret.ValueFrom, "parameter"):])
	}
	assert.Equal(t, []string{"DATABASE_URL parameter/threa/database-url", "REDIS_URL parameter/threa/redis-url"}, secrets)
}

func checkService(t *testing.T, s *sandbox) {
	service := describeService(t, s)
	assert.Zero(t, service.DesiredCount, "no task starts without an image")
	assert.Equal(t, "FARGATE", service.CapacityProviderStrategy[0].CapacityProvider)
	assert.True(t, service.DeploymentConfiguration.DeploymentCircuitBreaker.Enable)
	assert.True(t, service.DeploymentConfiguration.DeploymentCircuitBreaker.Rollback)
	assert.Equal(t, "ENABLED", service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp)
	assert.Len(t, service.NetworkConfiguration.AwsvpcConfiguration.Subnets, 2)
}

func checkDatabase(t *testing.T, s *sandbox) {
	instances := aws[[]struct {
		DBInstanceIdentifier, Engine, EngineVersion, StorageType     string
		PreferredBackupWindow                                        string
		AllocatedStorage, MaxAllocatedStorage, BackupRetentionPeriod int
		StorageEncrypted, PubliclyAccessible, DeletionProtection     bool
		PerformanceInsightsEnabled, CopyTagsToSnapshot, MultiAZ      bool
		PerformanceInsightsRetentionPeriod                           int
		EngineLifecycleSupport                                       string
		DBParameterGroups                                            []struct{ DBParameterGroupName string }
	}](t, s, "rds", "describe-db-instances", "--query", "DBInstances")
	require.Len(t, instances, 1)
	db := instances[0]
	assert.Equal(t, []string{"threa", "postgres", "gp3", "03:00-04:00", "threa-postgres17"}, []string{
		db.DBInstanceIdentifier, db.Engine, db.StorageType, db.PreferredBackupWindow, db.DBParameterGroups[0].DBParameterGroupName,
	})
	assert.True(t, strings.HasPrefix(db.EngineVersion, "17"), db.EngineVersion)
	assert.Equal(t, []int{20, 100, 7, 7}, []int{
		db.AllocatedStorage, db.MaxAllocatedStorage, db.BackupRetentionPeriod, db.PerformanceInsightsRetentionPeriod,
	})
	assert.Equal(t, []bool{true, false, true, true, true, false}, []bool{
		db.StorageEncrypted, db.PubliclyAccessible, db.DeletionProtection, db.PerformanceInsightsEnabled, db.CopyTagsToSnapshot, db.MultiAZ,
	})
	assert.Equal(t, "open-source-rds-extended-support-disabled", db.EngineLifecycleSupport)
}

func checkCache(t *testing.T, s *sandbox) {
	groups := aws[[]struct {
		ReplicationGroupId                                                  string
		MemberClusters                                                      []string
		AtRestEncryptionEnabled, TransitEncryptionEnabled, AuthTokenEnabled bool
	}](t, s, "elasticache", "describe-replication-groups", "--query", "ReplicationGroups")
	require.Len(t, groups, 1)
	assert.Equal(t, "threa", groups[0].ReplicationGroupId)
	assert.Equal(t, []string{"threa-001"}, groups[0].MemberClusters, "the alarms use this name")
	assert.True(t, groups[0].AtRestEncryptionEnabled && groups[0].TransitEncryptionEnabled && groups[0].AuthTokenEnabled)
}

func checkParameters(t *testing.T, s *sandbox) {
	parameters := map[string]string{}
	for _, one := range aws[[]struct{ Name, Type, Value string }](t, s, "ssm", "get-parameters-by-path",
		"--path", "/threa", "--recursive", "--with-decryption", "--query", "Parameters") {
		parameters[one.Name] = one.Value
		if one.Name != "/threa/stack" {
			assert.Equal(t, "SecureString", one.Type, one.Name)
		}
	}
	password, err := s.command("config", "get", "dbPassword").Output()
	require.NoError(t, err)
	outputs := s.outputs(t)

	database, err := url.Parse(parameters["/threa/database-url"])
	require.NoError(t, err)
	decoded, _ := database.User.Password()
	assert.True(t, decoded == strings.TrimSpace(string(password)), "the URL must contain the database's password")
	assert.Equal(t, outputs["rdsEndpoint"], database.Host)
	assert.Equal(t, []string{"postgresql", "threa", "/threa", "sslmode=verify-full"},
		[]string{database.Scheme, database.User.Username(), database.Path, database.RawQuery})

	redis, err := url.Parse(parameters["/threa/redis-url"])
	require.NoError(t, err)
	token, _ := redis.User.Password()
	assert.Equal(t, "rediss", redis.Scheme)
	assert.Len(t, token, 64)
	assert.Equal(t, outputs["redisEndpoint"].(string)+":6379", redis.Host)
}

// securityGroupRules returns the rules of the stack's security groups, as "group direction peer port".
func securityGroupRules(t *testing.T, s *sandbox) []string {
	t.Helper()
	groups := map[string]string{}
	for _, one := range aws[[]struct{ GroupId, GroupName, VpcId string }](t, s, "ec2", "describe-security-groups", "--query", "SecurityGroups") {
		if one.VpcId == s.outputs(t)["vpcId"] {
			groups[one.GroupId] = one.GroupName
		}
	}
	var rules []string
	for _, rule := range aws[[]struct {
		GroupId, CidrIpv4, IpProtocol string
		FromPort                      int
		IsEgress                      bool
		ReferencedGroupInfo           struct{ GroupId string }
	}](t, s, "ec2", "describe-security-group-rules", "--query", "SecurityGroupRules") {
		if name, ours := groups[rule.GroupId]; ours {
			direction := map[bool]string{true: "to", false: "from"}[rule.IsEgress]
			rules = append(rules, strings.Join([]string{
				name, direction, rule.CidrIpv4 + groups[rule.ReferencedGroupInfo.GroupId], portName(rule.FromPort),
			}, " "))
		}
	}
	return rules
}

func checkSecurityGroupRules(t *testing.T, s *sandbox) {
	assert.ElementsMatch(t, []string{
		"threa-ecs-tasks from 0.0.0.0/0 3000",
		"threa-ecs-tasks to 0.0.0.0/0 all",
		"threa-rds from threa-ecs-tasks 5432",
		"threa-redis from threa-ecs-tasks 6379",
	}, securityGroupRules(t, s))
}

func portName(port int) string {
	if port < 0 {
		return "all"
	}
	text, _ := json.Marshal(port)
	return string(text)
}

func checkAlarms(t *testing.T, s *sandbox) {
	alarms := map[string]string{}
	for _, one := range aws[[]struct{ AlarmName, MetricName, Statistic, TreatMissingData string }](t, s,
		"cloudwatch", "describe-alarms", "--query", "MetricAlarms") {
		alarms[one.AlarmName] = one.MetricName + " " + one.Statistic + " " + one.TreatMissingData
	}
	assert.Len(t, alarms, 10, "ten alarms are free of charge")
	assert.Equal(t, "CPUUtilization SampleCount breaching", alarms["threa-no-running-tasks"])
}

func checkDashboard(t *testing.T, s *sandbox) {
	text := aws[string](t, s, "cloudwatch", "get-dashboard", "--dashboard-name", "threa", "--query", "DashboardBody")
	var body struct{ Widgets []struct{ Type string } }
	require.NoError(t, json.Unmarshal([]byte(text), &body))
	assert.Len(t, body.Widgets, 10)
	for _, part := range []string{"AWS/ECS", "AWS/RDS", "AWS/ElastiCache", "/ecs/threa"} {
		assert.Contains(t, text, part)
	}
}

func checkRepository(t *testing.T, s *sandbox) {
	scan := aws[bool](t, s, "ecr", "describe-repositories", "--repository-names", "threa",
		"--query", "repositories[0].imageScanningConfiguration.scanOnPush")
	assert.True(t, scan)
	assert.Contains(t, lifecyclePolicy(t, s), `"countNumber":10`)
}

func checkRoles(t *testing.T, s *sandbox) {
	assert.ElementsMatch(t, []string{"threa-ecs-execution", "threa-ecs-task"},
		aws[[]string](t, s, "iam", "list-roles", "--query", "Roles[].RoleName"))
	for role, want := range map[string][]string{
		"threa-ecs-execution": {"threa-ecs-execution-image", "threa-ecs-execution-ssm"},
		"threa-ecs-task":      {"threa-ecs-task-exec"},
	} {
		assert.ElementsMatch(t, want, aws[[]string](t, s, "iam", "list-role-policies", "--role-name", role, "--query", "PolicyNames"))
		assert.Empty(t, aws[[]any](t, s, "iam", "list-attached-role-policies", "--role-name", role, "--query", "AttachedPolicies"))
	}
}

// remainingResources lists the resources of every service that the program uses. It leaves out what a new account has and
// the parameters that the user created.
func remainingResources(t *testing.T, s *sandbox) map[string][]string {
	left := map[string][]string{}
	for _, question := range [][]string{
		{"ecs", "list-clusters", "clusterArns"},
		{"ecs", "list-task-definitions", "taskDefinitionArns"},
		{"ecr", "describe-repositories", "repositories[].repositoryName"},
		{"rds", "describe-db-instances", "DBInstances[].DBInstanceIdentifier"},
		{"rds", "describe-db-subnet-groups", "DBSubnetGroups[].DBSubnetGroupName"},
		{"rds", "describe-db-parameter-groups", "DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName"},
		{"elasticache", "describe-replication-groups", "ReplicationGroups[].ReplicationGroupId"},
		{"elasticache", "describe-cache-clusters", "CacheClusters[].CacheClusterId"},
		{"elasticache", "describe-cache-subnet-groups", "CacheSubnetGroups[].CacheSubnetGroupName"},
		{"ssm", "describe-parameters", "Parameters[?Name!='/threa/workos-api-key'].Name"},
		{"events", "list-rules", "Rules[].Name"},
		{"stepfunctions", "list-state-machines", "stateMachines[].name"},
		{"iam", "list-roles", "Roles[].RoleName"},
		{"logs", "describe-log-groups", "logGroups[].logGroupName"},
		{"cloudwatch", "describe-alarms", "MetricAlarms[].AlarmName"},
		{"cloudwatch", "list-dashboards", "DashboardEntries[].DashboardName"},
		{"sns", "list-topics", "Topics[].TopicArn"},
		{"ec2", "describe-vpcs", "Vpcs[?!IsDefault].VpcId"},
		{"ec2", "describe-internet-gateways", "InternetGateways[].InternetGatewayId"},
		{"ec2", "describe-security-groups", "SecurityGroups[?GroupName!='default'].GroupName"},
	} {
		left[question[0]+" "+question[1]] = aws[[]string](t, s, question[0], question[1], "--query", question[2])
	}
	return left
}
