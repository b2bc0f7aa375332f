package config

import "regexp"

// Cache is the ElastiCache replication group.
type Cache struct {
	Enabled  bool
	Engine   string // redis or valkey
	NodeType string
	Nodes    int  // one primary, the others its replicas
	TLS      bool // in transit, with an AUTH token
}

var nodeType = regexp.MustCompile(`^cache\.[a-z][a-z0-9]+\.(micro|small|medium|large|[0-9]*xlarge)$`)

func (r *reader) cache() Cache {
	return Cache{
		Enabled: r.boolean("enableRedis"),
		Engine:  r.oneOf("cacheEngine", "redis", "valkey"),
		NodeType: r.match("redisNodeType", nodeType.MatchString,
			"must be an ElastiCache node type such as cache.t4g.micro", "cache.t4g.micro"),
		Nodes: r.integer("redisNodes", 1, 6, "nodes", 1),
		TLS:   r.boolean("redisTls"),
	}
}
