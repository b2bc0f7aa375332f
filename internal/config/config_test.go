package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/mocks"
)

const root = "../.."

// values is the configuration of the prod stack with some keys changed.
func values(t testing.TB, given map[string]string) Values {
	return Values{
		Project: "threa", Stack: "prod",
		Set:    mocks.StackConfig(t, root, "prod", given),
		Secret: map[string]bool{"threa:dbPassword": true, "threa:tunnelToken": true},
	}
}

func TestTheStackFilesAreValid(t *testing.T) {
	for _, stack := range []string{"prod", "budget"} {
		v := values(t, nil)
		v.Stack, v.Set = stack, mocks.StackConfig(t, root, stack, nil)
		c, err := Parse(v)
		require.NoError(t, err)
		assert.Equal(t, stack, c.Environment)
	}
}

func TestProdStandsAloneAndOtherEnvironmentsHaveASuffix(t *testing.T) {
	for environment, want := range map[string]string{"prod": "threa", "staging": "threa-staging", "": "threa"} {
		c, err := Parse(values(t, map[string]string{"threa:environment": environment}))
		require.NoError(t, err)
		assert.Equal(t, want, c.Name)
	}
}

func TestProductionIsProtectedUnlessTheUserSaysOtherwise(t *testing.T) {
	for _, one := range []struct {
		environment, key string
		want             bool
	}{
		{"prod", "auto", true}, {"prod", "false", false}, {"staging", "auto", false}, {"staging", "true", true},
	} {
		c, err := Parse(
			values(t, map[string]string{"threa:environment": one.environment, "threa:deletionProtection": one.key}),
		)
		require.NoError(t, err)
		assert.Equal(t, one.want, c.Database.DeletionProtection, "%v", one)
	}
}

func TestEveryFargateSizeIsTaken(t *testing.T) {
	for cpu, sizes := range fargateMemory {
		for _, memory := range sizes {
			_, err := Parse(values(t, map[string]string{
				"threa:containerCpu": fmt.Sprint(cpu), "threa:containerMemory": fmt.Sprint(memory),
			}))
			assert.NoError(t, err)
		}
	}
}

func TestAnExistingParameterMayBeNamedWithOrWithoutItsPrefix(t *testing.T) {
	c, err := Parse(values(t, map[string]string{"threa:appSecrets": `{"A":"some/key","B":"/threa/other-key"}`}))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"A": "/threa/some/key", "B": "/threa/other-key"}, c.Secrets.Existing)
}

func TestTheUserMayBringAnotherCacheWhenTheProgramMakesNone(t *testing.T) {
	given := map[string]string{"threa:appSecrets": `{"REDIS_URL":"upstash-url"}`, "threa:enableRedis": "false"}
	_, err := Parse(values(t, given))
	assert.NoError(t, err)
}

func TestTheUserMayNameAnotherReplicaWhenTheProgramMakesNone(t *testing.T) {
	_, err := Parse(values(t, map[string]string{"threa:appSecrets": `{"DATABASE_REPLICA_URL":"other-replica-url"}`}))
	assert.NoError(t, err)
}

func TestEverySnapshotOfRDSCanBeNamed(t *testing.T) {
	for _, name := range []string{"", "latest", "threa-final-20260131-120000", "rds:threa-2026-01-31-03-10", "awsbackup:job-0123abcd", "Before2"} {
		c, err := Parse(values(t, map[string]string{"threa:restoreFromSnapshot": name}))
		require.NoError(t, err, name)
		assert.Equal(t, name, c.Database.RestoreFrom)
	}
}

func TestNumbersAndTruthValuesReachTheAppAsTyped(t *testing.T) {
	c, err := Parse(
		values(t, map[string]string{"threa:appEnvironment": `{"LEVEL":3,"RATE":0.50,"ON":true,"ID":12345678901234567890}`}),
	)
	require.NoError(t, err)
	assert.Equal(
		t,
		map[string]string{"LEVEL": "3", "RATE": "0.50", "ON": "true", "ID": "12345678901234567890"},
		c.Container.Environment,
	)
}

func TestEverythingWrongIsReportedAtOnce(t *testing.T) {
	_, err := Parse(values(t, map[string]string{
		"threa:containerMemory":  "100",
		"threa:dbEngineVersion":  "16.4",
		"threa:usespot":          "true",
		"threa:logRetentionDays": "10",
	}))
	var problems *Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems.List, 4)
	text := err.Error()
	assert.Contains(t, text, "stack prod has 4 problems, nothing was changed")
	assert.Contains(t, text, `threa:containerMemory is "100": must be 512, 1024 or 2048 MiB with containerCpu 256`)
	assert.Contains(t, text, "pulumi config set containerMemory 512")
	assert.Contains(t, text, "threa:usespot is set: no such key; did you mean useSpot?")
	assert.Contains(t, text, "pulumi config rm usespot")
}

