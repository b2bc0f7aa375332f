package main

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/policy"
)

var templates = flag.String("templates", "", "folder to write the CloudFormation templates to, for the rules in policy")

// templated are the stacks that the rules of policy judge.
var templated = map[string]struct {
	stack string
	given map[string]string
}{
	"prod": {"prod", set(
		"alarmEmail=ops@example.com", "enablePgvector=true", "migrateCommand=bun run migrate",
		"ingress=loadBalancer", "domainName=app.example.com", "hostedZoneId=Z0123456789ABC",
	)},
	"budget": {"budget", nil},
	"asleep": {"prod", set(
		"minCount=1", "maxCount=3", "sleepDatabase=true", "sleepSchedule=cron(0 20 ? * * *)",
		"wakeSchedule=cron(0 7 ? * * *)",
	)},
	"valkey": {"prod", set(
		"cacheEngine=valkey", "redisNodes=2", "dbReadReplica=true", "multiAz=true", "enableExec=false",
		"ingress=tunnel", "tunnelToken="+mocks.TunnelToken,
	)},
}

func TestTemplates_HoldEveryResource(t *testing.T) {
	untranslated := maps.Clone(policy.Untranslated)
	for name, one := range templated {
		given := with(one.given)
		var resources []policy.Resource
		left := 0
		for _, r := range up(t, one.stack, given).All() {
			if !r.Request.GetCustom() {
				continue
			}
			if _, there := policy.Untranslated[r.Type]; there {
				left++
				delete(untranslated, r.Type)
			}
			inputs := map[string]any{}
			for key := range r.Inputs {
				inputs[string(key)] = r.Value(string(key)).Mappable()
			}
			resources = append(resources, policy.Resource{Type: r.Type, Name: r.Name, Inputs: inputs})
		}
		template, err := policy.Write(resources)
		require.NoError(t, err)
		assert.Len(t, template.Resources, len(resources)-left, name)
		if *templates == "" {
			continue
		}
		text, err := json.MarshalIndent(template, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(*templates, name+".json"), text, 0o644))
	}
	assert.Empty(t, untranslated, "types that the program has no more")
}
