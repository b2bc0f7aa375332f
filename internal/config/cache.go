package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// Cache configures the ElastiCache replication group.
type Cache struct {
	Enabled  bool
	Engine   string // redis or valkey
	NodeType string
	Nodes    int  // a primary and its replicas
	TLS      bool // TLS and an AUTH token
	// MayReplace is true if the user has confirmed that a change may replace or delete the cache.
	MayReplace bool
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

		MayReplace: slices.Contains(r.confirmed(), "cache"),
	}
}

// confirmed returns the resources that a change may replace or delete with their data. Only the cache can be listed: no
// key ever replaces or deletes the database or the image repository.
func (r *reader) confirmed() []string {
	list := r.list("confirmReplacement")
	for i, resource := range list {
		if resource != "cache" {
			r.rejectElement(fmt.Sprintf("confirmReplacement[%d]", i), strconv.Quote(resource),
				"must be cache; the database and the image repository are never replaced",
				"pulumi config rm confirmReplacement")
		}
	}
	return list
}
