// Package configchanges tests the configuration keys as changes of a running stack. It lists the changes, knows what
// AWS makes of the engine's operations, and writes the table in docs/scaling.md.
//
// The end-to-end test records in testdata which operations the real engine does for each change. A key without a
// change and an operation without a rule fail a test.
package configchanges

import (
	"strings"

	"threa-infra/internal/tunnel"
	"threa-infra/local/shim"
)

// Setting is a value of a configuration key, or of an entry of one.
type Setting struct {
	Path     string
	Value    string
	Previous string // the value before the change; "" if the key is not set
	Secret   bool
}

// CertificateARN is a value that the end-to-end test replaces with the ARN of a certificate.
const CertificateARN = "certificate ARN"

// Change changes one or more keys together.
type Change struct {
	Settings []Setting
	// Before and After describe the values in the table. Default: the first setting's values.
	Before, After string
	// Applied and Reverted are the numbers of the phases that make and revert the change, starting at 1.
	Applied, Reverted int
}

// Step is a change in one direction.
type Step struct {
	Change
	Reverts bool
}

// Base is what the stack has before the first change.
var Base = []Setting{
	{Path: "containerMemory", Value: "1024"}, {Path: "dbPassword", Value: "the-first-password", Secret: true},
	{Path: "spotFallback", Value: "false"},
}

// tunnelToken is valid, but Cloudflare does not know it.
var tunnelToken = tunnel.Token{
	Account: strings.Repeat("0", 32), Tunnel: "01234567-89ab-cdef-0123-456789abcdef",
	Secret: []byte(strings.Repeat("s", 32)),
}.Text()

// Changes lists all changes in the order of the table. The two that combine many keys have no visible effect, so
// neither does any of their keys alone. These phases have a reason:
//   - The read replica exists only while the database does not change: it would change, too.
//   - spotFallback changes alone: what restarts the tasks would also restart the fallback tasks.
//   - Autoscaling by requests needs the load balancer.
//   - The budget comes last, because it follows the costs of everything else.
var Changes = []Change{
	{[]Setting{{Path: "imageTag", Value: "v2", Previous: shim.LocalImage}}, "a tag", "another", 1, 2},
	{[]Setting{{Path: "containerCpu", Value: "512"}, {Path: "containerMemory", Value: "2048", Previous: "1024"}},
		"a size", "another", 1, 2},
	single("containerPort", "8080", 1, 2),
	single("cpuArchitecture", "arm64", 1, 2),
	single("desiredCount", "2", 1, 2),
	single("useSpot", "true", 1, 9),
	single("drainSeconds", "90", 1, 2),
	single("enableExec", "false", 1, 2),
	single("enablePgvector", "false", 1, 2),
	{[]Setting{{Path: "migrateCommand", Value: "bun run migrate"}}, "none", "a command", 1, 2},
	{[]Setting{{Path: "appEnvironment.LOG_LEVEL", Value: "debug"}}, "without a variable", "with it", 1, 2},
	{[]Setting{{Path: "taskPolicyArns[0]", Value: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}},
		"without a policy", "with it", 1, 2},
	{[]Setting{{Path: "appSecrets.API_KEY", Value: "api-key"}}, "without a secret", "with it", 1, 2},
	{[]Setting{{Path: "appSecretValues.TOKEN", Value: "a-token", Secret: true}}, "without a secret", "with it", 1, 2},
	{[]Setting{{Path: "dbPassword", Value: "the-other-password", Previous: "the-first-password", Secret: true}},
		"a password", "another", 1, 2},
	single("dbEngineVersion", "18", 1, 2), // reverting is refused
	single("dbInstanceClass", "db.t4g.small", 1, 2),
	single("dbAllocatedStorage", "30", 1, 2),
	single("multiAz", "true", 1, 2),
	single("redisNodeType", "cache.t4g.small", 1, 2),
	single("redisNodes", "2", 1, 2),
	single("cacheEngine", "valkey", 1, 4),
	{[]Setting{{Path: "alarmEmail", Value: "ops@example.com"}}, "none", "an address", 1, 15},
	{[]Setting{{Path: "alarmTargets[0]", Value: "oncall@example.com"}}, "none", "an address", 2, 3},
	{[]Setting{{Path: "dbBackupRetentionDays", Value: "14"}, {Path: "dbBackupWindow", Value: "01:00-02:00"},
		{Path: "dbMaintenanceWindow", Value: "tue:05:00-tue:06:00"}, {Path: "dbMaxAllocatedStorage", Value: "200"},
		{Path: "finalSnapshot", Value: "false"}, {Path: "logRetentionDays", Value: "30"},
		{Path: "containerInsights", Value: "true"}}, "a value", "another", 1, 2},
	single("deletionProtection", "false", 1, 13),
	{[]Setting{{Path: "requiredVariables[0]", Value: "WORKOS_API_KEY"}, {Path: "restoreFromSnapshot", Value: "latest"},
		{Path: "confirmReplacement[0]", Value: "cache"}}, "a value", "another", 1, 2},
	single("dbReadReplica", "true", 2, 3),
	single("redisTls", "false", 3, 4),
	{[]Setting{{Path: "ingress", Value: "tunnel"}, {Path: "tunnelToken", Value: tunnelToken, Secret: true},
		{Path: "tunnelImage", Value: "cloudflare/cloudflared:2026.10.0"}},
		"`direct`", "`tunnel`", 3, 4},
	{[]Setting{{Path: "spotFallback", Value: "true", Previous: "false"}}, "`false` on Spot", "`true`", 5, 6},
	single("enableRedis", "false", 7, 8),
	single("onDemandBase", "1", 7, 8),
	{[]Setting{{Path: "ingress", Value: "loadBalancer"}, {Path: "certificateArn", Value: CertificateARN}},
		"`direct`", "`loadBalancer`", 8, 11},
	{[]Setting{{Path: "minCount", Value: "1"}, {Path: "maxCount", Value: "3"}, {Path: "scaleCpuPercent", Value: "50"},
		{Path: "scaleMemoryPercent", Value: "70"}, {Path: "scaleRequestsPerTarget", Value: "500"}},
		"none", "between two numbers", 9, 10},
	{[]Setting{{Path: "allowedCidrs[0]", Value: "203.0.113.0/24"}}, "all addresses", "some addresses", 9, 10},
	{[]Setting{{Path: "idleTimeout", Value: "300"}}, "`drainSeconds`", "another time", 9, 10},
	{[]Setting{{Path: "sleepAt", Value: "20:00"}, {Path: "wakeAt", Value: "08:00"}, {Path: "awakeDays", Value: "MON-FRI"},
		{Path: "scheduleTimeZone", Value: "Europe/Berlin"}, {Path: "sleepDatabase", Value: "true"}},
		"none", "every night", 11, 12},
	single("monthlyBudget", "auto", 13, 14),
}

