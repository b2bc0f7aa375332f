package config

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/fixtures"
)

const root = "../.."

// values returns the configuration of the prod stack with some keys changed.
func values(t testing.TB, given map[string]string) Values {
	return Values{
		Project: "threa", Stack: "prod",
		Set:    fixtures.StackConfig(t, root, "prod", given),
		Secret: map[string]bool{"threa:dbPassword": true, "threa:tunnelToken": true},
	}
}

// set returns keys from texts such as useSpot=true.
func set(pairs ...string) map[string]string {
	given := map[string]string{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		given[key] = value
	}
	return given
}

func TestParse_StackFiles(t *testing.T) {
	for _, stack := range []string{"prod", "budget"} {
		v := values(t, nil)
		v.Stack, v.Set = stack, fixtures.StackConfig(t, root, stack, nil)
		c, err := Parse(v)
		require.NoError(t, err)
		assert.Equal(t, stack, c.Environment)
	}
}

func TestParse_Values(t *testing.T) {
	name := func(c *Config) any { return c.Name }
	protection := func(c *Config) any { return c.Database.DeletionProtection }
	fallback := func(c *Config) any { return c.Container.SpotFallback }
	snapshot := func(c *Config) any { return c.Database.RestoreFrom }
	environment := func(c *Config) any { return c.Container.Environment }
	existing := func(c *Config) any { return c.Secrets.Existing }
	token := func(c *Config) any { return string(c.Ingress.TunnelToken) }
	count := func(c *Config) any { return c.Container.Count }
	scaling := func(c *Config) any { return c.Scaling }
	cidrs := func(c *Config) any { return c.Ingress.AllowedCIDRs }
	image := func(c *Config) any { return c.Ingress.TunnelImage }
	email := func(c *Config) any { return c.Monitoring.AlarmEmail }
	const ownCertificate = "certificateArn=arn:aws:acm:eu-central-1:123456789012:certificate/0123-abcd"

	for _, test := range []struct {
		given map[string]string
		value func(*Config) any
		want  any
	}{
		// The environment prod has no suffix. Without a key it is the name of the stack.
		{set("environment=prod"), name, "threa"},
		{set("environment=staging"), name, "threa-staging"},
		{set("environment="), name, "threa"},

		{set("environment=prod", "deletionProtection=auto"), protection, true},
		{set("environment=prod", "deletionProtection=false"), protection, false},
		{set("environment=staging", "deletionProtection=auto"), protection, false},
		{set("environment=staging", "deletionProtection=true"), protection, true},

		{nil, fallback, false},
		{set("spotFallback=true"), fallback, false},
		{set("useSpot=true"), fallback, true},
		{set("useSpot=true", "spotFallback=false"), fallback, false},
		{set("useSpot=true", "onDemandBase=2"), fallback, false},
		{set("useSpot=true", "onDemandBase=2"), func(c *Config) any { return c.Container.OnDemandBase }, 2},

		{set("restoreFromSnapshot="), snapshot, ""},
		{set("restoreFromSnapshot=latest"), snapshot, "latest"},
		{set("restoreFromSnapshot=threa-final-20260131-120000"), snapshot, "threa-final-20260131-120000"},
		{set("restoreFromSnapshot=rds:threa-2026-01-31-03-10"), snapshot, "rds:threa-2026-01-31-03-10"},
		{set("restoreFromSnapshot=awsbackup:job-0123abcd"), snapshot, "awsbackup:job-0123abcd"},
		{set("restoreFromSnapshot=Before2"), snapshot, "Before2"},

		// Numbers and booleans keep the form in which they are written.
		{set(`appEnvironment={"LEVEL":3,"RATE":0.50,"ON":true,"ID":12345678901234567890}`), environment,
			map[string]string{"LEVEL": "3", "RATE": "0.50", "ON": "true", "ID": "12345678901234567890"}},
		{set(`appSecrets={"A":"some/key","B":"/threa/other-key"}`), existing,
			map[string]string{"A": "/threa/some/key", "B": "/threa/other-key"}},
		// Variables that the program does not set.
		{set(`appSecrets={"REDIS_URL":"upstash-url"}`, "enableRedis=false"), existing,
			map[string]string{"REDIS_URL": "/threa/upstash-url"}},
		{set(`appSecrets={"DATABASE_REPLICA_URL":"replica-url"}`), existing,
			map[string]string{"DATABASE_REPLICA_URL": "/threa/replica-url"}},

		// Another ingress keeps the token.
		{set("ingress=direct", "tunnelToken="+fixtures.TunnelToken), token, fixtures.TunnelToken},
		{set("ingress=tunnel", "tunnelToken="+fixtures.TunnelToken), token, fixtures.TunnelToken},
		{set("ingress=tunnel", "tunnelToken="+fixtures.TunnelToken, "domainName=app.example.com"),
			func(c *Config) any { return c.Ingress.DomainName }, "app.example.com"},

		{set("drainSeconds=90", "ingress=loadBalancer", ownCertificate), func(c *Config) any { return c.Drain.Idle }, 90},
		{set("idleTimeout=4000", "ingress=loadBalancer", ownCertificate), func(c *Config) any { return c.Drain.Idle }, 4000},
		{set("tunnelImage=123456789012.dkr.ecr.eu-central-1.amazonaws.com/hub/cloudflare/cloudflared@sha256:" +
			strings.Repeat("a", 64)), image, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/hub/cloudflare/cloudflared" +
			"@sha256:" + strings.Repeat("a", 64)},
		{set("tunnelImage=localhost:5000/cloudflared:1@sha256:" + strings.Repeat("b", 64)), image,
			"localhost:5000/cloudflared:1@sha256:" + strings.Repeat("b", 64)},
		{set(`taskPolicyArns=["arn:aws:iam::aws:policy/service-role/A+b=c,d.e@f_g-1","arn:aws:iam::123456789012:policy/a"]`),
			func(c *Config) any { return c.Container.TaskPolicies },
			[]string{"arn:aws:iam::aws:policy/service-role/A+b=c,d.e@f_g-1", "arn:aws:iam::123456789012:policy/a"}},
		{nil, cidrs, []netip.Prefix(nil)},
		{set(`allowedCidrs=["203.0.113.0/24","2001:db8::/32"]`, "vpc=vpc-0123abcd"), cidrs,
			[]netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}},

		{set("alarmEmail=first.last+alarms@mail.example.com"), email, "first.last+alarms@mail.example.com"},
		{set(`alarmTargets=["ops@example.com","https://events.example.com/integration/1/enqueue"]`, "monthlyBudget=50"),
			func(c *Config) any { return c.Monitoring.Emails() }, []string{"ops@example.com"}},
		{set("alarmEmail=a@example.com", `alarmTargets=["b@example.com"]`),
			func(c *Config) any { return c.Monitoring.Emails() }, []string{"a@example.com", "b@example.com"}},
		{set("migrateCommand=bun run migrate && echo 'é'"), func(c *Config) any { return c.Container.MigrateCommand },
			"bun run migrate && echo 'é'"},

		{nil, scaling, Scaling{CPUPercent: 60, MemoryPercent: 80}},
		{set("minCount=1", "maxCount=1", "scaleCpuPercent=", "scaleMemoryPercent=70"), scaling,
			Scaling{MinCount: 1, MaxCount: 1, MemoryPercent: 70}},
		{set("minCount=2", "maxCount=4", "scaleRequestsPerTarget=500", "ingress=loadBalancer", ownCertificate), scaling,
			Scaling{MinCount: 2, MaxCount: 4, CPUPercent: 60, MemoryPercent: 80, RequestsPerTarget: 500}},
		{set("imageTag=v1"), count, 1},
		{set("imageTag=v1", "minCount=2", "maxCount=5"), count, 2},
		{set("imageTag=v1", "minCount=2", "maxCount=5", "desiredCount=2"), count, 2},
		{set("imageTag=v1", "minCount=2", "maxCount=5", "desiredCount=5"), count, 5},
		{set("minCount=2", "maxCount=5"), count, 0}, // nothing runs without an image
	} {
		c, err := Parse(withoutRequired(t, test.given))
		require.NoError(t, err, "%v", test.given)
		assert.Equal(t, test.want, test.value(c), "%v", test.given)
	}
}

