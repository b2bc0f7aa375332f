package shim

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// instanceAnswer is moto's answer for an instance. All have the same resource id.
func instanceAnswer(action, identifier, version string) string {
	return "<" + action + "Response><" + action + "Result><DBInstance><DBInstanceIdentifier>" + identifier +
		"</DBInstanceIdentifier><EngineVersion>" + version + "</EngineVersion><DbiResourceId>db-SAME</DbiResourceId>" +
		"</DBInstance></" + action + "Result></" + action + "Response>"
}

func rdsShim(t *testing.T) (*client, *fakeMoto) {
	answers := map[string]string{"DescribeDBParameters": `<R><Parameters>
<Parameter><ParameterName>kept</ParameterName><Source>user</Source></Parameter>
<Parameter><ParameterName>reset</ParameterName><Source>engine-default</Source></Parameter></Parameters></R>`,
		"ModifyDBParameterGroup": "<ModifyDBParameterGroupResponse/>",
		"DeleteDBSubnetGroup":    "<DeleteDBSubnetGroupResponse/>",
		"DeleteDBParameterGroup": "<DeleteDBParameterGroupResponse/>",
	}
	for _, action := range []string{"CreateDBInstance", "ModifyDBInstance", "DescribeDBInstances", "DeleteDBInstance"} {
		answers[action] = instanceAnswer(action, "threa", "16.10")
	}
	return newShim(t, answers)
}

func createInstance(c *client, args ...string) answer {
	c.t.Helper()
	return c.query("rds", "CreateDBInstance",
		append([]string{"DBInstanceIdentifier", "threa", "Engine", "postgres", "EngineVersion", "16"}, args...)...)
}

func TestInstances_HaveTheirOwnResourceID(t *testing.T) {
	c, m := rdsShim(t)
	first := single(t, createInstance(c), "DBInstance").value("DbiResourceId")
	assert.Regexp(t, `^db-[A-Z2-7]{26}$`, first)

	c.query("rds", "DescribeDBInstances", "Filters.Filter.1.Name", "dbi-resource-id", "Filters.Filter.1.Values.Value.1",
		first)
	asked := m.form(t, "DescribeDBInstances")
	assert.Equal(t, "threa", asked.Get("DBInstanceIdentifier"))
	assert.False(t, asked.Has("Filters.Filter.1.Name"))

	deleted := c.query("rds", "DeleteDBInstance", "DBInstanceIdentifier", "threa", "SkipFinalSnapshot", "true")
	assert.Equal(t, first, single(t, deleted, "DBInstance").value("DbiResourceId"))
	assert.NotEqual(t, first, single(t, createInstance(c), "DBInstance").value("DbiResourceId"),
		"a new instance is another one")
}

func TestInstances_KeepDroppedSettings(t *testing.T) {
	c, _ := rdsShim(t)
	createInstance(c, "EnablePerformanceInsights", "true", "MonitoringInterval", "60",
		"EngineLifecycleSupport", "open-source-rds-extended-support-disabled")
	got := single(t, c.query("rds", "DescribeDBInstances"), "DBInstance")
	for name, want := range map[string]string{
		"PerformanceInsightsEnabled": "true", "PerformanceInsightsRetentionPeriod": "7", "MonitoringInterval": "60",
		"EngineLifecycleSupport": "open-source-rds-extended-support-disabled", "CACertificateIdentifier": "rds-ca-rsa2048-g1",
	} {
		assert.Equal(t, want, got.value(name), name)
	}
	c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "EnablePerformanceInsights", "false")
	got = single(t, c.query("rds", "DescribeDBInstances"), "DBInstance")
	assert.Equal(t, "false", got.value("PerformanceInsightsEnabled"))
	assert.Empty(t, got.value("PerformanceInsightsRetentionPeriod"))
	assert.Equal(t, "60", got.value("MonitoringInterval"), "what a change does not name stays")
}