func single(key, value string, applied, reverted int) Change {
	return Change{Settings: []Setting{{Path: key, Value: value}}, Applied: applied, Reverted: reverted}
}

// Fixed lists the keys that cannot change, in sets that the program refuses together.
var Fixed = [][]Setting{
	{{Path: "appName", Value: "other"}, {Path: "environment", Value: "staging"},
		{Path: "aws:region", Value: "us-east-1"}, {Path: "vpcCidr", Value: "10.43.0.0/16"}},
	{{Path: "vpc", Value: "default"}},
	{{Path: "dbUsername", Value: "someone"}},
	{{Path: "dbName", Value: "something"}},
}

// Untested has the keys whose changes the local AWS cannot test, and what they do.
var Untested = map[string]string{
	"hostedZoneId": "with `ingress` `loadBalancer`, the certificate and the DNS records are created and deleted in place",
	"domainName":   "with `ingress` `loadBalancer`, as `hostedZoneId`; with a tunnel, only the output `url` changes",
	"availabilityZones": "a third zone can be added; a zone can be removed only when it is empty, " +
		"otherwise AWS refuses in the middle of the `up`",
	"publicSubnetIds":  "the tasks restart in the new subnets, which must be in the same VPC",
	"privateSubnetIds": "subnets can be added; AWS refuses to remove one that the database or the cache uses",
}

// Phases returns the changes to apply together, phase by phase.
func Phases() [][]Step {
	last := 0
	for _, change := range Changes {
		last = max(last, change.Reverted)
	}
	phases := make([][]Step, last)
	for _, change := range Changes {
		phases[change.Applied-1] = append(phases[change.Applied-1], Step{change, false})
		phases[change.Reverted-1] = append(phases[change.Reverted-1], Step{change, true})
	}
	return phases
}

// Name returns the step's name in the record, such as "useSpot=true reverted".
func (s Step) Name() string {
	first := s.Settings[0]
	name := first.Path + "=" + first.Value
	if first.Secret {
		name = first.Path
	}
	if s.Reverts {
		name += " reverted"
	}
	return name
}

// Keys returns the keys that the change sets.
func (c *Change) Keys() []string {
	var keys []string
	for _, setting := range c.Settings {
		key, _, _ := strings.Cut(setting.Path, ".")
		key, _, _ = strings.Cut(key, "[")
		keys = append(keys, key)
	}
	return keys
}
