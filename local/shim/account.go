package shim

import (
	"cmp"
	"slices"
	"sync"

	"threa-infra/local/shim/authorization"
)

// account holds what moto does not keep of the emulated AWS account. Its methods are the corrections.
type account struct {
	upstream    *upstream
	corrections map[string]corrections
	spot        spotCapacity

	mu sync.Mutex // corrections run one at a time, as they share the state
	state
}

// state is everything that a reset drops.
type state struct {
	dropped       map[resourceKey]settings
	tags          map[string]tags           // by ARN
	subscribers   map[string]subscriptions  // by budget
	taskAddresses map[string]string         // public IPv4 address by network interface
	deployments   []serviceDeployment       // the oldest first
	cache         map[string]*cacheResource // by ARN
	instances     map[resourceKey]*dbInstance
	suspended     map[string]bool // buckets whose versioning is suspended, by path
}

func newState() state {
	return state{
		dropped: map[resourceKey]settings{}, tags: map[string]tags{}, subscribers: map[string]subscriptions{},
		taskAddresses: map[string]string{}, cache: map[string]*cacheResource{},
		instances: map[resourceKey]*dbInstance{}, suspended: map[string]bool{},
	}
}

func (a *account) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = newState()
}

// correction returns the correction of a call.
func (a *account) correction(c *call) correction {
	if r, ok := a.corrections[c.service][c.action]; ok {
		return r
	}
	return a.corrections[c.service]["*"]
}

// before corrects a call. A reply answers it in the place of moto.
func (a *account) before(c *call) (*reply, error) {
	f := a.correction(c).before
	if f == nil {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return f(c)
}

// after corrects moto's answer to a call that succeeded.
func (a *account) after(c *call, answer *reply) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.correction(c).after(c, answer)
}

// accountID is the account of the local AWS.
const accountID = authorization.Account

// Credentials is the answer of GET /_local/credentials: values that AWS accepts but never returns. The local database
// and cache servers need it to accept the same clients. The lists are sorted.
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

// CacheCredentials are those of a replication group. AuthToken is empty if it has none. After a rotation, the group
// also accepts PreviousToken.
type CacheCredentials struct {
	Region        string `json:"region"`
	ID            string `json:"id"`
	AuthToken     string `json:"authToken"`
	PreviousToken string `json:"previousToken"`
	TLS           bool   `json:"tls"`
}

func (a *account) credentials() Credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := Credentials{Databases: []DatabaseCredentials{}, Caches: []CacheCredentials{}}
	for key, i := range a.instances {
		c.Databases = append(c.Databases, DatabaseCredentials{key.region, key.id, i.username, i.password, i.dbName})
	}
	slices.SortFunc(c.Databases, func(a, b DatabaseCredentials) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Identifier, b.Identifier))
	})
	for _, g := range a.cacheResources("", replicationGroups) {
		tls := g.Get("TransitEncryptionMode") != ""
		c.Caches = append(c.Caches, CacheCredentials{
			Region: g.Region, ID: g.ID, AuthToken: g.Get("AuthToken"), PreviousToken: g.Get("PreviousAuthToken"), TLS: tls,
		})
	}
	return c
}
