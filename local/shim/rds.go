package shim

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// dbInstance is what moto does not keep of a database instance.
type dbInstance struct {
	version string
	// RDS never returns the password. The user and the database are those of moto's answers.
	username, password, dbName string
	// settings are elements of DBInstance, by name.
	settings map[string]string
}

// keptSettings are the parameters of calls that moto drops, with the elements of DBInstance in which AWS reports them.
var keptSettings = map[string]string{
	"BackupTarget":                       "BackupTarget",
	"CACertificateIdentifier":            "CACertificateIdentifier",
	"DatabaseInsightsMode":               "DatabaseInsightsMode",
	"DedicatedLogVolume":                 "DedicatedLogVolume",
	"EnablePerformanceInsights":          "PerformanceInsightsEnabled",
	"EngineLifecycleSupport":             "EngineLifecycleSupport",
	"MonitoringInterval":                 "MonitoringInterval",
	"MonitoringRoleArn":                  "MonitoringRoleArn",
	"NetworkType":                        "NetworkType",
	"PerformanceInsightsKMSKeyId":        "PerformanceInsightsKMSKeyId",
	"PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
}

// defaultSettings are what AWS reports of an instance that does not set them.
var defaultSettings = map[string]string{
	"BackupTarget":               "region",
	"CACertificateIdentifier":    "rds-ca-rsa2048-g1",
	"DatabaseInsightsMode":       "standard",
	"DedicatedLogVolume":         "false",
	"EngineLifecycleSupport":     "open-source-rds-extended-support",
	"MonitoringInterval":         "0",
	"NetworkType":                "IPV4",
	"PerformanceInsightsEnabled": "false",
}

// instance returns what the shim keeps of an instance, and starts to keep it if it is new.
func (a *account) instance(c *call, identifier string) *dbInstance {
	key := c.key(strings.ToLower(identifier))
	if a.instances[key] == nil {
		a.instances[key] = &dbInstance{settings: maps.Clone(defaultSettings)}
		// All instances of moto have the same resource id.
		a.instances[key].settings["DbiResourceId"] = "db-" + rand.Text()
	}
	return a.instances[key]
}

// editInstances adds to every instance in moto's answer what moto does not keep, after the call has changed it.
func (a *account) editInstances(c *call, answer *reply) error {
	// moto's name for the key that AWS manages is not an ARN, which the provider requires.
	defaultKey := "arn:aws:kms:" + c.region + ":" + accountID + ":key/00000000-1111-2222-3333-444444444444"
	answer.body = bytes.ReplaceAll(answer.body, []byte("<KmsKeyId>default_kms_key_id<"),
		[]byte("<KmsKeyId>"+defaultKey+"<"))
	if !bytes.Contains(answer.body, []byte("<DBInstance>")) {
		return nil
	}
	switch c.action {
	case "CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot", "CreateDBInstanceReadReplica":
		a.changeInstance(c)
	}
	err := answer.editXML(func(root *etree.Element) {
		for _, element := range root.FindElements(".//DBInstance") {
			instance := a.instance(c, childText(element, "DBInstanceIdentifier"))
			instance.version = childText(element, "EngineVersion")
			instance.username, instance.dbName = childText(element, "MasterUsername"), childText(element, "DBName")
			for name, value := range instance.settings {
				setChild(element, name, value)
			}
		}
	})
	if c.action == "DeleteDBInstance" {
		delete(a.instances, c.key(strings.ToLower(c.form.Get("DBInstanceIdentifier"))))
	}
	return err
}

// changeInstance keeps the parameters of a call that moto accepted.
func (a *account) changeInstance(c *call) {
	p := c.form
	instance := a.instance(c, c.form.Get("DBInstanceIdentifier"))
	if p.Has("SourceDBInstanceIdentifier") {
		instance.password = a.instance(c, c.form.Get("SourceDBInstanceIdentifier")).password
	}
	instance.password = p.text("MasterUserPassword", instance.password)
	for parameter, element := range keptSettings {
		if p.Has(parameter) {
			instance.settings[element] = p.Get(parameter)
		}
	}
	if instance.settings["PerformanceInsightsEnabled"] != "true" {
		delete(instance.settings, "PerformanceInsightsRetentionPeriod")
		delete(instance.settings, "PerformanceInsightsKMSKeyId")
	} else if instance.settings["PerformanceInsightsRetentionPeriod"] == "" {
		instance.settings["PerformanceInsightsRetentionPeriod"] = "7"
	}
}