func TestCredentials_FollowThePasswords(t *testing.T) {
	c, m := rdsShim(t)
	passwords := func() map[string]string {
		t.Helper()
		passwords := map[string]string{}
		for _, database := range decoded[Credentials](t, c.local("GET", "credentials")).Databases {
			passwords[database.Identifier] = database.Password
		}
		return passwords
	}
	createInstance(c, "MasterUserPassword", "first-one")
	c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "MasterUserPassword", "second&one=%")
	c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "AllocatedStorage", "30")
	m.answers["CreateDBInstanceReadReplica"] = instanceAnswer("CreateDBInstanceReadReplica", "copy", "16.10")
	c.query("rds", "CreateDBInstanceReadReplica", "DBInstanceIdentifier", "copy", "SourceDBInstanceIdentifier", "threa")
	assert.Equal(t, map[string]string{"threa": "second&one=%", "copy": "second&one=%"}, passwords())

	delete(m.answers, "ModifyDBInstance")
	c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "MasterUserPassword", "refused")
	c.query("rds", "DeleteDBInstance", "DBInstanceIdentifier", "copy", "SkipFinalSnapshot", "true")
	assert.Equal(t, map[string]string{"threa": "second&one=%"}, passwords())
}

func TestCreateDBInstance_ChoosesTheVersion(t *testing.T) {
	c, m := rdsShim(t)
	createInstance(c, "EngineVersion", "16.4").refused(t, http.StatusBadRequest, "Cannot find version 16.4 for postgres")
	createInstance(c)
	assert.Equal(t, currentMinor["16"], m.form(t, "CreateDBInstance").Get("EngineVersion"))
}

// targets returns the versions that a version can be upgraded to.
func targets(t *testing.T, c *client, version string) []string {
	t.Helper()
	described := single(t, c.query("rds", "DescribeDBEngineVersions", "Engine", "postgres", "EngineVersion", version,
		"IncludeAll", "true"), "DBEngineVersion")
	assert.Equal(t, version, described.value("EngineVersion"))
	var versions []string
	for _, target := range described.elements("UpgradeTarget") {
		versions = append(versions, target.value("EngineVersion"))
		assert.Equal(t, strconv.FormatBool(major(target.value("EngineVersion")) != major(version)),
			target.value("IsMajorVersionUpgrade"))
	}
	return versions
}

func TestModifyDBInstance_ChecksUpgrades(t *testing.T) {
	c, m := rdsShim(t)
	upgrade := func(running, to string) answer {
		t.Helper()
		m.answers["DescribeDBInstances"] = instanceAnswer("DescribeDBInstances", "threa", running)
		c.query("rds", "DescribeDBInstances")
		return c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "EngineVersion", to,
			"AllowMajorVersionUpgrade", "true")
	}
	assert.Equal(t, []string{"18.1", "17.8", "18.2"}, targets(t, c, "17.7"))
	assert.Equal(t, []string{"18.2"}, targets(t, c, "17.8"))
	assert.Contains(t, targets(t, c, "16.4"), "17.5", "what can no longer be created can still be upgraded")

	for _, refused := range [][]string{{"17.8", "18"}, {"17.8", "18.1"}, {"18.2", "17"}, {"17.8", "17.7"},
		{"17.8", "19"}} {
		upgrade(refused[0], refused[1]).refused(t, http.StatusBadRequest, "postgres "+refused[0])
	}
	for _, taken := range [][]string{{"17.8", "18.2", "18.2"}, {"17.7", "18", "18.1"}, {"16.10", "16.12", "16.12"},
		{"17.8", "17", "17.8"}} {
		got := upgrade(taken[0], taken[1])
		assert.Equal(t, http.StatusOK, got.status, got.body)
		assert.Equal(t, taken[2], m.form(t, "ModifyDBInstance").Get("EngineVersion"))
	}
}

