package shim

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"threa-infra/local/shim/authorization"
)

// account holds what moto does not keep of the emulated AWS account. Its methods are the corrections.
type account struct {
	upstream *upstream
	spot     *spotRoom

	mu sync.Mutex
	state
}

// regional names something that is unique within a region.
type regional struct{ region, id string }

// tags are the tags of a resource.
type tags map[string]string

// state is everything that a reset drops.
type state struct {
	alarmActions     map[regional]bool // whether the actions of switched alarms are enabled
	targetTags       map[string]tags   // of scalable targets, by ARN
	subscribers      map[budgetNotification]json.RawMessage
	budgetTags       map[string]tags     // by ARN
	ruleDescriptions map[regional]string // of security group rules
	taskAddresses    map[string]string   // public IPv4 address by network interface
	deployments      []serviceDeployment // the oldest first
	cacheGroups      map[regional]*replicationGroup
	cacheSubnets     map[regional]*cacheSubnetGroup
	cacheTags        map[string]tags   // by ARN
	listenerPolicies map[string]string // by ARN, where moto does not know the policy
	instances        map[regional]*dbInstance
	snapshots        map[regional]string // master passwords
	suspended        map[string]bool     // buckets whose versioning is suspended, by path
}

func newState() state {
	return state{
		alarmActions: map[regional]bool{}, targetTags: map[string]tags{},
		subscribers: map[budgetNotification]json.RawMessage{}, budgetTags: map[string]tags{},
		ruleDescriptions: map[regional]string{}, taskAddresses: map[string]string{},
		cacheGroups: map[regional]*replicationGroup{}, cacheSubnets: map[regional]*cacheSubnetGroup{},
		cacheTags: map[string]tags{}, listenerPolicies: map[string]string{},
		instances: map[regional]*dbInstance{}, snapshots: map[regional]string{}, suspended: map[string]bool{},
	}
}

func (a *account) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = newState()
}

// accountID is the account of the local AWS.
const accountID = authorization.Account

// Credentials is the answer of GET /_local/credentials: what AWS is told once and never returns. The local database and
// cache servers need it to accept the same clients. The lists are sorted.
type Credentials struct {
	Databases []DatabaseCredentials `json:"databases"`
	Caches    []CacheCredentials    `json:"caches"`
}

// DatabaseCredentials are those of the master user of an RDS instance. Password is empty if RDS manages it.
type DatabaseCredentials struct {
	Region     string `json:"region"`
	Identifier string `json:"identifier"`
	Username   string `json:"username"`
	Password   string `json:"password"`
	DBName     string `json:"dbName"`
}

// CacheCredentials are those of a replication group. AuthToken is empty if it has none.
type CacheCredentials struct {
	Region    string `json:"region"`
	ID        string `json:"id"`
	AuthToken string `json:"authToken"`
	TLS       bool   `json:"tls"`
}

func (a *account) credentials() Credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := Credentials{Databases: []DatabaseCredentials{}, Caches: []CacheCredentials{}}
	for _, key := range sortedKeys(a.instances) {
		i := a.instances[key]
		c.Databases = append(c.Databases, DatabaseCredentials{key.region, key.id, i.username, i.password, i.dbName})
	}
	for _, key := range sortedKeys(a.cacheGroups) {
		g := a.cacheGroups[key]
		tls := g.Get("TransitEncryptionMode") != ""
		c.Caches = append(c.Caches, CacheCredentials{key.region, key.id, g.Get("AuthToken"), tls})
	}
	return c
}

func sortedKeys[T any](m map[regional]T) []regional {
	return slices.SortedFunc(maps.Keys(m), func(a, b regional) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.id, b.id))
	})
}
