package shim

import (
	"bytes"
	"crypto/rand"
	"net/url"
	"strings"
	"sync"

	"threa-infra/local/shim/authorization"
)

// regional names something that is unique within a region.
type regional struct{ region, id string }

// dbInstance is what moto forgets about a database instance.
type dbInstance struct {
	resourceID     string
	version        string
	subnetGroup    string
	parameterGroup string
	// The password is what AWS never tells; user and database come from moto.
	username, password, dbName string
	// settings are elements of the answer, by name.
	settings map[string]string
}

// rdsRule gives every instance an identity of its own, keeps the settings that
// moto drops, and refuses what RDS refuses. moto keeps the rest.
type rdsRule struct {
	mu        sync.Mutex
	instances map[regional]*dbInstance
	snapshots map[regional]string // master passwords
}

func newRDSRule() *rdsRule {
	return &rdsRule{instances: map[regional]*dbInstance{}, snapshots: map[regional]string{}}
}

func (r *rdsRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.instances)
	clear(r.snapshots)
}

// keptSettings maps parameters of CreateDBInstance and ModifyDBInstance to the
// elements of DBInstance in which AWS reports them.
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

// defaultSettings is what AWS reports of an instance that says nothing about them.
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

func (r *rdsRule) before(c *call) (*reply, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := params(c.form)
	switch c.action {
	case "CreateDBInstance":
		if err := checkNewInstance(p); err != nil {
			return nil, err
		}
		if full, ok := currentMinor[p.text("EngineVersion", "")]; ok && p.text("Engine", "") == "postgres" {
			c.form.Set("EngineVersion", full)
			c.setForm(c.form)
		}
	case "ModifyDBInstance":
		return nil, r.checkModification(c)
	case "DeleteDBInstance":
		return nil, checkFinalSnapshot(p)
	case "DescribeDBEngineVersions":
		return describeEngineVersions(c)
	case "DescribeDBInstances":
		r.mapResourceID(c)
	case "DeleteDBSubnetGroup":
		return nil, r.checkSubnetGroupUnused(c.region, p.text("DBSubnetGroupName", ""))
	case "DeleteDBParameterGroup":
		return nil, r.checkParameterGroupUnused(c.region, p.text("DBParameterGroupName", ""))
	case "ModifyDBParameterGroup":
		if err := checkApplyMethods(p); err != nil {
			return nil, err
		}
		markParameters(c, "user")
	case "ResetDBParameterGroup":
		// moto cannot reset, but it can be told that a value is the engine's own.
		c.form.Set("Action", "ModifyDBParameterGroup")
		markParameters(c, "engine-default")
	}
	return nil, nil
}

// defaultKey is the ARN of the key that AWS manages for RDS in the account.
func defaultKey(region string) string {
	return "arn:aws:kms:" + region + ":" + authorization.Account + ":key/00000000-1111-2222-3333-444444444444"
}