func TestParse_FargateSizes(t *testing.T) {
	for cpu, sizes := range fargateMemory {
		for _, memory := range sizes {
			_, err := Parse(withoutRequired(t, map[string]string{
				"containerCpu": fmt.Sprint(cpu), "containerMemory": fmt.Sprint(memory),
			}))
			assert.NoError(t, err)
		}
	}
}

func TestParse_Schedule(t *testing.T) {
	const sunday, saturday = time.Sunday, time.Saturday
	everyDay, working := []time.Weekday{0, 1, 2, 3, 4, 5, 6}, []time.Weekday{1, 2, 3, 4, 5}
	for _, test := range []struct {
		wake, sleep, days string
		want              []time.Weekday
		hours             int
	}{
		{"07:00", "20:00", "MON-SUN", everyDay, 7 * 13},
		{"08:00", "20:00", "MON-FRI", working, 60},
		{"08:00", "20:00", "mon,TUE-THU,FRI,FRI", working, 60},
		{"18:00", "02:30", "FRI,SAT", []time.Weekday{time.Friday, saturday}, 17},
		{"08:00", "20:00", "SAT-SUN", []time.Weekday{sunday, saturday}, 24},
		{"08:00", "20:00", "FRI-MON", []time.Weekday{0, 1, 5, 6}, 48},
		{"01:00", "00:00", "SUN-SAT", everyDay, 7 * 23},
		{"08:00", "20:00", "MON-MON", []time.Weekday{time.Monday}, 12},
	} {
		c, err := Parse(withoutRequired(t, set("wakeAt="+test.wake, "sleepAt="+test.sleep, "awakeDays="+test.days,
			"scheduleTimeZone=Asia/Tokyo", "sleepDatabase=true", "multiAz=true")))
		require.NoError(t, err)
		assert.Equal(t, test.want, c.Scaling.Schedule.AwakeDays, test.days)
		assert.Equal(t, test.hours*60, c.Scaling.Schedule.AwakeMinutes(), test.days)
		assert.Equal(t, "Asia/Tokyo", c.Scaling.Schedule.TimeZone)
		assert.True(t, c.Scaling.Schedule.Database)
	}
	c, err := Parse(withoutRequired(t, set("wakeAt=07:00", "sleepAt=20:00")))
	require.NoError(t, err)
	assert.Equal(t, &Schedule{WakeAt: 7 * 60, SleepAt: 20 * 60, AwakeDays: everyDay, TimeZone: "UTC"}, c.Scaling.Schedule)
}

