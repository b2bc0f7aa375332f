package shim

import (
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// checkNewInstance refuses unknown versions and wrong passwords. A major version becomes its current minor version.
func checkNewInstance(c *call) (*reply, error) {
	p := params(c.form)
	version := p.text("EngineVersion", "")
	if p.text("Engine", "") == "postgres" && version != "" {
		full, ok := currentMinor[version]
		if !ok && !slices.Contains(slices.Concat(postgresReleases...), version) {
			return nil, badRequest("InvalidParameterCombination", "Cannot find version %s for postgres", version)
		}
		if ok {
			c.form.Set("EngineVersion", full)
			c.setForm(c.form)
		}
	}
	return nil, checkPassword(p)
}

func checkPassword(p params) error {
	password := p.text("MasterUserPassword", "")
	switch {
	case !p.has("MasterUserPassword") || p.flag("ManageMasterUserPassword", false):
	case len(password) < 8 || len(password) > 128:
		return badRequest("InvalidParameterValue",
			"The parameter MasterUserPassword is not a valid password because it is shorter than 8 or longer than 128 characters.")
	case strings.ContainsAny(password, `/"@ `):
		return badRequest("InvalidParameterValue",
			`The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`)
	}
	return nil
}

// checkInstanceChange refuses an upgrade to another major version that the call does not allow, and to a version that
// the current one cannot be upgraded to.
func (a *account) checkInstanceChange(c *call) (*reply, error) {
	p := params(c.form)
	if err := checkPassword(p); err != nil {
		return nil, err
	}
	version := p.text("EngineVersion", "")
	instance, ok := a.instances[dbKey(c.region, p.text("DBInstanceIdentifier", ""))]
	if version == "" || !ok {
		return nil, nil
	}
	if major(version) != major(instance.version) && !p.flag("AllowMajorVersionUpgrade", false) {
		return nil, badRequest("InvalidParameterCombination",
			"The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
	}
	if version == major(instance.version) {
		version = instance.version
	} else if full, ok := currentMinor[version]; ok {
		version = full
	}
	if version != instance.version && !slices.Contains(upgradeTargets(instance.version), version) {
		return nil, badRequest("InvalidParameterCombination",
			"Cannot upgrade postgres from %s to %s", instance.version, version)
	}
	c.form.Set("EngineVersion", version)
	c.setForm(c.form)
	return nil, nil
}

func checkFinalSnapshot(c *call) (*reply, error) {
	skip, name := c.form.Get("SkipFinalSnapshot") == "true", c.form.Get("FinalDBSnapshotIdentifier")
	switch {
	case !skip && name == "":
		return nil, badRequest("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	case skip && name != "":
		return nil, badRequest("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier can not be specified when deleting an instance with SkipFinalSnapshot.")
	}
	return nil, nil
}

func (a *account) checkSubnetGroupUnused(c *call) error {
	name := c.form.Get("DBSubnetGroupName")
	for key, instance := range a.instances {
		if key.region == c.region && strings.EqualFold(instance.subnetGroup, name) {
			return badRequest("InvalidDBSubnetGroupStateFault",
				"Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", name, key.id)
		}
	}
	return nil
}

func (a *account) checkParameterGroupUnused(c *call) error {
	name := c.form.Get("DBParameterGroupName")
	for key, instance := range a.instances {
		if key.region == c.region && strings.EqualFold(instance.parameterGroup, name) {
			return badRequest("InvalidDBParameterGroupState",
				"One or more database instances are still members of this parameter group %s, so the group cannot be deleted", name)
		}
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

// modifyParameters refuses to apply a static parameter immediately. The parameters become the user's: moto keeps the
// source that it is given, and the provider reads only the parameters of the user.
func modifyParameters(c *call) error {
	p := params(c.form)
	var err error
	p.each("Parameters.Parameter", "ParameterName", func(element string) {
		name := p.text(element+"ParameterName", "")
		if slices.Contains(staticParameters, name) && p.text(element+"ApplyMethod", "") == "immediate" {
			err = badRequest("InvalidParameterCombination", "cannot use immediate apply method for static parameter: %s", name)
		}
	})
	setParameterSource(c, "user")
	return err
}

// resetParameters makes a modification of a reset, which moto lacks: the parameters become those of the engine.
func resetParameters(c *call) (*reply, error) {
	c.form.Set("Action", "ModifyDBParameterGroup")
	setParameterSource(c, "engine-default")
	return nil, nil
}

// nameReset gives the answer to a reset its name.
func nameReset(c *call, answer *reply) error {
	answer.body = []byte(strings.ReplaceAll(string(answer.body), "ModifyDBParameterGroup", c.action))
	return nil
}

func setParameterSource(c *call, source string) {
	params(c.form).each("Parameters.Parameter", "ParameterName", func(element string) {
		c.form.Set(element+"Source", source)
	})
	c.setForm(c.form)
}

// hideDefaultParameters removes parameters that were reset from an answer with those of the user.
func hideDefaultParameters(c *call, answer *reply) error {
	if c.form.Get("Source") != "user" {
		return nil
	}
	return answer.editXML(func(root *etree.Element) {
		for _, parameter := range root.FindElements(".//Parameters/Parameter") {
			if childText(parameter, "Source") != "user" {
				parameter.Parent().RemoveChild(parameter)
			}
		}
	})
}
