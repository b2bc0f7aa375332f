package adopt

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// defaults are keys with another value than the deployment has.
func defaults(t *testing.T) *pulumi {
	p := configured(t)
	for key := range p.config {
		if key != "appName" {
			p.config[key] = ""
		}
	}
	return p
}

func TestConfigure_PrintsMissingSettings(t *testing.T) {
	p, c := defaults(t), terraformed()
	_, err := run(t, p, c, Options{})
	require.ErrorContains(t, err, "the configuration of the stack differs from the deployment. Nothing was changed.")
	for _, line := range []string{
		"dbEngineVersion 16", "dbName threa", "dbUsername threa", "dbInstanceClass db.t4g.small", "dbAllocatedStorage 20",
		"dbMaxAllocatedStorage 100", "dbBackupRetentionDays 7", "dbBackupWindow 03:00-04:00",
		"dbMaintenanceWindow mon:04:00-mon:05:00", "multiAz false", "vpc default", "containerCpu 512", "containerMemory 1024",
		"containerPort 3000", "cpuArchitecture x86_64", "useSpot true", "desiredCount 2", "imageTag " + digest,
		"enableRedis true", "redisNodeType cache.t4g.micro", "logRetentionDays 30",
		"--secret dbPassword  # its value in /threa/database-url",
		"--plaintext --path appSecrets.WORKOS_API_KEY /threa/workos-api-key",
		"--type string --path appEnvironment.LOG_LEVEL  # its value in the task definition",
		"--secret --path appSecretValues.STRIPE_KEY  # its value in the task definition",
	} {
		assert.Contains(t, err.Error()+"\n", "\n    pulumi config set "+line+"\n")
	}
	for _, line := range p.ran {
		assert.False(t, strings.HasPrefix(line, "config set") || strings.HasPrefix(line, "preview"), line)
	}
}

func TestConfigure_SetsMissingSettings(t *testing.T) {
	p, c := defaults(t), terraformed()
	_, err := run(t, p, c, Options{Configure: true, DryRun: true})
	require.NoError(t, err)
	want := configured(t).config
	want["appEnvironment"], want["appSecrets"] = `{"LOG_LEVEL":"debug"}`, `{"WORKOS_API_KEY":"/threa/workos-api-key"}`
	want["appSecretValues"], want["dbReadReplica"] = `{"STRIPE_KEY":"sk_live"}`, "false"
	assert.Equal(t, want, p.config)
}

