package toggles

import (
	"strings"

	"threa-infra/internal/tunnel"
)

// Setting is a key, or the path of an entry of one, with the value of the switched state.
type Setting struct {
	Path   string
	Value  string
	Before string // the value of the other state; empty takes the setting away
	Secret bool
}

// Given is a value that only the AWS knows on which the switch is tried.
const Given = "given"

// Switch is one or several keys that are switched together, and have one row in the table.
type Switch struct {
	Settings []Setting
	From, To string // the two states in words, for what the values do not say
}

func one(path, value string) Switch { return Switch{Settings: []Setting{{Path: path, Value: value}}} }

// worded is a switch whose states the table says in words.
func worded(from, to string, settings ...Setting) Switch {
	return Switch{Settings: settings, From: from, To: to}
}

// Move is a switch in one direction.
type Move struct {
	*Switch
	Back bool
}

func forth(all ...*Switch) []Move { return moves(false, all) }
func back(all ...*Switch) []Move  { return moves(true, all) }

func moves(back bool, all []*Switch) []Move {
	list := make([]Move, len(all))
	for i, one := range all {
		list[i] = Move{one, back}
	}
	return list
}

// Base is what the stack runs with before anything is switched, beside what an app needs to run.
var Base = []Setting{{Path: "containerMemory", Value: "1024"}, {Path: "dbPassword", Value: "the-first-password", Secret: true},
	{Path: "spotFallback", Value: "false"}}

// tunnelToken has the form of a token; nobody at Cloudflare knows it.
var tunnelToken = tunnel.Token{
	Account: strings.Repeat("0", 32), Tunnel: "01234567-89ab-cdef-0123-456789abcdef", Secret: []byte(strings.Repeat("s", 32)),
}.Text()

// The switches. Those of keys that nobody notices go together: what happens to none of them at once happens to none of
// them alone.
var (
	silent = worded("a value", "another",
		Setting{Path: "dbBackupRetentionDays", Value: "14"}, Setting{Path: "dbBackupWindow", Value: "01:00-02:00"},
		Setting{Path: "dbMaintenanceWindow", Value: "tue:05:00-tue:06:00"}, Setting{Path: "dbMaxAllocatedStorage", Value: "200"},
		Setting{Path: "finalSnapshot", Value: "false"},
		Setting{Path: "logRetentionDays", Value: "30"}, Setting{Path: "containerInsights", Value: "true"})
	nothing = worded("a value", "another", Setting{Path: "requiredVariables[0]", Value: "WORKOS_API_KEY"},
		Setting{Path: "restoreFromSnapshot", Value: "latest"}, Setting{Path: "confirmReplacement[0]", Value: "cache"})

	imageTag       = worded("a tag", "another", Setting{Path: "imageTag", Value: "v2", Before: "v1"})
	size           = worded("a size", "another", Setting{Path: "containerCpu", Value: "512"}, Setting{Path: "containerMemory", Value: "2048", Before: "1024"})
	port           = one("containerPort", "8080")
	architecture   = one("cpuArchitecture", "arm64")
	count          = one("desiredCount", "2")
	spot           = one("useSpot", "true")
	drain          = one("drainSeconds", "90")
	exec           = one("enableExec", "false")
	pgvector       = one("enablePgvector", "false")
	migrate        = worded("none", "a command", Setting{Path: "migrateCommand", Value: "bun run migrate"})
	variable       = worded("without a variable", "with it", Setting{Path: "appEnvironment.LOG_LEVEL", Value: "debug"})
	existingSecret = worded("without a secret", "with it", Setting{Path: "appSecrets.API_KEY", Value: "api-key"})
	storedSecret   = worded("without a secret", "with it", Setting{Path: "appSecretValues.TOKEN", Value: "a-token", Secret: true})

	password      = worded("a password", "another", Setting{Path: "dbPassword", Value: "the-other-password", Before: "the-first-password", Secret: true})
	engineVersion = one("dbEngineVersion", "18")
	instanceClass = one("dbInstanceClass", "db.t4g.small")
	storage       = one("dbAllocatedStorage", "30")
	multiAZ       = one("multiAz", "true")
	replica       = one("dbReadReplica", "true")

	nodeType    = one("redisNodeType", "cache.t4g.small")
	nodes       = one("redisNodes", "2")
	cacheEngine = one("cacheEngine", "valkey")
	tls         = one("redisTls", "false")
	redis       = one("enableRedis", "false")

	tunneled = worded("`direct`", "`tunnel`", Setting{Path: "ingress", Value: "tunnel"}, Setting{Path: "tunnelToken", Value: tunnelToken, Secret: true})

	balanced = worded("`direct`", "`loadBalancer`", Setting{Path: "ingress", Value: "loadBalancer"}, Setting{Path: "certificateArn", Value: Given})

	fallback    = Switch{Settings: []Setting{{Path: "spotFallback", Value: "true", Before: "false"}}, From: "`false` on Spot", To: "`true`"}
	base        = one("onDemandBase", "1")
	autoscaling = worded("none", "between two numbers", Setting{Path: "minCount", Value: "1"}, Setting{Path: "maxCount", Value: "3"},
		Setting{Path: "scaleCpuPercent", Value: "50"}, Setting{Path: "scaleMemoryPercent", Value: "70"},
		Setting{Path: "scaleRequestsPerTarget", Value: "500"})
	asleep = worded("none", "every night", Setting{Path: "sleepAt", Value: "20:00"},
		Setting{Path: "wakeAt", Value: "08:00"}, Setting{Path: "awakeDays", Value: "MON-FRI"}, Setting{Path: "scheduleTimeZone", Value: "Europe/Berlin"},
		Setting{Path: "sleepDatabase", Value: "true"})

	protection = one("deletionProtection", "false")

	email  = worded("none", "an address", Setting{Path: "alarmEmail", Value: "ops@example.com"})
	budget = one("monthlyBudget", "auto")
)

