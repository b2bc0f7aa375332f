package shim

import (
	"slices"
	"strings"
)

// staticParameters of PostgreSQL take effect with a restart only. The list holds
// those that people set, not all.
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

func checkNewInstance(p params) error {
	engine, version := p.text("Engine", ""), p.text("EngineVersion", "")
	if engine == "postgres" && version != "" && currentMinor[version] == "" && !slices.Contains(slices.Concat(postgresReleases...), version) {
		return badRequest("InvalidParameterCombination", "Cannot find version %s for %s", version, engine)
	}
	if p.flag("ManageMasterUserPassword", false) {
		return nil
	}
	return checkPassword(p)
}

func checkPassword(p params) error {
	password := p.text("MasterUserPassword", "")
	if !p.has("MasterUserPassword") {
		return nil
	}
	if len(password) < 8 || len(password) > 128 {
		return badRequest("InvalidParameterValue",
			"The parameter MasterUserPassword is not a valid password because it is shorter than 8 or longer than 128 characters.")
	}
	if strings.ContainsAny(password, `/"@ `) {
		return badRequest("InvalidParameterValue",
			`The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`)
	}
	return nil
}

// checkModification refuses a leap to another major version without consent, and
// any to a version that the running one has no way to: moto makes both without a
// word.
func (r *rdsRule) checkModification(c *call) error {
	p := params(c.form)
	if err := checkPassword(p); err != nil {
		return err
	}
	wanted := p.text("EngineVersion", "")
	known, ok := r.instances[dbKey(c.region, p.text("DBInstanceIdentifier", ""))]
	if wanted == "" || !ok {
		return nil
	}
	if major(wanted) != major(known.version) && !p.flag("AllowMajorVersionUpgrade", false) {
		return badRequest("InvalidParameterCombination",
			"The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
	}
	switch full, ok := currentMinor[wanted]; {
	case wanted == major(known.version):
		wanted = known.version
	case ok:
		wanted = full
	}
	if wanted != known.version && !slices.Contains(upgradeTargets(known.version), wanted) {
		return badRequest("InvalidParameterCombination", "Cannot upgrade postgres from %s to %s", known.version, wanted)
	}
	c.form.Set("EngineVersion", wanted)
	c.setForm(c.form)
	return nil
}

func major(version string) string {
	before, _, _ := strings.Cut(version, ".")
	return before
}

func checkFinalSnapshot(p params) error {
	skip, name := p.flag("SkipFinalSnapshot", false), p.text("FinalDBSnapshotIdentifier", "")
	if !skip && name == "" {
		return badRequest("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	}
	if skip && name != "" {
		return badRequest("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier can not be specified when deleting an instance with SkipFinalSnapshot.")
	}
	return nil
}

func checkApplyMethods(p params) error {
	var failure error
	p.each("Parameters.Parameter", "ParameterName", func(element string) {
		name := p.text(element+"ParameterName", "")
		if slices.Contains(staticParameters, name) && p.text(element+"ApplyMethod", "") == "immediate" {
			failure = badRequest("InvalidParameterCombination", "cannot use immediate apply method for static parameter: %s", name)
		}
	})
	return failure
}

func (r *rdsRule) checkSubnetGroupUnused(region, name string) error {
	for key, known := range r.instances {
		if key.region == region && strings.EqualFold(known.subnetGroup, name) {
			return badRequest("InvalidDBSubnetGroupStateFault",
				"Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", name, key.id)
		}
	}
	return nil
}

func (r *rdsRule) checkParameterGroupUnused(region, name string) error {
	for key, known := range r.instances {
		if key.region == region && strings.EqualFold(known.parameterGroup, name) {
			return badRequest("InvalidDBParameterGroupState",
				"One or more database instances are still members of this parameter group %s, so the group cannot be deleted", name)
		}
	}
	return nil
}