func TestASecretInTheClearIsRefusedBesideEncryptedOnes(t *testing.T) {
	v := values(t, map[string]string{"threa:appSecretValues": `{"OPEN":"hunter2", "SHUT":"hunter3"}`})
	t.Chdir(t.TempDir())
	for file, text := range map[string]string{
		"Pulumi.yaml":      "name: threa\nruntime: go\n",
		"Pulumi.prod.yaml": "config:\n  threa:appSecretValues:\n    OPEN: hunter2\n    SHUT:\n      secure: v1:abc\n",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	v.Secret["threa:appSecretValues"], v.Unencrypted = true, unencrypted("prod")
	_, err := Parse(v)
	require.ErrorContains(t, err, "pulumi config set --secret --path appSecretValues.OPEN")
	assert.NotContains(t, err.Error(), "SHUT")
	assert.NotContains(t, err.Error(), "hunter2")

	assert.Empty(t, unencrypted("elsewhere"), "of a stack whose file is not here Pulumi's answer is all there is")
}

func TestNoMessageShowsASecret(t *testing.T) {
	v := values(t, map[string]string{
		"threa:dbPassword":      "hunter2/hunter2",
		"threa:appSecretValues": `{"A":"", "B":"s3cr3t-value", "9":"s3cr3t-value", "D":"{{s3cr3t-value}}"}`,
		"threa:appSecrets":      `{"C":"s3cr3t-value","nested":["s3cr3t-value"]}`,
		"threa:appEnvironment":  `"s3cr3t-value"`,
		"threa:dbUsername":      "s3cr3t-value",
	})
	for _, key := range []string{"appSecretValues", "appSecrets", "appEnvironment", "dbUsername"} {
		v.Secret["threa:"+key] = true
	}
	_, err := Parse(v)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
	assert.NotContains(t, err.Error(), "s3cr3t-value")
	assert.Contains(t, err.Error(), "threa:appSecretValues.D is [secret]: must not contain {{")

	_, err = Parse(values(t, map[string]string{"threa:appSecrets": `{"KEY":"s3cr3t value typed in the wrong place"}`}))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cr3t")
	assert.Equal(t, "[secret] [secret] [secret]", fmt.Sprintf("%v %+v %#v", Secret("x"), Secret("x"), Secret("x")))
}

// Pulumi.yaml is where users look for the keys, and where the engine takes the defaults from.
func TestPulumiYAMLDeclaresEveryKeyTheProgramReads(t *testing.T) {
	var project struct {
		Config map[string]struct {
			Type, Description string
			Default, Value    any
		}
	}
	text, err := os.ReadFile(root + "/Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &project))

	declared := []string{}
	for key, entry := range project.Config {
		if strings.Contains(key, ":") {
			continue // aws:region
		}
		declared = append(declared, key)
		assert.NotEmpty(t, entry.Type, key)
		assert.NotNil(t, entry.Default, key)
		assert.NotEmpty(t, entry.Description, key)
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(rules["threa"])), declared)
}

func TestAnUnsetPasswordIsAnErrorThatNamesTheCommand(t *testing.T) {
	v := values(t, map[string]string{"threa:dbPassword": ""})
	_, err := Parse(v)
	require.ErrorContains(t, err, "threa:dbPassword is not set")
	require.ErrorContains(t, err, "pulumi config set --secret dbPassword")
}

func TestATunnelsTokenIsKeptWhileAnotherIngressIsInUse(t *testing.T) {
	for _, kind := range []string{IngressDirect, IngressTunnel} {
		c, err := Parse(values(t, map[string]string{"threa:ingress": kind, "threa:tunnelToken": mocks.TunnelToken}))
		require.NoError(t, err)
		assert.Equal(t, Secret(mocks.TunnelToken), c.Ingress.TunnelToken)
	}
}

func TestATunnelsTokenInTheClearIsRefusedWhateverTheIngress(t *testing.T) {
	for _, kind := range []string{IngressDirect, IngressTunnel} {
		v := values(t, map[string]string{"threa:ingress": kind, "threa:tunnelToken": mocks.TunnelToken})
		delete(v.Secret, "threa:tunnelToken")
		_, err := Parse(v)
		require.ErrorContains(t, err, "threa:tunnelToken is unencrypted")
		assert.NotContains(t, err.Error(), mocks.TunnelToken)
	}
}

func TestATunnelMayHaveAName(t *testing.T) {
	c, err := Parse(
		values(
			t,
			map[string]string{
				"threa:ingress":     IngressTunnel,
				"threa:tunnelToken": mocks.TunnelToken,
				"threa:domainName":  "app.example.com",
			},
		),
	)
	require.NoError(t, err)
	assert.Equal(t, "app.example.com", c.Ingress.DomainName)
}

func TestProblemsAreOneError(t *testing.T) {
	_, err := Parse(values(t, map[string]string{"threa:useSpot": "yes"}))
	var problems *Problems
	assert.True(t, errors.As(err, &problems))
	assert.Contains(t, err.Error(), "1 problem, nothing")
}

func TestTasksStandInForSpotUnlessToldOtherwiseAndNeverWithoutSpot(t *testing.T) {
	for _, c := range []struct {
		given map[string]string
		want  bool
	}{
		{nil, false},
		{map[string]string{"threa:spotFallback": "true"}, false},
		{map[string]string{"threa:useSpot": "true"}, true},
		{map[string]string{"threa:useSpot": "true", "threa:spotFallback": "false"}, false},
	} {
		cfg, err := Parse(values(t, c.given))
		require.NoError(t, err)
		assert.Equal(t, c.want, cfg.Container.SpotFallback, "%v", c.given)
	}
}
