package shim

import "slices"

const rdsNamespace = "http://rds.amazonaws.com/doc/2014-10-31/"

// postgresReleases are the rounds in which every major version of PostgreSQL
// gets a minor one, oldest first: what RDS offers. Only that there are newer
// ones than those in currentMinor matters here.
var postgresReleases = [][]string{
	{"13.21", "14.18", "15.13", "16.9", "17.5"},
	{"13.22", "14.19", "15.14", "16.10", "17.6"},
	{"13.23", "14.20", "15.15", "16.11", "17.7", "18.1"},
	{"14.21", "15.16", "16.12", "17.8", "18.2"},
}

// currentMinor is the minor version that a major version stands for. Which one
// it is changes every few months on AWS; only that there is one matters here.
var currentMinor = map[string]string{
	"13": "13.22", "14": "14.19", "15": "15.14", "16": "16.10", "17": "17.6", "18": "18.1",
}

// retiredVersions can no longer be created.
var retiredVersions = []string{
	"16.4", "16.5", "16.6", "16.7", "16.8",
	"17.1", "17.2", "17.3", "17.4",
}

// upgradeTargets are the versions that an instance can be upgraded to: those
// that came out together with the one it runs, or later. Nothing leads back to a
// lower major version.
func upgradeTargets(from string) []string {
	var targets []string
	reached := slices.Contains(retiredVersions, from)
	for _, release := range postgresReleases {
		reached = reached || slices.Contains(release, from)
		for _, version := range release {
			// All major versions have two digits.
			if reached && version != from && major(version) >= major(from) {
				targets = append(targets, version)
			}
		}
	}
	return targets
}

type upgradeTarget struct {
	Engine, EngineVersion, Description string
	AutoUpgrade, IsMajorVersionUpgrade bool
}

type engineVersion struct {
	Engine, EngineVersion, DBParameterGroupFamily, Status string

	ValidUpgradeTarget []upgradeTarget `xml:"ValidUpgradeTarget>UpgradeTarget"`
}

type engineVersionsResult struct {
	DBEngineVersions []engineVersion `xml:"DBEngineVersions>DBEngineVersion"`
}

// describeEngineVersions knows PostgreSQL alone. moto has no such call.
func describeEngineVersions(c *call) (*reply, error) {
	p := params(c.form)
	for _, unknown := range []string{"DBParameterGroupFamily", "Filters.Filter.1.Name", "Marker"} {
		if p.has(unknown) {
			return nil, badRequest("InvalidParameterValue", "%s does not know %s on the local AWS", c.name(), unknown)
		}
	}
	statuses := map[string]string{}
	if p.flag("IncludeAll", false) {
		for _, version := range retiredVersions {
			statuses[version] = "deprecated"
		}
	}
	all := slices.Concat(retiredVersions, slices.Concat(postgresReleases...))
	for _, version := range slices.Concat(postgresReleases...) {
		statuses[version] = "available"
	}
	var result engineVersionsResult
	for _, version := range all {
		wanted := p.text("EngineVersion", version)
		switch {
		case p.text("Engine", "postgres") != "postgres", statuses[version] == "", wanted != version && wanted != major(version):
		case p.flag("DefaultOnly", false) && currentMinor[major(version)] != version:
		default:
			result.DBEngineVersions = append(result.DBEngineVersions, describeVersion(version, statuses[version]))
		}
	}
	return queryReply(rdsNamespace, c.action, result)
}

func describeVersion(version, status string) engineVersion {
	described := engineVersion{
		Engine: "postgres", EngineVersion: version, DBParameterGroupFamily: "postgres" + major(version), Status: status,
	}
	for _, target := range upgradeTargets(version) {
		described.ValidUpgradeTarget = append(described.ValidUpgradeTarget, upgradeTarget{
			Engine: "postgres", EngineVersion: target, Description: "PostgreSQL " + target,
			AutoUpgrade:           target == currentMinor[major(version)],
			IsMajorVersionUpgrade: major(target) != major(version),
		})
	}
	return described
}
