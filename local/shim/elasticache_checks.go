package shim

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// groupDefaults are the parameters of replication groups, with the values that AWS uses without them.
var groupDefaults = map[string]string{
	"AtRestEncryptionEnabled":     "false",
	"AuthToken":                   "",
	"AutoMinorVersionUpgrade":     "true",
	"AutomaticFailoverEnabled":    "false",
	"CacheNodeType":               "",
	"CacheParameterGroupName":     "",
	"CacheSubnetGroupName":        "",
	"Engine":                      "redis",
	"EngineVersion":               "",
	"KmsKeyId":                    "",
	"MultiAZEnabled":              "false",
	"NotificationTopicArn":        "",
	"NumCacheClusters":            "1",
	"Port":                        "6379",
	"PreferredMaintenanceWindow":  "sun:23:00-mon:01:30",
	"ReplicationGroupDescription": "",
	"SecurityGroupIds":            "",
	"SnapshotRetentionLimit":      "0",
	"SnapshotWindow":              "05:00-06:00",
	"TransitEncryptionMode":       "",
}

// unkeptParameters are accepted but not part of any answer.
var unkeptParameters = []string{
	"Action", "ApplyImmediately", "AuthTokenUpdateStrategy", "PreferredCacheClusterAZs", "ReplicationGroupId",
	"SnapshottingClusterId", "Tags", "TransitEncryptionEnabled", "Version",
}

// newReplicationGroup returns a group with the defaults for the parameters of CreateReplicationGroup.
func newReplicationGroup(key regional, p params) *replicationGroup {
	g := &replicationGroup{Region: key.region, ID: key.id, Status: "available", Values: url.Values{}}
	for name, value := range groupDefaults {
		g.Set(name, value)
	}
	if p.text("Engine", "") == "valkey" {
		g.Set("AtRestEncryptionEnabled", "true")
	}
	if p.flag("TransitEncryptionEnabled", false) {
		g.Set("TransitEncryptionMode", "required")
	}
	return g
}

// change sets the parameters of a creation or modification and refuses what AWS refuses.
func (g *replicationGroup) change(p params) error {
	mode := g.Get("TransitEncryptionMode")
	before := maps.Clone(g.Values)
	for _, key := range slices.Sorted(maps.Keys(p)) {
		name, _, _ := strings.Cut(key, ".")
		_, kept := groupDefaults[name]
		switch {
		case kept:
			g.Values[key] = p[key]
		case !slices.Contains(unkeptParameters, name):
			// Dropping it would show up as a difference that no deployment removes.
			return badRequest("InvalidParameterValue",
				"%s is not available in the local AWS: it has no cluster mode, user groups or log delivery", name)
		}
	}
	if mode == "" {
		g.Del("TransitEncryptionMode") // without TLS there is no mode
	}
	if groups := p.list("SecurityGroupIds.SecurityGroupId"); len(groups) > 0 {
		maps.DeleteFunc(g.Values, func(key string, _ []string) bool {
			return strings.HasPrefix(key, "SecurityGroupIds.") && !p.has(key)
		})
	}
	g.Set("PreferredMaintenanceWindow", strings.ToLower(g.Get("PreferredMaintenanceWindow")))
	if p.text("AuthTokenUpdateStrategy", "") == "DELETE" {
		g.Del("AuthToken")
	}
	if err := g.changeEngine(before, p); err != nil {
		return err
	}
	return g.check()
}

