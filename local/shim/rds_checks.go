package shim

import (
	"errors"
	"slices"
	"strings"
)

// checkInstance refuses wrong passwords, classes and versions. It completes the version.
func (a *account) checkInstance(c *call) error {
	if err := errors.Join(checkPassword(c.form), checkInstanceClass(c)); err != nil {
		return err
	}
	return a.chooseVersion(c)
}

func checkPassword(p params) error {
	password := p.Get("MasterUserPassword")
	switch {
	case !p.Has("MasterUserPassword") || p.Get("ManageMasterUserPassword") == "true":
	case len(password) < 8 || len(password) > 128:
		return badRequest("InvalidParameterValue",
			"The parameter MasterUserPassword is not a valid password: it must have 8 to 128 characters.")
	case strings.ContainsAny(password, `/"@ `):
		return badRequest("InvalidParameterValue",
			`The parameter MasterUserPassword is not a valid password: it must not contain '/', '@', '"' or ' '.`)
	}
	return nil
}

// checkFinalSnapshot requires either a name for the final snapshot or that there is none.
func checkFinalSnapshot(c *call) error {
	if c.form.Get("SkipFinalSnapshot") == "true" == (c.form.Get("FinalDBSnapshotIdentifier") != "") {
		return badRequest("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified, and excludes it.")
	}
	return nil
}

// staticParameters are parameters of PostgreSQL that only a restart applies. The list has those that people set.
var staticParameters = []string{
	"autovacuum_freeze_max_age",
	"autovacuum_max_workers",
	"huge_pages",
	"max_connections",
	"max_locks_per_transaction",
	"max_prepared_transactions",
	"max_replication_slots",
	"max_wal_senders",
	"max_worker_processes",
	"rds.logical_replication",
	"shared_buffers",
	"shared_preload_libraries",
	"track_activity_query_size",
	"wal_buffers",
}

// checkApplyMethod refuses to apply a static parameter immediately.
func checkApplyMethod(p params) error {
	for _, parameter := range p.structures("Parameters.Parameter", "ParameterName") {
		name := p.Get(parameter + "ParameterName")
		if slices.Contains(staticParameters, name) && p.Get(parameter+"ApplyMethod") == "immediate" {
			return badRequest("InvalidParameterCombination", "cannot use immediate apply method for static parameter: %s", name)
		}
	}
	return nil
}