func TestConfigure_ResolvesImage(t *testing.T) {
	for name, tt := range map[string]struct{ configured, pushed, running, want string }{
		"tag of the running image":          {"v1", digest, digest, ""},
		"tag of another image":              {"v1", "sha256:4567", digest, "pulumi config set imageTag " + digest},
		"tag that does not exist":           {"v1", "", digest, "pulumi config set imageTag " + digest},
		"no task is running":                {"", digest, "", "pulumi config set imageTag " + digest},
		"image is gone":                     {"", "", "", "does not have this image, and imageTag is not set"},
		"image is gone, another configured": {"v2", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := configured(t), terraformed()
			p.config["imageTag"] = tt.configured
			if tt.pushed != "" {
				c.answers["ecr:DescribeImages"] = `{"imageDetails": [{"imageDigest": "` + tt.pushed + `"}]}`
			}
			if tt.running == "" {
				c.answers["ecs:ListTasks"] = `{}`
			}
			_, err := run(t, p, c, Options{DryRun: true})
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestConfigure_ComparesPassword(t *testing.T) {
	const set = "pulumi config set --secret dbPassword"
	for name, tt := range map[string]struct{ configured, url, want string }{
		"equal":                     {"a:b", "postgresql://threa:a:b@h:5432/threa", ""},
		"other":                     {"other-password", "postgresql://threa:a:b@h:5432/threa", set},
		"not set":                   {"", "postgresql://threa:a:b@h:5432/threa", set},
		"of this program":           {"a:b", "postgresql://threa:a%3Ab@h:5432/threa?sslmode=verify-full", ""},
		"encoded, as read":          {"a%3Ab", "postgresql://threa:a%3Ab@h:5432/threa", ""},
		"encoded, decoded":          {"a:b", "postgresql://threa:a%3Ab@h:5432/threa?sslmode=require", ""},
		"encoded, not set":          {"", "postgresql://threa:a%3Ab@h:5432/threa", "It is not known whether"},
		"with characters of a URL":  {"a?b#c%", "postgresql://threa:a?b#c%@h:5432/threa", ""},
		"another user":              {"a:b", "postgresql://other:a:b@h:5432/threa", "is not a URL of the master user threa"},
		"not a URL":                 {"a:b", "changed", "is not a URL of the master user threa"},
		"no parameter":              {"a:b", "", ""},
		"no parameter, and not set": {"", "", "which would have it, does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := configured(t), terraformed()
			p.config["dbPassword"] = tt.configured
			c.answers["ssm:GetParameter /threa/database-url"] = parameter(tt.url)
			if tt.url == "" {
				delete(c.answers, "ssm:GetParameter /threa/database-url")
			}
			_, err := run(t, p, c, Options{DryRun: true})
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			if tt.url != "" {
				assert.NotContains(t, err.Error(), "a:b")
			}
		})
	}
}

func TestConfigure_KeepsLogs(t *testing.T) {
	p, c := configured(t), terraformed()
	c.answers["logs:DescribeLogGroups"] = `{"logGroups": [{"logGroupName": "/ecs/threa"}]}`
	_, err := run(t, p, c, Options{})
	require.ErrorContains(t, err, "pulumi config set logRetentionDays 3653", "the longest retention")
}

// TestConfigure_KeepsOtherCounts: autoscaling and a schedule set the count.
func TestConfigure_KeepsOtherCounts(t *testing.T) {
	for _, key := range []string{"maxCount", "sleepAt"} {
		p, c := configured(t), terraformed()
		p.config["desiredCount"], p.config[key] = "", "3"
		_, err := run(t, p, c, Options{DryRun: true})
		require.NoError(t, err)
	}
}

func TestConfigure_ReadsReplicationGroup(t *testing.T) {
	p, c := configured(t), terraformed()
	delete(c.answers, "elasticache:DescribeCacheClusters")
	c.answers["elasticache:DescribeReplicationGroups"] = `<R><DescribeReplicationGroupsResult><ReplicationGroups>
		<ReplicationGroup><Engine>valkey</Engine><CacheNodeType>cache.t4g.small</CacheNodeType>
		<MemberClusters><ClusterId>a</ClusterId><ClusterId>b</ClusterId></MemberClusters>
		<TransitEncryptionEnabled>true</TransitEncryptionEnabled></ReplicationGroup>
		</ReplicationGroups></DescribeReplicationGroupsResult></R>`
	_, err := run(t, p, c, Options{})
	for _, line := range []string{"redisNodeType cache.t4g.small", "redisNodes 2", "redisTls true", "cacheEngine valkey"} {
		require.ErrorContains(t, err, "pulumi config set "+line)
	}
	delete(c.answers, "elasticache:DescribeReplicationGroups")
	_, err = run(t, p, c, Options{})
	require.ErrorContains(t, err, "pulumi config set enableRedis false")
}

func TestConfigure_FindsNetwork(t *testing.T) {
	for want, vpc := range map[string]string{
		"vpc vpc-1": `<vpcId>vpc-1</vpcId>`,
		"vpc dedicated\n    pulumi config set vpcCidr 10.1.0.0/16": `<vpcId>vpc-1</vpcId><cidrBlock>10.1.0.0/16</cidrBlock>
			<tagSet><item><key>Stack</key><value>threa</value></item></tagSet>`,
	} {
		p, c := configured(t), terraformed()
		c.answers["ec2:DescribeVpcs"] = `<R><vpcSet><item>` + vpc + `</item></vpcSet></R>`
		_, err := run(t, p, c, Options{})
		require.ErrorContains(t, err, "pulumi config set "+want)
	}
}

// TestConfigure_EncryptsPossibleSecrets: the stack file is in the repository, so its other values are public.
func TestConfigure_EncryptsPossibleSecrets(t *testing.T) {
	for name, value := range map[string]string{
		"SMTP_PASS": "x", "MONGO_PWD": "x", "SIGNING_PRIVATE": "x", "SLACK_WEBHOOK": "https://hooks.example.com/T0/B0/x",
		"AMQP": "amqp://user:x@host", "SENTRY_DSN": "https://x@sentry.example.com/1",
	} {
		p, c := defaults(t), terraformed()
		for call, answer := range c.answers {
			c.answers[call] = strings.NewReplacer("STRIPE_KEY", name, "sk_live", value).Replace(answer)
		}
		_, err := run(t, p, c, Options{})
		require.ErrorContains(t, err, "pulumi config set --secret --path appSecretValues."+name+"  #")
	}
}
