package mocks

import (
	"fmt"
	"slices"
)

// Snapshot is a manual snapshot of an RDS instance with PostgreSQL, encrypted and of 20 GiB by default.
type Snapshot struct {
	Name        string
	Instance    string // its source
	Version     string // of the engine
	Storage     int    // GiB
	Engine      string
	Unencrypted bool
	Automated   bool              // created by RDS
	Tags        map[string]string // those of the instance
}

// Cache is a replication group of ElastiCache with one node.
type Cache struct {
	Name    string
	Engine  string
	Version string
	Tags    map[string]string
	// Deleted marks a group whose node only the tagging API still lists.
	Deleted bool
}

func (c Cache) node() string { return c.Name + "-001" }

func cacheNode(a *AWS, in arguments) (outputs, error) {
	for _, cache := range a.Caches {
		if cache.node() == in.text("clusterId") && !cache.Deleted {
			return outputs{
				"clusterId": cache.node(), "replicationGroupId": cache.Name, "engine": cache.Engine,
				"engineVersion": cache.Version,
			}, nil
		}
	}
	return nil, fmt.Errorf("no matching ElastiCache Cluster found")
}

// databases answers the only filter that the program uses, db-instance-id.
func databases(a *AWS, in arguments) (outputs, error) {
	identifiers := slices.DeleteFunc(in.filters("filters")["db-instance-id"], func(identifier string) bool {
		_, ok := a.Databases[identifier]
		return !ok
	})
	return outputs{"instanceIdentifiers": identifiers}, nil
}

func database(a *AWS, in arguments) (outputs, error) {
	identifier := in.text("dbInstanceIdentifier")
	version, ok := a.Databases[identifier]
	if !ok {
		return nil, fmt.Errorf("DBInstanceNotFound: DBInstance %s not found", identifier)
	}
	return outputs{
		"dbInstanceIdentifier": identifier, "engine": "postgres", "engineVersion": version, "resourceId": "db-ABC123",
		"tags": plainTags(a.DatabaseTags),
	}, nil
}

// engineVersion answers only with includeAll: RDS may have retired the version that an instance runs.
func engineVersion(a *AWS, in arguments) (outputs, error) {
	version := in.text("version")
	if in["includeAll"] != true || in.text("engine") != "postgres" {
		return nil, fmt.Errorf("no RDS engine versions found: %s", version)
	}
	targets := append([]string{}, a.Upgrades[version]...)
	return outputs{"engine": "postgres", "version": version, "validMajorTargets": targets}, nil
}

// snapshot answers with the snapshot of a name, or with the newest of an instance, which is the last of the list.
func snapshot(a *AWS, in arguments) (outputs, error) {
	for _, s := range slices.Backward(a.Snapshots) {
		matches := s.Name == in.text("dbSnapshotIdentifier")
		if instance := in.text("dbInstanceIdentifier"); instance != "" {
			matches = s.Instance == instance && !s.Automated && in["mostRecent"] == true && in.text("snapshotType") == "manual"
		}
		if !matches {
			continue
		}
		if s.Engine == "" {
			s.Engine = "postgres"
		}
		if s.Storage == 0 {
			s.Storage = 20
		}
		return outputs{
			"id": s.Name, "engine": s.Engine, "engineVersion": s.Version, "allocatedStorage": float64(s.Storage),
			"encrypted": !s.Unencrypted, "snapshotCreateTime": "2026-01-31T12:00:00Z",
		}, nil
	}
	return nil, fmt.Errorf("your query returned no results")
}
