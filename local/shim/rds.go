package shim

import (
	"bytes"
	"crypto/rand"
	"strings"

	"github.com/beevik/etree"
)

// dbInstance is what moto does not keep of a database instance.
type dbInstance struct {
	resourceID     string
	version        string
	subnetGroup    string
	parameterGroup string
	// RDS never returns the password. The user and the database are those of moto's answers.
	username, password, dbName string
	// settings are elements of DBInstance, by name.
	settings map[string]string
}

// keptSettings are the parameters of CreateDBInstance and ModifyDBInstance that moto drops, with the elements of
// DBInstance in which AWS reports them.
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

// defaultSettings returns what AWS reports of an instance that does not set them.
func defaultSettings() map[string]string {
	return map[string]string{
		"BackupTarget":               "region",
		"CACertificateIdentifier":    "rds-ca-rsa2048-g1",
		"DatabaseInsightsMode":       "standard",
		"DedicatedLogVolume":         "false",
		"EngineLifecycleSupport":     "open-source-rds-extended-support",
		"MonitoringInterval":         "0",
		"NetworkType":                "IPV4",
		"PerformanceInsightsEnabled": "false",
	}
}

func dbKey(region, identifier string) regional {
	return regional{region, strings.ToLower(identifier)}
}

// instance returns what the shim keeps of the instance that a parameter of the call names, and starts to keep it if it
// is new.
func (a *account) instance(c *call, parameter string) *dbInstance {
	return a.instanceNamed(dbKey(c.region, c.form.Get(parameter)))
}

func (a *account) instanceNamed(key regional) *dbInstance {
	if a.instances[key] == nil {
		a.instances[key] = &dbInstance{resourceID: "db-" + rand.Text(), settings: defaultSettings()}
	}
	return a.instances[key]
}

// editInstances adds to every instance in moto's answer what moto does not keep, after the call has changed it.
func (a *account) editInstances(c *call, answer *reply) error {
	// moto's name for the key that AWS manages is not an ARN, which the provider requires.
	defaultKey := "arn:aws:kms:" + c.region + ":" + accountID + ":key/00000000-1111-2222-3333-444444444444"
	answer.body = bytes.ReplaceAll(answer.body, []byte("<KmsKeyId>default_kms_key_id<"),
		[]byte("<KmsKeyId>"+defaultKey+"<"))
	a.keepPassword(c)
	if !bytes.Contains(answer.body, []byte("<DBInstance>")) {
		return nil
	}
	a.keepSettings(c)
	err := answer.editXML(func(root *etree.Element) {
		for _, element := range root.FindElements(".//DBInstance") {
			instance := a.instanceNamed(dbKey(c.region, childText(element, "DBInstanceIdentifier")))
			instance.version = childText(element, "EngineVersion")
			instance.username, instance.dbName = childText(element, "MasterUsername"), childText(element, "DBName")
			setChild(element, "DbiResourceId", instance.resourceID)
			for name, value := range instance.settings {
				setChild(element, name, value)
			}
		}
	})
	if c.action == "DeleteDBInstance" {
		delete(a.instances, dbKey(c.region, c.form.Get("DBInstanceIdentifier")))
	}
	return err
}

// keepSettings keeps the settings of a creation or modification that moto accepted.
func (a *account) keepSettings(c *call) {
	switch c.action {
	case "CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot", "CreateDBInstanceReadReplica":
	default:
		return
	}
	p := params(c.form)
	instance := a.instance(c, "DBInstanceIdentifier")
	if p.has("SourceDBInstanceIdentifier") { // in its source's region, a replica has the groups of its source
		source := a.instance(c, "SourceDBInstanceIdentifier")
		instance.subnetGroup, instance.parameterGroup = source.subnetGroup, source.parameterGroup
	}
	for parameter, element := range keptSettings {
		if p.has(parameter) {
			instance.settings[element] = p.text(parameter, "")
		}
	}
	if instance.settings["PerformanceInsightsEnabled"] != "true" {
		delete(instance.settings, "PerformanceInsightsRetentionPeriod")
		delete(instance.settings, "PerformanceInsightsKMSKeyId")
	} else if instance.settings["PerformanceInsightsRetentionPeriod"] == "" {
		instance.settings["PerformanceInsightsRetentionPeriod"] = "7"
	}
	instance.subnetGroup = p.text("DBSubnetGroupName", instance.subnetGroup)
	instance.parameterGroup = p.text("DBParameterGroupName", instance.parameterGroup)
	if p.has("NewDBInstanceIdentifier") {
		delete(a.instances, dbKey(c.region, p.text("DBInstanceIdentifier", "")))
		a.instances[dbKey(c.region, p.text("NewDBInstanceIdentifier", ""))] = instance
	}
}

// keepPassword keeps the master password of an accepted call. Read replicas, snapshots and what is restored from either
// have the password of their source.
func (a *account) keepPassword(c *call) {
	snapshot := dbKey(c.region, c.form.Get("DBSnapshotIdentifier"))
	switch c.action {
	case "CreateDBSnapshot":
		a.snapshots[snapshot] = a.instance(c, "DBInstanceIdentifier").password
	case "DeleteDBInstance":
		if final := c.form.Get("FinalDBSnapshotIdentifier"); final != "" {
			a.snapshots[dbKey(c.region, final)] = a.instance(c, "DBInstanceIdentifier").password
		}
	case "DeleteDBSnapshot":
		delete(a.snapshots, snapshot)
	case "RestoreDBInstanceFromDBSnapshot":
		a.instance(c, "DBInstanceIdentifier").password = a.snapshots[snapshot]
	case "CreateDBInstanceReadReplica":
		a.instance(c, "DBInstanceIdentifier").password = a.instance(c, "SourceDBInstanceIdentifier").password
	case "RestoreDBInstanceToPointInTime":
		a.instance(c, "TargetDBInstanceIdentifier").password = a.instance(c, "SourceDBInstanceIdentifier").password
	case "CreateDBInstance", "ModifyDBInstance":
		if c.form.Has("MasterUserPassword") {
			a.instance(c, "DBInstanceIdentifier").password = c.form.Get("MasterUserPassword")
		}
	}
}

// findByResourceID turns the filter by resource id, which is the same for all instances of moto, into a search by name.
// moto finds nothing for an unknown id.
func (a *account) findByResourceID(c *call) (*reply, error) {
	if c.form.Get("Filters.Filter.1.Name") != "dbi-resource-id" {
		return nil, nil
	}
	for key, instance := range a.instances {
		if key.region == c.region && instance.resourceID == c.form.Get("Filters.Filter.1.Values.Value.1") {
			c.form.Del("Filters.Filter.1.Name")
			c.form.Del("Filters.Filter.1.Values.Value.1")
			c.form.Set("DBInstanceIdentifier", key.id)
			c.setForm(c.form)
			break
		}
	}
	return nil, nil
}
