package config

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// wrongValues is the prod stack with some keys changed and nothing required, so that an image tag alone is no mistake.
func wrongValues(t testing.TB, given map[string]string) Values {
	all := map[string]string{"threa:requiredVariables": "[]"}
	maps.Copy(all, given)
	return values(t, all)
}

// digits makes a text of a length.
func digits(n int) string { return strings.Repeat("7", n) }

// wrong is a wrong configuration: what is set, on top of the prod stack, and the one key that is to be reported.
type wrong struct {
	name  string
	given map[string]string
	key   string
}

// invalid is every wrong configuration that is tested.
var invalid = append([]wrong{
	{"upper case in the app's name", one("appName", "Threa"), "appName"},
	{"app name of one letter", one("appName", "t"), "appName"},
	{"app name too long", one("appName", "an-app-name-with-more-than-20"), "appName"},
	{"app name ends with a hyphen", one("appName", "threa-"), "appName"},
	{"app name that SSM keeps for itself", one("appName", "ssmith"), "appName"},
	{"app name that EC2 keeps for itself", one("appName", "sg"), "appName"},
	{"app name that RDS keeps for itself", one("appName", "default"), "appName"},
	{"two hyphens in a row, which RDS refuses", one("appName", "thr--ea"), "appName"},
	{"environment starts with a digit", one("environment", "1st"), "environment"},
	{"environment with an underscore", one("environment", "pre_prod"), "environment"},
	{
		"names too long together",
		map[string]string{"appName": "a-rather-long-app", "environment": "long-environment"},
		"environment",
	},
	{"environment named like a read replica", one("environment", "replica"), "environment"},
	{"app's container named like the one before it", one("appName", "migrate"), "appName"},
	{
		"app's container named like the one of the certificates",
		map[string]string{"appName": "rds", "environment": "ca"},
		"appName",
	},
	{"no such region", one("aws:region", "eu-central-9"), "aws:region"},
	{"region left empty", one("aws:region", ""), "aws:region"},
	{"region without a known CA", one("aws:region", "cn-north-1"), "aws:region"},

	{"no such kind of VPC", one("vpc", "shared"), "vpc"},
	{"VPC id with letters beyond f", one("vpc", "vpc-0123456z"), "vpc"},
	{"VPC id too short", one("vpc", "vpc-0123"), "vpc"},
	{"VPC range is public", one("vpcCidr", "8.8.0.0/16"), "vpcCidr"},
	{"VPC range too small", one("vpcCidr", "10.0.0.0/25"), "vpcCidr"},
	{"VPC range too large", one("vpcCidr", "10.0.0.0/15"), "vpcCidr"},
	{"VPC range starts inside", one("vpcCidr", "10.0.3.0/16"), "vpcCidr"},
	{"VPC range is IPv6", one("vpcCidr", "fd00::/16"), "vpcCidr"},
	{"VPC range is no range", one("vpcCidr", "10.0.0.0"), "vpcCidr"},
	{"one zone", one("availabilityZones", `["eu-central-1a"]`), "availabilityZones"},
	{
		"four zones",
		one("availabilityZones", `["eu-central-1a","eu-central-1b","eu-central-1c","eu-central-1d"]`),
		"availabilityZones",
	},
	{"the same zone twice", one("availabilityZones", `["eu-central-1a","eu-central-1a"]`), "availabilityZones"},
	{"zones of another region", one("availabilityZones", `["us-east-1a","us-east-1b"]`), "availabilityZones"},
	{
		"zones with the default VPC",
		map[string]string{"vpc": "default", "availabilityZones": `["eu-central-1a","eu-central-1b"]`},
		"availabilityZones",
	},
	{"zones that are no list", one("availabilityZones", `eu-central-1a`), "availabilityZones"},
	{"subnets without an existing VPC", one("publicSubnetIds", `["subnet-01234567"]`), "publicSubnetIds"},
	{
		"subnet id of another kind",
		map[string]string{"vpc": "vpc-01234567", "publicSubnetIds": `["sub-01234567"]`},
		"publicSubnetIds",
	},
	{
		"one private subnet",
		map[string]string{"vpc": "vpc-01234567", "privateSubnetIds": `["subnet-01234567"]`},
		"privateSubnetIds",
	},
	{
		"the same private subnet twice",
		map[string]string{"vpc": "vpc-01234567", "privateSubnetIds": `["subnet-01234567","subnet-01234567"]`},
		"privateSubnetIds",
	},

	{"no such ingress", one("ingress", "alb"), "ingress"},
	{"tunnel without its token", one("ingress", "tunnel"), "tunnelToken"},
	{
		"tunnel with the id in the place of the token",
		tunneled("tunnelToken", "01234567-89ab-cdef-0123-456789abcdef"),
		"tunnelToken",
	},
	{"tunnel with a certificate", tunneled("certificateArn", exampleCertificate("eu-central-1")), "certificateArn"},
	{"tunnel with a zone of Route 53", tunneled("hostedZoneId", "Z0123456789ABC"), "hostedZoneId"},
	{"app on the port of cloudflared", tunneled("containerPort", "20241"), "containerPort"},
	{
		"drain longer than the notice of Spot, with a tunnel",
		tunneled("useSpot", "true", "drainSeconds", "73"),
		"drainSeconds",
	},
	{"parameter of the tunnel", one("appSecrets", `{"KEY":"tunnel-token"}`), "appSecrets.KEY"},
	{"app's container named like the one of the tunnel", one("appName", "cloudflared"), "appName"},
	{"load balancer without a certificate", one("ingress", "loadBalancer"), "certificateArn"},
	{"load balancer with a name whose zone is unknown", balanced("domainName", "app.example.com"), "hostedZoneId"},
	{"load balancer with a zone and no name", balanced("hostedZoneId", "Z0123456789ABC"), "domainName"},
	{
		"certificate and zone without a name",
		balanced("certificateArn", exampleCertificate("eu-central-1"), "hostedZoneId", "Z0123456789ABC"),
		"domainName",
	},
	{"certificate of another region", balanced("certificateArn", exampleCertificate("us-east-1")), "certificateArn"},
	{
		"certificate of IAM",
		balanced("certificateArn", "arn:aws:iam::123456789012:server-certificate/threa"),
		"certificateArn",
	},
	{"certificate without a load balancer", one("certificateArn", exampleCertificate("eu-central-1")), "certificateArn"},
	{"name without a load balancer", one("domainName", "app.example.com"), "domainName"},
	{"zone without a load balancer", one("hostedZoneId", "Z0123456789ABC"), "hostedZoneId"},
	{
		"name with a scheme",
		balanced("domainName", "https://app.example.com", "hostedZoneId", "Z0123456789ABC"),
		"domainName",
	},
	{"name with a wildcard", balanced("domainName", "*.example.com", "hostedZoneId", "Z0123456789ABC"), "domainName"},
	{"name without a domain", balanced("domainName", "app", "hostedZoneId", "Z0123456789ABC"), "domainName"},
	{
		"name too long for a certificate",
		balanced("domainName", "app."+digits(60)+".com", "hostedZoneId", "Z0123456789ABC"),
		"domainName",
	},
	{
		"zone with its path",
		balanced("domainName", "app.example.com", "hostedZoneId", "/hostedzone/Z0123456789ABC"),
		"hostedZoneId",
	},
	{
		"load balancer called internal",
		balanced("certificateArn", exampleCertificate("eu-central-1"), "appName", "internal-tool"),
		"appName",
	},

	{"moving tag", one("imageTag", "latest"), "imageTag"},
	{"tag with a colon", one("imageTag", "threa:v1"), "imageTag"},
	{"digest too short", one("imageTag", "sha256:abc"), "imageTag"},
	{"CPU units that Fargate does not know", one("containerCpu", "300"), "containerCpu"},
	{"CPU in vCPU", one("containerCpu", "0.25"), "containerCpu"},
	{"memory too small for the CPU", one("containerMemory", "256"), "containerMemory"},
	{"memory too large for the CPU", one("containerMemory", "4096"), "containerMemory"},
	{"memory between the steps", map[string]string{"containerCpu": "8192", "containerMemory": "17408"}, "containerMemory"},
	{"memory with a unit", one("containerMemory", "512MB"), "containerMemory"},
	{"port 0", one("containerPort", "0"), "containerPort"},
	{"port too high", one("containerPort", "65536"), "containerPort"},
	{"no such architecture", one("cpuArchitecture", "amd64"), "cpuArchitecture"},
	{"fewer than no tasks", one("desiredCount", "-1"), "desiredCount"},
	{"too many tasks", one("desiredCount", "101"), "desiredCount"},
	{"half a task", one("desiredCount", "1.5"), "desiredCount"},
	{"drain shorter than the app's own", one("drainSeconds", "44"), "drainSeconds"},
	{"drain longer than Fargate waits", one("drainSeconds", "121"), "drainSeconds"},
	{"drain with a unit", one("drainSeconds", "60s"), "drainSeconds"},
	{
		"drain longer than the notice of Spot",
		balanced("certificateArn", exampleCertificate("eu-central-1"), "useSpot", "true", "drainSeconds", "73"),
		"drainSeconds",
	},
	{"spot is no truth value", one("useSpot", "yes"), "useSpot"},
	{"fallback is no truth value", one("spotFallback", "sometimes"), "spotFallback"},
	{"exec is no truth value", one("enableExec", "1"), "enableExec"},

	{"pgvector is no truth value", one("enablePgvector", "vector"), "enablePgvector"},
	{"migrations over two lines", one("migrateCommand", "bun run migrate\nbun run seed"), "migrateCommand"},
	{"migrations with a space at the end", one("migrateCommand", "bun run migrate "), "migrateCommand"},
	{"migrations that fill the task definition", one("migrateCommand", digits(2049)), "migrateCommand"},

	{"empty variable", one("appEnvironment", `{"LOG_LEVEL":""}`), "appEnvironment.LOG_LEVEL"},
	{"variable with a NUL byte", one("appEnvironment", `{"LOG_LEVEL":"a\u0000b"}`), "appEnvironment.LOG_LEVEL"},
	{"variables too long together", one("appEnvironment", `{"A":"`+digits(environmentLimit)+`"}`), "appEnvironment"},
	{"variables with something behind them", one("appEnvironment", `{"A":"b"} {"C":"d"}`), "appEnvironment"},
	{"variable is a list", one("appEnvironment", `{"HOSTS":["a"]}`), "appEnvironment.HOSTS"},
	{"variables are a text", one("appEnvironment", `LOG_LEVEL=debug`), "appEnvironment"},
	{"variable's name with a hyphen", one("appEnvironment", `{"LOG-LEVEL":"debug"}`), "appEnvironment.LOG-LEVEL"},
	{
		"variable that the program sets",
		one("appEnvironment", `{"DATABASE_URL":"postgresql://localhost"}`),
		"appEnvironment.DATABASE_URL",
	},
	{"secret that the program sets", one("appSecrets", `{"REDIS_URL":"my-redis"}`), "appSecrets.REDIS_URL"},
	{
		"variable from two sources",
		map[string]string{"appEnvironment": `{"A":"b"}`, "appSecrets": `{"A":"key"}`},
		"appSecrets.A",
	},
	{"parameter of another stack", one("appSecrets", `{"KEY":"/threa-staging/key"}`), "appSecrets.KEY"},
	{"parameter that the program owns", one("appSecrets", `{"KEY":"database-url"}`), "appSecrets.KEY"},
	{"parameter with a space", one("appSecrets", `{"KEY":"my key"}`), "appSecrets.KEY"},
	{"unencrypted secret value", one("appSecretValues", `{"KEY":"value"}`), "appSecretValues.KEY"},
	{
		"app without what it needs to start",
		map[string]string{"imageTag": "v1", "requiredVariables": `["WORKOS_API_KEY"]`},
		"appSecretValues.WORKOS_API_KEY",
	},

	{"password too short", one("dbPassword", "1234567"), "dbPassword"},
	{"password too long", one("dbPassword", digits(129)), "dbPassword"},
	{"password with a slash", one("dbPassword", "correct/horse"), "dbPassword"},
	{"password with a quotation mark", one("dbPassword", `correct"horse`), "dbPassword"},
	{"password with an at sign", one("dbPassword", "correct@horse"), "dbPassword"},
	{"password with a space", one("dbPassword", "correct horse"), "dbPassword"},
	{"password beyond ASCII", one("dbPassword", "correcthörse"), "dbPassword"},
	{"user with a hyphen", one("dbUsername", "threa-app"), "dbUsername"},
	{"reserved user", one("dbUsername", "rdsadmin"), "dbUsername"},
	{"user that PostgreSQL keeps for itself", one("dbUsername", "pg_threa"), "dbUsername"},
	{"user that RDS keeps for itself", one("dbUsername", "rds_threa"), "dbUsername"},
	{"user with a capital", one("dbUsername", "Threa"), "dbUsername"},
	{"database name with a capital", one("dbName", "threaProd"), "dbName"},
	{"user starts with a digit", one("dbUsername", "1user"), "dbUsername"},
	{"database name too long", one("dbName", "a"+digits(63)), "dbName"},
	{"reserved database name", one("dbName", "template1"), "dbName"},
	{"database named like the image's folder", one("dbName", "app"), "dbName"},
	{"pinned minor version", one("dbEngineVersion", "16.4"), "dbEngineVersion"},
	{"version that is no more", one("dbEngineVersion", "9"), "dbEngineVersion"},
	{"instance class without its prefix", one("dbInstanceClass", "t4g.micro"), "dbInstanceClass"},
	{"instance class of a cache", one("dbInstanceClass", "cache.t4g.micro"), "dbInstanceClass"},
	{"instance class of no size", one("dbInstanceClass", "db.t4g.tiny"), "dbInstanceClass"},
	{"storage too small for gp3", one("dbAllocatedStorage", "10"), "dbAllocatedStorage"},
	{"no room for storage to grow", one("dbMaxAllocatedStorage", "21"), "dbMaxAllocatedStorage"},
	{
		"limit below the storage",
		map[string]string{"dbAllocatedStorage": "200", "dbMaxAllocatedStorage": "100"},
		"dbMaxAllocatedStorage",
	},
	{"no backups", one("dbBackupRetentionDays", "0"), "dbBackupRetentionDays"},
	{"backups for too long", one("dbBackupRetentionDays", "36"), "dbBackupRetentionDays"},
	{"backup window without a minute", one("dbBackupWindow", "3-4"), "dbBackupWindow"},
	{"backup window of no hour", one("dbBackupWindow", "24:00-25:00"), "dbBackupWindow"},
	{"backup window too short", one("dbBackupWindow", "03:00-03:29"), "dbBackupWindow"},
	{"maintenance window without a day", one("dbMaintenanceWindow", "04:30-05:30"), "dbMaintenanceWindow"},
	{"maintenance window too short", one("dbMaintenanceWindow", "mon:04:30-mon:04:45"), "dbMaintenanceWindow"},
	{"maintenance window too long", one("dbMaintenanceWindow", "mon:04:30-wed:04:45"), "dbMaintenanceWindow"},
	{"windows overlap", one("dbMaintenanceWindow", "mon:03:30-mon:04:30"), "dbMaintenanceWindow"},
	{
		"windows overlap across midnight",
		map[string]string{"dbBackupWindow": "23:30-00:30", "dbMaintenanceWindow": "sat:23:00-sun:00:10"},
		"dbMaintenanceWindow",
	},
	{"backup inside a long maintenance", one("dbMaintenanceWindow", "sun:22:00-mon:20:00"), "dbMaintenanceWindow"},
	{"multi-AZ is no truth value", one("multiAz", "on"), "multiAz"},
	{"read replica is no truth value", one("dbReadReplica", "one"), "dbReadReplica"},
	{
		"variable of the read replica",
		map[string]string{"dbReadReplica": "true", "appEnvironment": `{"DATABASE_REPLICA_URL":"postgresql://localhost"}`},
		"appEnvironment.DATABASE_REPLICA_URL",
	},
	{"parameter of the read replica", one("appSecrets", `{"KEY":"database-replica-url"}`), "appSecrets.KEY"},
	{"protection is no choice", one("deletionProtection", "maybe"), "deletionProtection"},
	{"final snapshot is no truth value", one("finalSnapshot", ""), "finalSnapshot"},

	{"snapshot's name with an underscore", one("restoreFromSnapshot", "threa_final"), "restoreFromSnapshot"},
	{"snapshot's name ends with a hyphen", one("restoreFromSnapshot", "threa-final-"), "restoreFromSnapshot"},
	{"snapshot's name too long", one("restoreFromSnapshot", "s"+digits(255)), "restoreFromSnapshot"},

	{"cache is no truth value", one("enableRedis", "no"), "enableRedis"},
	{"no such cache engine", one("cacheEngine", "memcached"), "cacheEngine"},
	{"node type without its prefix", one("redisNodeType", "t4g.micro"), "redisNodeType"},
	{"node type of a database", one("redisNodeType", "db.t4g.micro"), "redisNodeType"},
	{"cache without a node", one("redisNodes", "0"), "redisNodes"},
	{"more nodes than a primary takes replicas", one("redisNodes", "7"), "redisNodes"},
	{"TLS is no truth value", one("redisTls", "required"), "redisTls"},

	{"replacement of a database", one("confirmReplacement", `["database"]`), "confirmReplacement[0]"},
	{
		"replacement of something else beside the cache",
		one("confirmReplacement", `["cache","images"]`),
		"confirmReplacement[1]",
	},
	{"replacement that is no list", one("confirmReplacement", `cache`), "confirmReplacement"},

	{"retention that CloudWatch does not take", one("logRetentionDays", "10"), "logRetentionDays"},
	{"retention of no days", one("logRetentionDays", "0"), "logRetentionDays"},
	{"insights is no truth value", one("containerInsights", "enhanced"), "containerInsights"},
	{"no e-mail address", one("alarmEmail", "ops"), "alarmEmail"},
	{"e-mail address with a name", one("alarmEmail", "Ops <ops@example.com>"), "alarmEmail"},
	{"two e-mail addresses", one("alarmEmail", "a@example.com,b@example.com"), "alarmEmail"},

	{"budget without an address", one("monthlyBudget", "50"), "monthlyBudget"},
	{"budget of nothing", map[string]string{"alarmEmail": "ops@example.com", "monthlyBudget": "0.00"}, "monthlyBudget"},
	{
		"budget with a currency",
		map[string]string{"alarmEmail": "ops@example.com", "monthlyBudget": "50 USD"},
		"monthlyBudget",
	},
	{
		"budget of parts of cents",
		map[string]string{"alarmEmail": "ops@example.com", "monthlyBudget": "50.125"},
		"monthlyBudget",
	},

	{"misspelt key", one("containerCPU", "512"), "containerCPU"},
	{"key of the old program", one("db_password", "hunter22"), "db_password"},
}, invalidScaling...)