func TestDescribeDBEngineVersions(t *testing.T) {
	c, _ := rdsShim(t)
	for version, want := range map[string]string{
		"18": "18.1 available 18.2 available", "16.4": "16.4 deprecated", "18.9": "",
	} {
		described := c.query("rds", "DescribeDBEngineVersions", "IncludeAll", "true", "EngineVersion", version)
		var versions []string
		for _, described := range every(t, described, "DBEngineVersion") {
			versions = append(versions, described.value("EngineVersion"), described.value("Status"))
		}
		assert.Equal(t, want, strings.Join(versions, " "))
	}
	for _, args := range [][]string{
		{}, {"IncludeAll", "true", "DefaultOnly", "true"}, {"IncludeAll", "true", "Filters.Filter.1.Name", "engine-mode"},
	} {
		c.query("rds", "DescribeDBEngineVersions", args...).refused(t, http.StatusBadRequest, "in the local AWS")
	}
}

func TestRDS_RefusesToDeleteGroupsInUse(t *testing.T) {
	c, m := rdsShim(t)
	for parameter, call := range map[string]string{
		"DBSubnetGroupName": "DeleteDBSubnetGroup", "DBParameterGroupName": "DeleteDBParameterGroup",
	} {
		m.answers["DescribeDBInstances"] = "<R><DBInstance><" + parameter + ">used</" + parameter + "></DBInstance></R>"
		c.query("rds", call, parameter, "Used").refused(t, http.StatusBadRequest, "is still used")
		assert.Empty(t, m.got(call))
		assert.Equal(t, http.StatusOK, c.query("rds", call, parameter, "other").status)
	}
}

func TestParameters_AreTheUsersUntilReset(t *testing.T) {
	c, m := rdsShim(t)
	args := []string{"DBParameterGroupName", "g", "Parameters.Parameter.1.ParameterName", "shared_preload_libraries",
		"Parameters.Parameter.1.ApplyMethod", "pending-reboot"}
	for action, source := range map[string]string{
		"ModifyDBParameterGroup": "user", "ResetDBParameterGroup": "engine-default",
	} {
		assert.Equal(t, "<"+action+"Response/>", c.query("rds", action, args...).body)
		assert.Equal(t, source, m.form(t, "ModifyDBParameterGroup").Get("Parameters.Parameter.1.Source"))
	}
	shown := single(t, c.query("rds", "DescribeDBParameters", "Source", "user"), "Parameter")
	assert.Equal(t, "kept", shown.value("ParameterName"))
}

func TestSubnetGroups_AreCreatedOnceAndModified(t *testing.T) {
	c, m := newShim(t, map[string]string{
		"DescribeDBSubnetGroups": "<R><DBSubnetGroup><DBSubnetGroupDescription>old</DBSubnetGroupDescription>" +
			"<DBSubnetGroupArn>arn:x</DBSubnetGroupArn></DBSubnetGroup></R>",
		"ListTagsForResource": "<R><TagList><Tag><Key>Project</Key><Value>threa</Value></Tag></TagList></R>",
		"CreateDBSubnetGroup": "<CreateDBSubnetGroupResponse/>",
	})
	group := []string{"DBSubnetGroupName", "threa", "SubnetIds.SubnetIdentifier.1", "subnet-1"}
	c.query("rds", "CreateDBSubnetGroup", group...).refused(t, http.StatusBadRequest, "DBSubnetGroupAlreadyExists")
	assert.Empty(t, m.got("CreateDBSubnetGroup"))

	assert.Equal(t, "<ModifyDBSubnetGroupResponse/>", c.query("rds", "ModifyDBSubnetGroup", group...).body)
	for name, want := range map[string]string{
		"DBSubnetGroupDescription": "old", "SubnetIds.SubnetIdentifier.1": "subnet-1", "Tags.Tag.1.Key": "Project",
		"Tags.Tag.1.Value": "threa",
	} {
		assert.Equal(t, want, m.form(t, "CreateDBSubnetGroup").Get(name), name)
	}
	delete(m.answers, "DescribeDBSubnetGroups")
	c.query("rds", "ModifyDBSubnetGroup", group...).refused(t, http.StatusNotFound, "DBSubnetGroupNotFoundFault")
	assert.Equal(t, http.StatusOK, c.query("rds", "CreateDBSubnetGroup", group...).status)
}