func (g *replicationGroup) check() error {
	for _, name := range []string{"NumCacheClusters", "Port", "SnapshotRetentionLimit"} {
		if _, err := params(g.Values).number(name, 0); err != nil {
			return err
		}
	}
	parameters := g.Get("CacheParameterGroupName")
	failover := g.Get("AutomaticFailoverEnabled") == "true"
	switch {
	case !strings.HasPrefix(parameters, "default."):
		return notFound("CacheParameterGroupNotFound", "CacheParameterGroup %s not found.", parameters)
	case g.Get("CacheNodeType") == "":
		return badRequest("InvalidParameterValue", "CacheNodeType is required.")
	case g.Get("AuthToken") != "" && g.Get("TransitEncryptionMode") == "":
		return badRequest("InvalidParameterCombination", "AuthToken requires TransitEncryptionEnabled.")
	case failover && g.nodeCount() < 2:
		return badRequest("InvalidParameterCombination", "Automatic failover needs at least one replica.")
	case g.Get("MultiAZEnabled") == "true" && !failover:
		return badRequest("InvalidParameterCombination", "Multi-AZ needs automatic failover.")
	}
	return nil
}

// changeEngine completes the engine's version and chooses its default parameter group.
func (g *replicationGroup) changeEngine(before url.Values, p params) error {
	engine, from, to := g.Get("Engine"), before.Get("Engine"), p.text("EngineVersion", "")
	created := before.Get("EngineVersion") == ""
	if !created && engine == from && to == "" {
		return nil
	}
	if !created && from == "valkey" && engine == "redis" {
		return badRequest("InvalidParameterCombination", "Cannot change the engine from valkey to redis.")
	}
	version, err := cacheVersion(engine, to)
	if err != nil {
		return err
	}
	// All versions have one digit before and after the first point.
	if engine == from && version < before.Get("EngineVersion") {
		return badRequest("InvalidParameterCombination", "Cannot change the engine version from %s to %s.",
			before.Get("EngineVersion"), version)
	}
	g.Set("EngineVersion", version)
	if !p.has("CacheParameterGroupName") {
		g.Set("CacheParameterGroupName", "default."+engine+major(version))
	}
	return nil
}

// changeTLS sets the mode of TLS in the two steps of AWS: in between, a group accepts both kinds of connections.
func (g *replicationGroup) changeTLS(p params) error {
	current := g.Get("TransitEncryptionMode")
	mode := p.text("TransitEncryptionMode", current)
	if !p.flag("TransitEncryptionEnabled", current != "") {
		mode = ""
	}
	switch {
	case current == "" && mode == "required", current == "" && mode == "" && p.flag("TransitEncryptionEnabled", false):
		return badRequest("InvalidParameterCombination",
			"To enable encryption in transit, first set TransitEncryptionMode to preferred, then to required.")
	case current == "required" && mode == "":
		return badRequest("InvalidParameterCombination",
			"To disable encryption in transit, first set TransitEncryptionMode to preferred.")
	}
	g.Set("TransitEncryptionMode", mode)
	return nil
}

// cacheVersions are the versions of each engine, the newest last.
var cacheVersions = map[string][]string{
	"redis":  {"5.0", "6.0", "6.2", "7.0", "7.1"},
	"valkey": {"7.2", "8.0", "8.1", "8.2", "9.0"},
}

// defaultCacheVersions are used where none is asked for.
var defaultCacheVersions = map[string]string{"redis": "7.1", "valkey": "8.0"}

// cacheVersion returns the full version, as a node reports it. "7" and "6.x" are the newest of their major version.
func cacheVersion(engine, version string) (string, error) {
	versions, ok := cacheVersions[engine]
	if !ok {
		return "", badRequest("InvalidParameterValue", "The parameter Engine must be redis or valkey, got %q.", engine)
	}
	if version == "" {
		version = defaultCacheVersions[engine]
	}
	parts := strings.Split(version, ".")
	if len(parts) == 1 || parts[1] == "x" {
		for _, newer := range versions {
			if major(newer) == parts[0] {
				parts = strings.Split(newer, ".")
			}
		}
	}
	if len(parts) < 2 || !slices.Contains(versions, parts[0]+"."+parts[1]) {
		return "", badRequest("InvalidParameterCombination", "Cannot find version %s for %s", version, engine)
	}
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	return strings.Join(parts, "."), nil
}
