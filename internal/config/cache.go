package config

// MaxCacheNodes is the largest Nodes: a primary and five replicas.
var MaxCacheNodes = rules["threa"]["redisNodes"].Most

// Cache configures the ElastiCache replication group.
type Cache struct {
	Enabled  bool   `key:"enableRedis"`
	Engine   string `key:"cacheEngine"` // redis or valkey
	NodeType string `key:"redisNodeType"`
	Nodes    int    `key:"redisNodes"` // a primary and its replicas
	TLS      bool   `key:"redisTls"`   // TLS and an AUTH token
	// MayReplace is true if the user has confirmed that a change may replace or delete the cache.
	MayReplace bool
}

// confirmed returns the resources that a change may replace or delete with their data. Only the cache can be listed: no
// key ever replaces or deletes the database or the image repository.
func (r *reader) confirmed() []string {
	list := r.list("confirmReplacement")
	r.checkElements("confirmReplacement", list, func(_ []string, resource string) string {
		if resource != "cache" {
			return "must be cache; the database and the image repository are never replaced"
		}
		return ""
	}, lowered)
	return list
}