func (r *rdsRule) after(c *call, answer *reply) error {
	switch c.action {
	case "ResetDBParameterGroup":
		answer.body = []byte(strings.ReplaceAll(string(answer.body), "ModifyDBParameterGroup", c.action))
		return nil
	case "DescribeDBParameters":
		return hideDefaults(c, answer)
	}
	// moto's name for the key that AWS manages is not an ARN, which the provider wants.
	answer.body = bytes.ReplaceAll(answer.body, []byte("<KmsKeyId>default_kms_key_id<"), []byte("<KmsKeyId>"+defaultKey(c.region)+"<"))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rememberPassword(c)
	if !strings.Contains(string(answer.body), "<DBInstance>") {
		return nil
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	r.remember(c)
	for _, instance := range tree.all("DBInstance") {
		known := r.instance(c.region, instance.value("DBInstanceIdentifier"))
		known.version = instance.value("EngineVersion")
		known.username, known.dbName = instance.value("MasterUsername"), instance.value("DBName")
		instance.set("DbiResourceId", known.resourceID)
		for name, value := range known.settings {
			instance.set(name, value)
		}
	}
	if c.action == "DeleteDBInstance" {
		delete(r.instances, dbKey(c.region, c.form.Get("DBInstanceIdentifier")))
	}
	answer.body = tree.encode()
	return nil
}

func dbKey(region, identifier string) regional {
	return regional{region, strings.ToLower(identifier)}
}

// instance returns what is kept of an instance. One that came into being in
// another way than CreateDBInstance, from a snapshot for example, starts here.
func (r *rdsRule) instance(region, identifier string) *dbInstance {
	key := dbKey(region, identifier)
	if r.instances[key] == nil {
		r.instances[key] = &dbInstance{resourceID: "db-" + rand.Text(), settings: defaultSettings()}
	}
	return r.instances[key]
}

// remember keeps the settings of a creation or modification that moto accepted,
// and what follows from where an instance comes from.
func (r *rdsRule) remember(c *call) {
	p := params(c.form)
	identifier := p.text("DBInstanceIdentifier", "")
	switch c.action {
	case "CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot":
	case "CreateDBInstanceReadReplica":
		// In its source's region a replica has the groups of its source.
		source := r.instance(c.region, p.text("SourceDBInstanceIdentifier", ""))
		replica := r.instance(c.region, identifier)
		replica.subnetGroup, replica.parameterGroup = source.subnetGroup, source.parameterGroup
	default:
		return
	}
	known := r.instance(c.region, identifier)
	for parameter, element := range keptSettings {
		if p.has(parameter) {
			known.settings[element] = p.text(parameter, "")
		}
	}
	if known.settings["PerformanceInsightsEnabled"] != "true" {
		delete(known.settings, "PerformanceInsightsRetentionPeriod")
		delete(known.settings, "PerformanceInsightsKMSKeyId")
	} else if known.settings["PerformanceInsightsRetentionPeriod"] == "" {
		known.settings["PerformanceInsightsRetentionPeriod"] = "7"
	}
	known.subnetGroup = p.text("DBSubnetGroupName", known.subnetGroup)
	known.parameterGroup = p.text("DBParameterGroupName", known.parameterGroup)
	if renamed := p.text("NewDBInstanceIdentifier", ""); renamed != "" {
		delete(r.instances, dbKey(c.region, identifier))
		r.instances[dbKey(c.region, renamed)] = known
	}
}

// mapResourceID turns the filter by resource id, which moto knows nothing of,
// into a search by name. For an unknown id moto rightly finds nothing.
func (r *rdsRule) mapResourceID(c *call) {
	if c.form.Get("Filters.Filter.1.Name") != "dbi-resource-id" {
		return
	}
	wanted := c.form.Get("Filters.Filter.1.Values.Value.1")
	for key, known := range r.instances {
		if key.region == c.region && known.resourceID == wanted {
			c.setForm(url.Values{
				"Action":               {c.action},
				"Version":              {c.form.Get("Version")},
				"DBInstanceIdentifier": {key.id},
			})
			return
		}
	}
}

// markParameters notes where the values of a parameter group come from: moto
// keeps what it is told, and the provider only looks at those of the user.
func markParameters(c *call, source string) {
	params(c.form).each("Parameters.Parameter", "ParameterName", func(element string) {
		c.form.Set(element+"Source", source)
	})
	c.setForm(c.form)
}

// hideDefaults leaves out parameters that were reset, when only those of the
// user are asked for.
func hideDefaults(c *call, answer *reply) error {
	if c.form.Get("Source") != "user" {
		return nil
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	for _, list := range tree.all("Parameters") {
		var kept []*element
		for _, parameter := range list.children {
			if parameter.value("Source") == "user" {
				kept = append(kept, parameter)
			}
		}
		list.children = kept
	}
	answer.body = tree.encode()
	return nil
}
