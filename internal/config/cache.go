package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// Cache is the ElastiCache replication group.
type Cache struct {
	Enabled  bool
	Engine   string // redis or valkey
	NodeType string
	Nodes    int  // one primary, the others its replicas
	TLS      bool // in transit, with an AUTH token
	// MayReplace tells whether the user has confirmed that a change may replace or delete the cache.
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

// confirmed lists what a change may replace or delete, with all that is in it. Only the cache can be named: no key
// replaces or deletes the database or the repository, so a stack that names them expects what will not happen.
func (r *reader) confirmed() []string {
	list := r.list("confirmReplacement")
	for i, one := range list {
		if one != "cache" {
			r.rejectElement(fmt.Sprintf("confirmReplacement[%d]", i), strconv.Quote(one),
				"must be cache: the database and the image repository are never replaced, with or without it", "pulumi config rm confirmReplacement")
		}
	}
	return list
}
