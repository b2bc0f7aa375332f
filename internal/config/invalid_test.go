package config

import (
	"errors"
	"maps"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/resources"
	"threa-infra/internal/stackconfig"
)

// invalidCase is a wrong configuration: the keys that are set over the prod stack.
type invalidCase struct {
	Name string
	Set  map[string]string
}

var (
	digits     = regexp.MustCompile(`<(\d+) digits>`)
	manyDigits = regexp.MustCompile(`7{40,}`)
)

// invalidCases reads testdata/invalid.yaml.
func invalidCases(t testing.TB) []invalidCase {
	t.Helper()
	text, err := os.ReadFile("testdata/invalid.yaml")
	require.NoError(t, err)
	var cases []invalidCase
	require.NoError(t, resources.Decode(text, &cases))
	for _, c := range cases {
		for key, value := range c.Set {
			value = strings.ReplaceAll(value, "<tunnel token>", fixtures.TunnelToken)
			c.Set[key] = digits.ReplaceAllStringFunc(value, func(digitsOf string) string {
				length, err := strconv.Atoi(digits.FindStringSubmatch(digitsOf)[1])
				require.NoError(t, err)
				return strings.Repeat("7", length)
			})
		}
	}
	return cases
}

// namespaced returns keys with their namespaces.
func namespaced(given map[string]string) map[string]string {
	keys := map[string]string{}
	for name, value := range given {
		keys[stackconfig.FullKey("threa", name)] = value
	}
	return keys
}

// withoutRequired returns the prod stack with some keys changed and no required variables, so that an image tag alone
// is valid.
func withoutRequired(t testing.TB, given map[string]string) Values {
	keys := map[string]string{"threa:requiredVariables": "[]"}
	maps.Copy(keys, namespaced(given))
	return values(t, keys)
}

func TestParse_Invalid(t *testing.T) {
	var messages []string
	for _, c := range invalidCases(t) {
		_, err := Parse(withoutRequired(t, c.Set))
		var problems *Problems
		require.ErrorAs(t, err, &problems, c.Name)
		require.Len(t, problems.List, 1, "%s: %v", c.Name, err)
		assert.Regexp(t, "^pulumi config (set|rm) ", problems.List[0].Fix)
		message := manyDigits.ReplaceAllStringFunc(problems.List[0].String(), func(digits string) string {
			return "<" + strconv.Itoa(len(digits)) + " digits>"
		})
		messages = append(messages, c.Name, "    "+message)
	}
	fixtures.Golden(t, "problems.txt", messages)
}

func TestParse_FixesAreValid(t *testing.T) {
	for _, c := range invalidCases(t) {
		_, err := Parse(withoutRequired(t, c.Set))
		var problems *Problems
		require.ErrorAs(t, err, &problems)
		fix := problems.List[0].Fix
		key, value, ok := strings.Cut(strings.TrimPrefix(fix, "pulumi config set "), " ")
		if strings.HasPrefix(fix, "pulumi config rm ") || !ok || strings.Contains(fix, "--") || value == "<value>" {
			continue
		}
		c.Set[key] = strings.Trim(value, "'") // the shell removes quotes
		_, err = Parse(withoutRequired(t, c.Set))
		var others *Problems // of keys that must fit the new value
		if errors.As(err, &others) {
			assert.NotEqual(t, problems.List[0].Key, others.List[0].Key, "%s: %s", c.Name, fix)
		}
	}
}

func TestParse_UnknownKeys(t *testing.T) {
	for name, want := range map[string]string{
		"region": "aws:region", "domain": "domainName", "logRetention": "logRetentionDays", "port": "containerPort",
		"cpu": "containerCpu, cpuArchitecture or scaleCpuPercent", "memory": "containerMemory or scaleMemoryPercent",
		"image": "imageTag or tunnelImage", "spot": "useSpot or spotFallback", "email": "alarmEmail",
		"redis": "redisTls, redisNodes, enableRedis or redisNodeType", "usespot": "useSpot", "tasks": "",
	} {
		_, err := Parse(values(t, map[string]string{"threa:" + name: "x"}))
		if want != "" {
			want = "; did you mean " + want + "?"
		}
		assert.ErrorContains(t, err, "threa:"+name+" is set: no such key"+want+"\n    pulumi config rm "+name)
	}
	_, err := Parse(values(t, map[string]string{"threa:WORKOS_CLIENT_ID": "x"}))
	assert.ErrorContains(t, err, "threa:WORKOS_CLIENT_ID is set: no such key; variables of the app belong to "+
		"appEnvironment, secret ones to appSecretValues\n    pulumi config rm WORKOS_CLIENT_ID\n    "+
		"pulumi config set --type string --path appEnvironment.WORKOS_CLIENT_ID <value>")
}

func TestParse_AllProblemsTogether(t *testing.T) {
	_, err := Parse(values(t, map[string]string{
		"threa:containerMemory":  "100",
		"threa:dbEngineVersion":  "16.4",
		"threa:usespot":          "true",
		"threa:logRetentionDays": "10",
	}))
	var problems *Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems.List, 4)
	for _, text := range []string{
		"stack prod has 4 problems, nothing was changed",
		`threa:containerMemory is "100": must be 512, 1024 or 2048 MiB with containerCpu 256`,
		"pulumi config set containerMemory 512",
		"threa:usespot is set: no such key; did you mean useSpot?",
		"pulumi config rm usespot",
	} {
		assert.Contains(t, err.Error(), text)
	}
	_, err = Parse(values(t, map[string]string{"threa:useSpot": "yes"}))
	assert.ErrorContains(t, err, "1 problem, nothing")
}

func TestParse_UnsetPassword(t *testing.T) {
	_, err := Parse(values(t, map[string]string{"threa:dbPassword": ""}))
	require.ErrorContains(t, err, "threa:dbPassword is not set: must be set, 8 to 128 characters\n    "+
		"pulumi config set --secret dbPassword")
}

func TestParse_MustNotBeSecret(t *testing.T) {
	v := values(t, map[string]string{"threa:migrateCommand": "bun run migrate"})
	v.Secret["threa:migrateCommand"], v.Secret["threa:appSecrets"], v.Secret["threa:appEnvironment"] = true, true, true
	_, err := Parse(v)
	for _, problem := range []string{
		"threa:migrateCommand is [secret]: must not be a secret: it is readable in the task definition; it can read the " +
			"app's variables\n    pulumi config set --plaintext migrateCommand <value>",
		"threa:appEnvironment is [secret]: must not be a secret: it is readable in the task definition; use " +
			"appSecretValues for secrets\n    pulumi config set --secret --path appSecretValues.NAME",
		"threa:appSecrets is [secret]: must contain names of parameters; use appSecretValues for secret values\n" +
			"    pulumi config set --secret --path appSecretValues.NAME",
	} {
		assert.ErrorContains(t, err, problem)
	}
}

func TestParse_ZoneAsAWSPrintsIt(t *testing.T) {
	c, err := Parse(withoutRequired(t, set("ingress=loadBalancer", "domainName=app.example.com",
		"hostedZoneId=/hostedzone/Z0123456789ABC")))
	require.NoError(t, err)
	assert.Equal(t, "Z0123456789ABC", c.Ingress.HostedZoneID)
}
