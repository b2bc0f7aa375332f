package shim

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
)

// Credentials is the answer of GET /_local/credentials: what AWS is told once
// and never repeats. Servers that stand in for the databases and caches need it
// to let the same clients in. It lists what exists, sorted.
type Credentials struct {
	Databases []DatabaseCredentials `json:"databases"`
	Caches    []CacheCredentials    `json:"caches"`
}

// DatabaseCredentials are those of the master user of an RDS instance. The
// password is empty when AWS keeps it itself (ManageMasterUserPassword).
type DatabaseCredentials struct {
	Region     string `json:"region"`
	Identifier string `json:"identifier"`
	Username   string `json:"username"`
	Password   string `json:"password"`
	DBName     string `json:"dbName"`
}

// CacheCredentials are those of a replication group; the token is empty where
// none is asked for.
type CacheCredentials struct {
	Region    string `json:"region"`
	ID        string `json:"id"`
	AuthToken string `json:"authToken"`
	TLS       bool   `json:"tls"`
}

func (f *Shim) serveCredentials(w http.ResponseWriter) {
	all := Credentials{Databases: []DatabaseCredentials{}, Caches: []CacheCredentials{}}
	for _, rule := range f.rules {
		switch r := rule.(type) {
		case *rdsRule:
			all.Databases = append(all.Databases, r.credentials()...)
		case *cacheRule:
			all.Caches = append(all.Caches, r.credentials()...)
		}
	}
	writeJSON(w, all)
}

func (r *rdsRule) credentials() []DatabaseCredentials {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []DatabaseCredentials
	for _, key := range sortedKeys(r.instances) {
		i := r.instances[key]
		all = append(all, DatabaseCredentials{key.region, key.id, i.username, i.password, i.dbName})
	}
	return all
}

func (r *cacheRule) credentials() []CacheCredentials {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []CacheCredentials
	for _, key := range sortedKeys(r.groups) {
		g := r.groups[key]
		all = append(all, CacheCredentials{key.region, g.id, g.token, g.tlsMode != ""})
	}
	return all
}

func sortedKeys[T any](all map[regional]T) []regional {
	return slices.SortedFunc(maps.Keys(all), func(a, b regional) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.id, b.id))
	})
}

// rememberPassword follows the master password of an accepted call: into read
// replicas and snapshots, which carry it, and into what is restored from them.
// User and database stand in moto's answers.
func (r *rdsRule) rememberPassword(c *call) {
	p := params(c.form)
	snapshot := func(parameter string) regional { return dbKey(c.region, p.text(parameter, "")) }
	switch c.action {
	case "CreateDBSnapshot":
		r.snapshots[snapshot("DBSnapshotIdentifier")] = r.instance(c.region, p.text("DBInstanceIdentifier", "")).password
	case "DeleteDBInstance":
		if p.has("FinalDBSnapshotIdentifier") {
			r.snapshots[snapshot("FinalDBSnapshotIdentifier")] = r.instance(c.region, p.text("DBInstanceIdentifier", "")).password
		}
	case "DeleteDBSnapshot":
		delete(r.snapshots, snapshot("DBSnapshotIdentifier"))
	case "RestoreDBInstanceFromDBSnapshot":
		r.instance(c.region, p.text("DBInstanceIdentifier", "")).password = r.snapshots[snapshot("DBSnapshotIdentifier")]
	case "CreateDBInstanceReadReplica":
		source := r.instance(c.region, p.text("SourceDBInstanceIdentifier", ""))
		r.instance(c.region, p.text("DBInstanceIdentifier", "")).password = source.password
	case "RestoreDBInstanceToPointInTime":
		source := r.instance(c.region, p.text("SourceDBInstanceIdentifier", ""))
		r.instance(c.region, p.text("TargetDBInstanceIdentifier", "")).password = source.password
	case "CreateDBInstance", "ModifyDBInstance":
		known := r.instance(c.region, p.text("DBInstanceIdentifier", ""))
		known.password = p.text("MasterUserPassword", known.password)
	}
}
