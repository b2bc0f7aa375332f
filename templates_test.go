package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
	"threa-infra/policy"
)

var templates = flag.String("templates", "", "folder to write the CloudFormation templates to, for the rules in policy")

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
		"ingress=tunnel", "tunnelToken="+mocks.TunnelToken,
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
		var list []policy.Resource
		omitted := 0
		for _, r := range recording.All() {
			if !r.Request.GetCustom() {
				continue
			}
			if row, _ := resources.Find(r.Type); row.CloudFormation.Omitted != "" {
				omitted++
			}
			arn := ""
			if value := r.Outputs["arn"]; value.IsString() {
				arn = value.StringValue()
			}
			list = append(list, policy.Resource{Type: r.Type, Name: r.Name, Inputs: r.Plain(), ID: r.ID, ARN: arn})
		}
		template, err := policy.Write(list)
		require.NoError(t, err)
		assert.Len(t, template.Resources, len(list)-omitted, name)
		if *templates == "" {
			continue
		}
		text, err := json.MarshalIndent(template, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(*templates, name+".json"), text, 0o644))
	}
}