func one(key, value string) map[string]string { return map[string]string{key: value} }

// balanced asks for a load balancer, with further keys and their values in pairs.
func balanced(pairs ...string) map[string]string { return ingress(IngressLoadBalancer, pairs...) }

// tunneled asks for a tunnel, whose token is encrypted.
func tunneled(pairs ...string) map[string]string {
	return ingress(IngressTunnel, append([]string{"tunnelToken", mocks.TunnelToken}, pairs...)...)
}

func ingress(kind string, pairs ...string) map[string]string {
	all := one("ingress", kind)
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

func TestParse_RejectsWrongValues(t *testing.T) {
	for _, wrong := range invalid {
		t.Run(wrong.name, func(t *testing.T) {
			given, key := map[string]string{}, wrong.key
			for name, value := range wrong.given {
				given[mocks.Namespaced(name)] = value
			}
			_, err := Parse(wrongValues(t, given))

			var problems *Problems
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems.List, 1, "%v", err)
			problem := problems.List[0]
			assert.Equal(t, mocks.Namespaced(key), problem.Key)
			assert.NotEmpty(t, problem.Must)
			assert.Regexp(t, "^pulumi config (set|rm) ", problem.Fix)
		})
	}
}

func TestParse_FixesAreValid(t *testing.T) {
	for _, wrong := range invalid {
		given := map[string]string{}
		for name, value := range wrong.given {
			given[mocks.Namespaced(name)] = value
		}
		_, err := Parse(wrongValues(t, given))
		var problems *Problems
		require.ErrorAs(t, err, &problems)
		fix := problems.List[0].Fix
		key, value, named := strings.Cut(strings.TrimPrefix(fix, "pulumi config set "), " ")
		if strings.HasPrefix(fix, "pulumi config rm ") || !named || strings.Contains(fix, "--") {
			continue
		}
		given[mocks.Namespaced(key)] = strings.Trim(value, "'") // the shell takes quotes off
		_, err = Parse(wrongValues(t, given))
		assert.NoError(t, err, "%s: %s", wrong.name, fix)
	}
}

func TestParse_FixIsWhatWasMeant(t *testing.T) {
	for _, typed := range [][3]string{
		{"enableRedis", "no", "false"}, {"useSpot", "Yes", "true"}, {"multiAz", "off", "false"}, {"enableExec", "TRUE", "true"},
		{"deletionProtection", "on", "true"}, {"cpuArchitecture", "ARM64", "arm64"}, {"cpuArchitecture", "amd64", "x86_64"},
		{"ingress", "LoadBalancer", "loadBalancer"}, {"ingress", "somehow", "direct"},
	} {
		_, err := Parse(values(t, map[string]string{mocks.Namespaced(typed[0]): typed[1]}))
		require.Error(t, err)
		assert.True(t, strings.HasSuffix(err.Error(), "pulumi config set "+typed[0]+" "+typed[2]), "%v", err)
	}
}
