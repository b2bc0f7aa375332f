package database

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const (
	instanceLookup = "aws:rds/getInstance:getInstance"
	versionLookup  = "aws:rds/getEngineVersion:getEngineVersion"
)

// runs is an AWS with a database of that version and what it can be upgraded to.
func runs(version string, targets ...string) *mocks.AWS {
	return &mocks.AWS{
		Databases: map[string]string{"threa-staging": version, "threa": "15.1"},
		Upgrades:  map[string][]string{version: targets},
	}
}

func wanting(version string) *Args {
	return arguments(func(a *Args) { a.EngineVersion = version })
}

func TestAnUpgradeGoesToAVersionThatRDSTakes(t *testing.T) {
	for name, one := range map[string]struct {
		running string
		targets []string
		wanted  string
		want    string
	}{
		"the newest minor version":            {"17.13", []string{"18.7", "18.9", "18.8"}, "18", "18.9"},
		"by its number, not by its letters":   {"17.9", []string{"18.9", "18.10", "18.4"}, "18", "18.10"},
		"of the version that is wanted":       {"16.10", []string{"17.6", "17.7", "18.1"}, "17", "17.7"},
		"over several major versions at once": {"15.14", []string{"16.10", "17.6", "18.1"}, "18", "18.1"},
		"not of one that begins with it":      {"15.14", []string{"17.6", "170.1"}, "17", "17.6"},
		"from a version in extended support":  {"15.18-rds.20270501", []string{"16.14", "16.14-rds.20270501"}, "16", "16.14-rds.20270501"},
	} {
		stack, _ := mustBuild(t, wanting(one.wanted), runs(one.running, one.targets...))
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, one.want, instance.Text("engineVersion"), name)
		assert.NotContains(t, instance.Request.GetIgnoreChanges(), "engineVersion", name)
		assert.Equal(t, "threa-staging-postgres"+one.wanted, instance.Text("parameterGroupName"), name)
	}
}

func TestAMinorVersionIsNeverWorthADeployment(t *testing.T) {
	for _, running := range []string{"17.6", "17.13"} {
		stack, _ := mustBuild(t, arguments(nil), runs(running, "18.1"))
		instance := stack.Only(t, instanceToken)
		assert.Contains(t, instance.Request.GetIgnoreChanges(), "engineVersion", "the state has the one that it was upgraded to, or the major one")
		assert.Subset(t, instance.Request.GetIgnoreChanges(), pinned)
		assert.Empty(t, stack.Calls(versionLookup), "nothing is to be upgraded")
	}
}

func TestANewDatabaseHasTheMinorVersionThatRDSThinksBest(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil), &mocks.AWS{Databases: map[string]string{"threa": "16.10"}})
	instance := stack.Only(t, instanceToken)
	assert.Equal(t, "17", instance.Text("engineVersion"))
	assert.NotContains(t, instance.Request.GetIgnoreChanges(), "engineVersion")
	assert.Empty(t, stack.Calls(instanceLookup))
	assert.Empty(t, stack.Calls(versionLookup))
}

func TestAnOlderMajorVersionThanTheRunningOneIsRefused(t *testing.T) {
	recording, _, err := try(t, arguments(nil), runs("18.1"))
	require.ErrorContains(t, err, "threa:dbEngineVersion is 17, but the database runs PostgreSQL 18.1")
	require.ErrorContains(t, err, "pulumi config set dbEngineVersion 18")
	assert.Empty(t, recording.All(), "nothing may be registered")
}

func TestAnUpgradeThatNeedsAStepBetweenIsRefusedWithThatStep(t *testing.T) {
	for _, one := range []struct {
		targets []string
		want    string
	}{
		{[]string{"17.6", "16.10", "17.7", "16.9"}, "RDS does not upgrade that to 18 at once. It can go to 16, 17.\n    pulumi config set dbEngineVersion 17"},
		{[]string{"19.1"}, "It can go to 19.\n    pulumi config set dbEngineVersion 19"},
		{[]string{"17.6", "19.1"}, "It can go to 17, 19.\n    pulumi config set dbEngineVersion 17"},
		{nil, "RDS does not upgrade that to 18 at once, nor to any other major version.\n    pulumi config set dbEngineVersion 15"},
	} {
		recording, _, err := try(t, wanting("18"), runs("15.14", one.targets...))
		require.ErrorContains(t, err, "threa:dbEngineVersion is 18, but the database runs PostgreSQL 15.14")
		require.ErrorContains(t, err, one.want)
		assert.Empty(t, recording.All(), "nothing may be registered")
	}
}

func TestALookupOfTheVersionThatAWSRefusesSaysSo(t *testing.T) {
	for lookup, want := range map[string]string{
		"aws:rds/getInstances:getInstances": "find out whether the database exists",
		instanceLookup:                      "find out what the database runs",
		versionLookup:                       "find out what PostgreSQL 17.6 can be upgraded to",
	} {
		aws := runs("17.6", "18.1")
		aws.Refused = []string{lookup}
		_, _, err := try(t, wanting("18"), aws)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "AccessDenied: "+lookup)
	}
}
