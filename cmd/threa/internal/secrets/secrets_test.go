package secrets

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/cmd/threa/internal/pulumicli"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// configured returns a pulumi command that prints a configuration of keys and values.
func configured(keysAndValues ...string) pulumicli.Command {
	entries := []string{
		`"threa:appName": {"value": "threa"}`, `"threa:environment": {"value": ""}`, `"threa:ingress": {"value": "direct"}`,
		`"threa:requiredVariables": {"value": "[\"WORKOS_API_KEY\",\"WORKOS_CLIENT_ID\"]"}`,
	}
	for i := 0; i < len(keysAndValues); i += 2 {
		entry := fmt.Sprintf(`"threa:%s": {"value": %q, "secret": true}`, keysAndValues[i], keysAndValues[i+1])
		entries = append(entries, entry)
	}
	return func(_ context.Context, _ []byte, args ...string) ([]byte, error) {
		if args[0] == "stack" {
			return []byte("prod\n"), nil
		}
		return []byte("{" + strings.Join(entries, ",") + "}"), nil
	}
}

func list(t *testing.T, c *ecstest.AWS, tasksStarted time.Time, keysAndValues ...string) []string {
	t.Helper()
	settings, err := Load(t.Context(), configured(keysAndValues...))
	require.NoError(t, err)
	secrets, err := settings.List(t.Context(), ssm.NewFromConfig(c.Config()), tasksStarted)
	require.NoError(t, err)
	var lines []string
	for _, s := range secrets {
		lines = append(lines, fmt.Sprintf("%s: %s, %s", s.Name, s.Status, s.Source))
	}
	return lines
}

func TestSettings_ListConfigurationValues(t *testing.T) {
	c := ecstest.Play(t, "running")
	assert.Equal(t, []string{
		"WORKOS_API_KEY: missing, ", "WORKOS_CLIENT_ID: missing, ", "dbPassword: missing, config",
	}, list(t, c, time.Time{}), "nothing is set")
	assert.Equal(t, []string{
		"OPENAI_API_KEY: set, config", "TAVILY_API_KEY: a placeholder, config",
		"WORKOS_API_KEY: a placeholder, config",
		"dbPassword: set, config", "tunnelToken: missing, config",
	}, list(t, c, time.Time{},
		"appSecretValues", `{"WORKOS_API_KEY":"your-api-key-here","TAVILY_API_KEY":"changeme","OPENAI_API_KEY":"sk-123"}`,
		"appEnvironment", `{"WORKOS_CLIENT_ID":"client_01"}`, "dbPassword", "a-real-one", "ingress", "tunnel"))
	assert.Empty(t, c.Requests("GetParameters"))
}

func TestSettings_ListOwnParameters(t *testing.T) {
	c := ecstest.Play(t, "running")
	c.Answers["GetParameters"] = func(in ecstest.Object) (any, error) {
		names := in["Names"].([]any)
		if len(names) > 10 || in["WithDecryption"] != true {
			return nil, &ecstest.Error{Code: "ValidationException", Message: "too many"}
		}
		parameters, missing := []ecstest.Object{}, []string{}
		for _, name := range names {
			value, changed := "a-value", start
			switch name := name.(string); {
			case strings.HasSuffix(name, "missing"):
				missing = append(missing, name)
				continue
			case strings.HasSuffix(name, "late"):
				changed = start.Add(2 * time.Hour)
			case strings.HasSuffix(name, "todo"):
				value = "TODO"
			}
			parameters = append(parameters, ecstest.Object{"Name": name, "Value": value, "LastModifiedDate": changed.Unix()})
		}
		return ecstest.Object{"Parameters": parameters, "InvalidParameters": missing}, nil
	}
	own := `{"A":"missing","B":"late","C":"/threa/todo","D":"same","E":"same"`
	for i := range 9 {
		own += fmt.Sprintf(`,"F%d":"more-%d"`, i, i)
	}
	lines := list(t, c, start.Add(time.Hour), "appSecrets", own+"}")
	for _, want := range []string{
		"A: missing, SSM /threa/missing", "B: changed since the tasks started, SSM /threa/late",
		"C: a placeholder, SSM /threa/todo", "D: set, SSM /threa/same", "F8: set, SSM /threa/more-8",
	} {
		assert.Contains(t, lines, want)
	}
	assert.Len(t, c.Requests("GetParameters"), 2)

	c.Refuse("GetParameters", "AccessDeniedException", "not authorized to perform: ssm:GetParameters")
	assert.Contains(t, list(t, c, time.Time{}, "appSecrets", `{"A":"a"}`),
		"A: not readable with these credentials, SSM /threa/a")
}

