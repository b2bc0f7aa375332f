package shim

import (
	"slices"
	"strings"
)

// postgresReleases are the minor versions of PostgreSQL that RDS offers, by the release in which they came out, oldest
// first. It only matters that there are newer ones than those in currentMinor.
var postgresReleases = [][]string{
	{"13.21", "14.18", "15.13", "16.9", "17.5"},
	{"13.22", "14.19", "15.14", "16.10", "17.6"},
	{"13.23", "14.20", "15.15", "16.11", "17.7", "18.1"},
	{"14.21", "15.16", "16.12", "17.8", "18.2"},
}

// currentMinor is the minor version that RDS uses for a major version. AWS changes it every few months.
var currentMinor = map[string]string{
	"13": "13.22", "14": "14.19", "15": "15.14", "16": "16.10", "17": "17.6", "18": "18.1",
}

// retiredVersions run, but can no longer be created.
var retiredVersions = []string{
	"16.4", "16.5", "16.6", "16.7", "16.8",
	"17.1", "17.2", "17.3", "17.4",
}

func major(version string) string {
	before, _, _ := strings.Cut(version, ".")
	return before
}

// upgradeTargets returns the versions that an instance can be upgraded to: those of the same or a later release, of the
// same or a later major version.
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

// describeEngineVersions answers DescribeDBEngineVersions, which moto lacks, for PostgreSQL. The template gets the
// upgrade targets by version.
func describeEngineVersions(c *call) (*reply, error) {
	for _, unsupported := range []string{"DBParameterGroupFamily", "Filters.Filter.1.Name", "Marker"} {
		if c.form.Has(unsupported) {
			return nil, badRequest("InvalidParameterValue", "%s has no %s in the local AWS", c.name(), unsupported)
		}
	}
	if c.form.Get("IncludeAll") != "true" || c.form.Get("DefaultOnly") == "true" {
		return nil, badRequest("InvalidParameterValue", "%s needs IncludeAll alone in the local AWS", c.name())
	}
	versions := map[string][]string{}
	for _, version := range slices.Concat(retiredVersions, slices.Concat(postgresReleases...)) {
		asked := c.form.text("EngineVersion", version)
		if c.form.text("Engine", "postgres") == "postgres" && (asked == version || asked == major(version)) {
			versions[version] = upgradeTargets(version)
		}
	}
	return c.queryReply("DBEngineVersions", versions)
}