// Phases are the steps in which a running stack goes through all switches, both ways. Each phase is applied as a whole
// after each of its moves has been previewed alone. The upgrade of the database never goes back.
var Phases = [][]Move{
	forth(&imageTag, &size, &port, &architecture, &count, &spot, &drain, &exec, &pgvector, &migrate, &variable, &existingSecret,
		&storedSecret, &password, &engineVersion, &instanceClass, &storage, &multiAZ, &nodeType, &nodes, &cacheEngine, &email, &silent,
		&protection, &nothing),
	// The replica comes when the others go: with it, what is done to the database would be done to it as well.
	append(back(&imageTag, &size, &port, &architecture, &count, &drain, &exec, &pgvector, &migrate, &variable, &existingSecret,
		&storedSecret, &password, &engineVersion, &instanceClass, &storage, &multiAZ, &nodeType, &nodes, &silent, &nothing),
		forth(&replica)...),
	append(forth(&tls, &tunneled), back(&replica)...),
	back(&tls, &cacheEngine, &tunneled),
	forth(&fallback), // alone: whatever restarts the tasks restarts those that stand in
	back(&fallback),
	forth(&redis, &base),
	append(back(&redis, &base), forth(&balanced)...),
	append(back(&spot), forth(&autoscaling)...), // one of its targets needs the load balancer
	back(&autoscaling),
	append(back(&balanced), forth(&asleep)...),
	back(&asleep),
	// The budget comes last: it follows what everything else costs.
	append(back(&protection), forth(&budget)...),
	back(&budget),
	back(&email),
}

// switches are all of them, each once.
func switches() []*Switch {
	var all []*Switch
	for _, phase := range Phases {
		for _, move := range phase {
			if !move.Back {
				all = append(all, move.Switch)
			}
		}
	}
	return all
}

// Fixed are the keys that cannot be switched, in sets of which each is refused by one preview.
var Fixed = [][]Setting{
	{{Path: "appName", Value: "other"}, {Path: "environment", Value: "staging"}, {Path: "aws:region", Value: "us-east-1"},
		{Path: "vpcCidr", Value: "10.43.0.0/16"}},
	{{Path: "vpc", Value: "default"}},
	{{Path: "dbUsername", Value: "someone"}},
	{{Path: "dbName", Value: "something"}},
}

// Unproved are the keys about which a switch on the local AWS would prove nothing, with the reason.
var Unproved = map[string]string{
	"hostedZoneId":      "with `ingress` `loadBalancer` the certificate and the records come and go in place (the test of the load balancer goes there and back)",
	"domainName":        "with `ingress` `loadBalancer` as `hostedZoneId`; with a tunnel the output `url` alone",
	"availabilityZones": "a third zone can be added; a zone goes only when nothing stands in it any more, or AWS refuses in the middle of the `up`",
	"publicSubnetIds":   "the tasks restart in the subnets that are named; they have to be in the same VPC",
	"privateSubnetIds":  "subnets can be added; AWS refuses to let go of one in which the database or the cache stands",
}