func TestSettings_KeepNoValue(t *testing.T) {
	const value = "the-very-secret-value"
	command := configured("appSecretValues", `{"WORKOS_API_KEY":"`+value+`"}`, "dbPassword", value)
	settings, err := Load(t.Context(), command)
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprintf("%+v %#v", settings, settings), value)

	_, err = Load(t.Context(), configured("appSecretValues", value))
	require.ErrorContains(t, err, "appSecretValues has the wrong type")
	assert.NotContains(t, err.Error(), value)
}

func TestSettings_Location(t *testing.T) {
	settings, err := Load(t.Context(), configured("appSecrets", `{"WORKOS_API_KEY":"workos-api-key"}`,
		"appEnvironment", `{"PLAIN":"x"}`, "environment", "staging"))
	require.NoError(t, err)
	parameter, _, err := settings.Location("WORKOS_API_KEY")
	require.NoError(t, err)
	assert.Equal(t, "/threa-staging/workos-api-key", parameter)
	for name, want := range map[string]string{
		"dbPassword": "dbPassword", "tunnelToken": "tunnelToken", "OTHER": "appSecretValues.OTHER",
	} {
		parameter, path, err := settings.Location(name)
		require.NoError(t, err)
		assert.Empty(t, parameter)
		assert.Equal(t, want, path)
	}
	for name, want := range map[string]string{
		"PLAIN":        "pulumi config rm --path appEnvironment.PLAIN",
		"DATABASE_URL": "the program sets DATABASE_URL itself",
		"no-name":      "is not the name of an environment variable",
	} {
		_, _, err = settings.Location(name)
		require.ErrorContains(t, err, want)
	}
}

func TestPutParameter(t *testing.T) {
	c := ecstest.Play(t, "running")
	client := ssm.NewFromConfig(c.Config())
	c.Answer("PutParameter", ecstest.Object{"Version": 2})
	require.NoError(t, PutParameter(t.Context(), client, "/threa/workos-api-key", "the-value"))
	assert.Equal(t, []ecstest.Object{
		{"Name": "/threa/workos-api-key", "Value": "the-value", "Type": "SecureString", "Overwrite": true},
	}, c.Requests("PutParameter"))

	c.Refuse("PutParameter", "HierarchyTypeMismatchException", "Parameter Store cannot change a parameter type.")
	err := PutParameter(t.Context(), client, "/threa/workos-api-key", "the-value")
	require.ErrorContains(t, err, "aws ssm delete-parameter --name /threa/workos-api-key")
	assert.NotContains(t, err.Error(), "the-value")
}

func TestStatusOf(t *testing.T) {
	for _, text := range []string{
		"changeme", "CHANGE_ME", "your-api-key-here", "<token>", "TODO", "xxx", "…", "placeholder", "replace-me-please",
		"example",
	} {
		assert.Equal(t, Placeholder, statusOf(text), text)
	}
	for _, text := range []string{"sk_test_51H", "wk_live_xxxx1", "p", "test-1234567890", "exampleorg-key"} {
		assert.Equal(t, Set, statusOf(text), text)
	}
	assert.Equal(t, Missing, statusOf("  "))
}
