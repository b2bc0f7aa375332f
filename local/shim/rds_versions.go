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

// engineVersion is a version of PostgreSQL in the answer to DescribeDBEngineVersions.
type engineVersion struct{ Version, Status string }

// Major returns the major version.
func (v engineVersion) Major() string { return major(v.Version) }

// Current reports whether RDS uses the version for its major version.
func (v engineVersion) Current() bool { return currentMinor[v.Major()] == v.Version }

// Targets returns the versions that the version can be upgraded to.
func (v engineVersion) Targets() []engineVersion {
	var targets []engineVersion
	for _, target := range upgradeTargets(v.Version) {
		targets = append(targets, engineVersion{Version: target})
	}
	return targets
}

// describeEngineVersions answers DescribeDBEngineVersions, which moto lacks, for PostgreSQL.
func describeEngineVersions(c *call) (*reply, error) {
	p := c.form
	for _, unsupported := range []string{"DBParameterGroupFamily", "Filters.Filter.1.Name", "Marker"} {
		if p.Has(unsupported) {
			return nil, badRequest("InvalidParameterValue", "%s has no %s in the local AWS", c.name(), unsupported)
		}
	}
	var versions []engineVersion
	if p.flag("IncludeAll", false) {
		for _, version := range retiredVersions {
			versions = append(versions, engineVersion{version, "deprecated"})
		}
	}
	for _, version := range slices.Concat(postgresReleases...) {
		versions = append(versions, engineVersion{version, "available"})
	}
	return c.queryReply("DBEngineVersions", slices.DeleteFunc(versions, func(v engineVersion) bool {
		asked := p.text("EngineVersion", v.Version)
		return p.text("Engine", "postgres") != "postgres" || asked != v.Version && asked != v.Major() ||
			p.flag("DefaultOnly", false) && !v.Current()
	}))
}