// findByResourceID turns the filter by resource id into a search by name. moto finds nothing for an unknown id.
func (a *account) findByResourceID(c *call) error {
	if c.form.Get("Filters.Filter.1.Name") != "dbi-resource-id" {
		return nil
	}
	for key, instance := range a.instances {
		if key.region == c.region && instance.settings["DbiResourceId"] == c.form.Get("Filters.Filter.1.Values.Value.1") {
			c.setForm("Filters.Filter.1.Name", "", "Filters.Filter.1.Values.Value.1", "", "DBInstanceIdentifier", key.id)
			break
		}
	}
	return nil
}

// chooseVersion refuses a version that RDS does not have, an upgrade that it does not offer, and another major version
// that the call does not allow. A major version becomes its current minor version.
func (a *account) chooseVersion(c *call) error {
	version := c.form.Get("EngineVersion")
	if version == "" {
		return nil
	}
	targets, running := slices.Concat(postgresReleases...), ""
	if instance, ok := a.instances[c.key(strings.ToLower(c.form.Get("DBInstanceIdentifier")))]; ok {
		running = instance.version
		targets = append(upgradeTargets(running), running)
	}
	if running != "" && major(version) != major(running) && c.form.Get("AllowMajorVersionUpgrade") != "true" {
		return badRequest("InvalidParameterCombination",
			"The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
	}
	if version == major(running) {
		version = running
	} else if full, ok := currentMinor[version]; ok {
		version = full
	}
	if !slices.Contains(targets, version) {
		return badRequest("InvalidParameterCombination", "Cannot find version %s for postgres %s", version, running)
	}
	c.setForm("EngineVersion", version)
	return nil
}

// checkGroupUnused refuses to delete a subnet group or parameter group of an instance. parameter is its name in the
// call and in descriptions of instances.
func (a *account) checkGroupUnused(parameter, code string) correction {
	return check(func(c *call) error {
		instances, err := a.upstream.query(c, "rds", "DescribeDBInstances")
		if err != nil {
			return err
		}
		for _, used := range instances.FindElements(".//" + parameter) {
			if strings.EqualFold(used.Text(), c.form.Get(parameter)) {
				return badRequest(code, "%s %s is still used by an instance", parameter, used.Text())
			}
		}
		return nil
	})
}

// modifyParameters makes the parameters the user's: moto keeps the source that it is given, and the provider reads only
// the parameters of the user.
func modifyParameters(c *call) error {
	setParameterSource(c, "user")
	return checkApplyMethod(c.form)
}

// resetParameters makes a modification of a reset, which moto lacks: the parameters become those of the engine.
func resetParameters(c *call) error {
	c.setForm("Action", "ModifyDBParameterGroup")
	setParameterSource(c, "engine-default")
	return nil
}

// renameAnswer gives the answer to another action the name of the action that the client called.
func renameAnswer(action string) func(*call, *reply) error {
	return func(c *call, answer *reply) error {
		answer.body = bytes.ReplaceAll(answer.body, []byte(action), []byte(c.action))
		return nil
	}
}

// checkNewSubnetGroup refuses a second subnet group of the same name, which moto would put in the place of the first.
func (a *account) checkNewSubnetGroup(c *call) error {
	name := c.form.Get("DBSubnetGroupName")
	_, err := a.upstream.query(c, "rds", "DescribeDBSubnetGroups", "DBSubnetGroupName", name)
	if errors.Is(err, errRefused) {
		return nil
	}
	if err != nil {
		return err
	}
	return badRequest("DBSubnetGroupAlreadyExists", "The DB subnet group '%s' already exists.", name)
}

// modifySubnetGroup creates a subnet group again with the changes, because moto forgets a group that it modifies.
func (a *account) modifySubnetGroup(c *call) error {
	name := c.form.Get("DBSubnetGroupName")
	group, err := a.upstream.query(c, "rds", "DescribeDBSubnetGroups", "DBSubnetGroupName", name)
	if errors.Is(err, errRefused) {
		return notFound("DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.", name)
	}
	if err != nil {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(group.FindElement(".//" + name).Text()) }
	current, err := a.upstream.query(c, "rds", "ListTagsForResource", "ResourceName", text("DBSubnetGroupArn"))
	if err != nil {
		return err
	}
	c.setForm("Action", "CreateDBSubnetGroup",
		"DBSubnetGroupDescription", c.form.text("DBSubnetGroupDescription", text("DBSubnetGroupDescription")))
	for n, tag := range current.FindElements(".//Tag") {
		prefix := fmt.Sprintf("Tags.Tag.%d.", n+1)
		c.setForm(prefix+"Key", childText(tag, "Key"), prefix+"Value", childText(tag, "Value"))
	}
	return nil
}

func setParameterSource(c *call, source string) {
	for _, parameter := range c.form.structures("Parameters.Parameter", "ParameterName") {
		c.setForm(parameter+"Source", source)
	}
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