func TestParse_UnencryptedTunnelToken(t *testing.T) {
	for _, kind := range []string{IngressDirect, IngressTunnel} {
		v := values(t, map[string]string{"threa:ingress": kind, "threa:tunnelToken": fixtures.TunnelToken})
		delete(v.Secret, "threa:tunnelToken")
		_, err := Parse(v)
		require.ErrorContains(t, err, "threa:tunnelToken is unencrypted: must be stored encrypted; this one is in a file now")
		assert.NotContains(t, err.Error(), fixtures.TunnelToken)
	}
}

func TestParse_NoSecretInMessages(t *testing.T) {
	v := values(t, map[string]string{
		"threa:dbPassword":      "hunter2/hunter2",
		"threa:appSecretValues": `{"A":"", "B":"s3cr3t-value", "9":"s3cr3t-value", "D":"{{s3cr3t-value}}"}`,
		"threa:appSecrets":      `{"C":"s3cr3t-value","nested":["s3cr3t-value"]}`,
		"threa:appEnvironment":  `"s3cr3t-value"`,
		"threa:dbUsername":      "s3cr3t-value",
	})
	for _, key := range []string{"appSecretValues", "appSecrets", "appEnvironment", "dbUsername"} {
		v.Secret["threa:"+key] = true
	}
	_, err := Parse(v)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
	assert.NotContains(t, err.Error(), "s3cr3t-value")
	assert.Contains(t, err.Error(), "threa:appSecretValues.D is [secret]: must not contain {{")

	_, err = Parse(values(t, map[string]string{"threa:appSecrets": `{"KEY":"s3cr3t value typed in the wrong place"}`}))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cr3t")
	assert.Equal(t, "[secret] [secret] [secret]", fmt.Sprintf("%v %+v %#v", Secret("x"), Secret("x"), Secret("x")))
}

// Users look for the keys in Pulumi.yaml, and the engine takes the defaults from it.
func TestKeys_DeclaredInPulumiYAML(t *testing.T) {
	var project struct {
		Config map[string]struct {
			Type, Description string
			Default, Value    any
		}
	}
	text, err := os.ReadFile(root + "/Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &project))
	declared := []string{}
	for key, entry := range project.Config {
		if strings.Contains(key, ":") {
			continue // aws:region
		}
		declared = append(declared, key)
		assert.NotEmpty(t, entry.Type, key)
		assert.NotNil(t, entry.Default, key)
		assert.NotEmpty(t, entry.Description, key)
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(rules["threa"])), declared)
}
