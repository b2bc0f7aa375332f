package main

import (
	"testing"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

// registryStacks are configurations that together have every resource type. The rules in policy/ check their templates.
var registryStacks = map[string]struct {
	stack string
	given map[string]string
}{
	"prod": {"prod", set(
		"alarmEmail=ops@example.com", "enablePgvector=true", "migrateCommand=bun run migrate", "monthlyBudget=100",
		"ingress=loadBalancer", "domainName=app.example.com", "hostedZoneId=Z0123456789ABC",
	)},
	"budget": {"budget", nil},
	"asleep": {"prod", set(
		"minCount=1", "maxCount=3", "sleepDatabase=true", "sleepAt=20:00",
		"wakeAt=07:00",
	)},
	"valkey": {"prod", set(
		"cacheEngine=valkey", "redisNodes=2", "dbReadReplica=true", "multiAz=true", "enableExec=false",
		"ingress=tunnel", "tunnelToken="+fixtures.TunnelToken,
		`taskPolicyArns=["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]`,
	)},
}

// runRegistryStacks returns the recordings of registryStacks.
func runRegistryStacks(t *testing.T) map[string]*mocks.Recording {
	t.Helper()
	recordings := map[string]*mocks.Recording{}
	for name, row := range registryStacks {
		recordings[name] = up(t, row.stack, with(row.given))
	}
	return recordings
}

// TestTemplates_HoldEveryResource writes the templates, too, with -templates.
func TestTemplates_HoldEveryResource(t *testing.T) {
	for name, recording := range runRegistryStacks(t) {
		recording.WriteTemplate(t, name)
	}
}
