package shim

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// replicationGroupParameters are the parameters that the local AWS supports. It lacks cluster mode, user groups and log
// delivery: dropping one of their parameters would show up as a difference that no deployment removes.
var replicationGroupParameters = []string{
	"Action", "ApplyImmediately", "AtRestEncryptionEnabled", "AuthToken", "AuthTokenUpdateStrategy",
	"AutoMinorVersionUpgrade", "AutomaticFailoverEnabled", "CacheNodeType", "CacheParameterGroupName",
	"CacheSubnetGroupName", "Engine", "EngineVersion", "KmsKeyId", "MultiAZEnabled", "NotificationTopicArn",
	"NumCacheClusters", "Port", "PreferredCacheClusterAZs", "PreferredMaintenanceWindow", "ReplicationGroupDescription",
	"ReplicationGroupId", "SecurityGroupIds", "SnapshotRetentionLimit", "SnapshotWindow", "SnapshottingClusterId", "Tags",
	"TransitEncryptionEnabled", "TransitEncryptionMode", "Version",
}

func checkCacheParameters(p params) error {
	for _, key := range slices.Sorted(maps.Keys(p.Values)) {
		if name, _, _ := strings.Cut(key, "."); !slices.Contains(replicationGroupParameters, name) {
			return badRequest("InvalidParameterValue",
				"%s is not available in the local AWS: it has no cluster mode, user groups or log delivery", name)
		}
	}
	return nil
}

func (a *account) checkReplicationGroup(g *cacheResource) error {
	for _, name := range []string{"NumCacheClusters", "Port", "SnapshotRetentionLimit"} {
		if _, err := g.number(name); err != nil {
			return err
		}
	}
	failover, subnets := g.Get("AutomaticFailoverEnabled") == "true", g.Get("CacheSubnetGroupName")
	parameters := g.Get("CacheParameterGroupName")
	switch {
	case subnets != "" && a.cache[cacheARN(g.Region, cacheSubnetGroups.arn, subnets)] == nil:
		return cacheSubnetGroups.missing
	case !strings.HasPrefix(parameters, "default."):
		return notFound("CacheParameterGroupNotFound", "CacheParameterGroup %s not found.", parameters)
	case !isOrderable("cache", g.Get("CacheNodeType")):
		return badRequest("InvalidParameterValue", "Invalid cache node type: %s", g.Get("CacheNodeType"))
	case g.Get("AuthToken") != "" && g.Get("TransitEncryptionMode") == "":
		return badRequest("InvalidParameterCombination", "AuthToken requires TransitEncryptionEnabled.")
	case failover && g.nodeCount() < 2:
		return badRequest("InvalidParameterCombination", "Automatic failover needs at least one replica.")
	case g.Get("MultiAZEnabled") == "true" && !failover:
		return badRequest("InvalidParameterCombination", "Multi-AZ needs automatic failover.")
	}
	return nil
}

// changeCacheEngine completes the engine's version and chooses its default parameter group. It refuses what AWS
// refuses: a change from Valkey to Redis, an older version, and a version that the engine does not have.
func changeCacheEngine(p params, g *cacheResource, before url.Values) error {
	engine, from, to := g.Get("Engine"), before.Get("Engine"), p.Get("EngineVersion")
	isNew := before.Get("EngineVersion") == ""
	if !isNew && engine == from && to == "" {
		return nil
	}
	if !isNew && from == "valkey" && engine == "redis" {
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
	if !p.Has("CacheParameterGroupName") {
		g.Set("CacheParameterGroupName", "default."+engine+major(version))
	}
	return nil
}

// changeAuthToken keeps the previous token beside a new one with ROTATE, and ends it with SET. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
func changeAuthToken(p params, g *cacheResource, before url.Values) error {
	const previous = "PreviousAuthToken"
	switch strategy := p.Get("AuthTokenUpdateStrategy"); {
	case strategy == "DELETE":
		g.Del("AuthToken")
		g.Del(previous)
	case strategy == "SET" && before.Get("AuthToken") != "" && p.Get("AuthToken") != before.Get("AuthToken"):
		return badRequest("InvalidParameterCombination", "SET requires the AUTH token of a ROTATE before it.")
	case strategy == "SET":
		g.Del(previous)
	case p.Has("AuthToken") && p.Get("AuthToken") != before.Get("AuthToken") && before.Get("AuthToken") != "":
		g.Set(previous, before.Get("AuthToken"))
	}
	return nil
}

// changeTLS sets the mode of TLS. A running group changes in two steps: in between, it accepts both kinds of
// connections. Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html
func changeTLS(c *call, g *cacheResource, current string) error {
	p := c.form
	enabled := p.text("TransitEncryptionEnabled", strconv.FormatBool(current != "")) == "true"
	if c.action == "CreateReplicationGroup" {
		if !enabled {
			g.Del("TransitEncryptionMode")
		} else if g.Get("TransitEncryptionMode") == "" {
			g.Set("TransitEncryptionMode", "required")
		}
		return nil
	}
	mode := p.text("TransitEncryptionMode", current)
	if !enabled {
		mode = ""
	}
	switch {
	case current == "" && mode != "preferred" && enabled:
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
