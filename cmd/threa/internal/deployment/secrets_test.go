package deployment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

// configured is a pulumi command that tells a configuration: keys with values as pulumi config --json writes them.
func configured(t *testing.T, keys ...string) Pulumi {
	t.Helper()
	entries := []string{
		`"aws:region": {"value": "eu-central-1"}`, `"threa:appName": {"value": "threa"}`, `"threa:environment": {"value": ""}`,
		`"threa:requiredVariables": {"value": "[\"WORKOS_API_KEY\",\"WORKOS_CLIENT_ID\"]"}`, `"threa:ingress": {"value": "direct"}`,
	}
	for i := 0; i < len(keys); i += 2 {
		entries = append(entries, fmt.Sprintf(`"threa:%s": {"value": %q, "secret": true}`, keys[i], keys[i+1]))
	}
	return func(_ context.Context, _ []byte, args ...string) ([]byte, error) {
		require.Equal(t, []string{"config", "--json", "--show-secrets"}, args)
		return []byte("{" + strings.Join(entries, ",") + "}"), nil
	}
}

func list(t *testing.T, pulumi Pulumi, c *ecstest.Cloud, since time.Time) []string {
	t.Helper()
	settings, err := LoadSettings(t.Context(), pulumi, "prod")
	require.NoError(t, err)
	all, err := settings.Secrets(t.Context(), NewApp(&Stack{Region: settings.Region}, c.Settings()).SSM, since)
	require.NoError(t, err)
	var told []string
	for _, one := range all {
		told = append(told, fmt.Sprintf("%s: %s, %s, %t", one.Name, one.State, one.Source, one.Required))
	}
	return told
}

func TestWhatIsMissingOrAPlaceholderIsNamed(t *testing.T) {
	c := ecstest.Play(t, "running")
	assert.Equal(t, []string{
		"WORKOS_API_KEY: missing, , true", "WORKOS_CLIENT_ID: missing, , true", "dbPassword: missing, config, true",
	}, list(t, configured(t), c, time.Time{}), "nothing is set")
	assert.Empty(t, c.Asked("GetParameters"), "nothing to ask for")

	assert.Equal(t, []string{
		"OPENAI_API_KEY: set, config, false", "TAVILY_API_KEY: a placeholder, config, false", "WORKOS_API_KEY: a placeholder, config, true",
		"WORKOS_CLIENT_ID: set, appEnvironment, true", "dbPassword: set, config, true", "tunnelToken: missing, config, true",
	}, list(t, configured(t, "appSecretValues", `{"WORKOS_API_KEY":"your-api-key-here","TAVILY_API_KEY":"changeme","OPENAI_API_KEY":"sk-123"}`,
		"appEnvironment", `{"WORKOS_CLIENT_ID":"client_01"}`, "dbPassword", "a-real-one", "ingress", "tunnel"), c, time.Time{}))
}

func TestParametersOfTheUsersOwnAreLookedAtWhereTheyAre(t *testing.T) {
	c := ecstest.Play(t, "running")
	c.Answers["GetParameters"] = func(in ecstest.Object) (any, error) {
		names := in["Names"].([]any)
		if len(names) > 10 || in["WithDecryption"] != true {
			return nil, &ecstest.Refusal{Code: "ValidationException", Message: "too many"}
		}
		found, missing := []ecstest.Object{}, []string{}
		for _, name := range names {
			if strings.HasSuffix(name.(string), "gone") {
				missing = append(missing, name.(string))
				continue
			}
			value, changed := "a-value", start
			if strings.HasSuffix(name.(string), "late") {
				changed = start.Add(2 * time.Hour)
			}
			if strings.HasSuffix(name.(string), "todo") {
				value = "TODO"
			}
			found = append(found, ecstest.Object{"Name": name, "Value": value, "LastModifiedDate": changed.Unix()})
		}
		return ecstest.Object{"Parameters": found, "InvalidParameters": missing}, nil
	}
	own := `{"A":"gone","B":"late","C":"/threa/todo","D":"same","E":"same"`
	for i := range 9 {
		own += fmt.Sprintf(`,"F%d":"more-%d"`, i, i)
	}
	told := list(t, configured(t, "appSecrets", own+"}"), c, start.Add(time.Hour))
	for _, want := range []string{
		"A: missing, SSM /threa/gone, false", "B: changed since the tasks started, SSM /threa/late, false",
		"C: a placeholder, SSM /threa/todo, false", "D: set, SSM /threa/same, false", "F8: set, SSM /threa/more-8, false",
	} {
		assert.Contains(t, told, want)
	}
	assert.Len(t, c.Asked("GetParameters"), 2)

	c.Answers["GetParameters"] = func(ecstest.Object) (any, error) {
		return nil, &ecstest.Refusal{Code: "AccessDeniedException", Message: "not authorized to perform: ssm:GetParameters"}
	}
	assert.Contains(t, list(t, configured(t, "appSecrets", `{"A":"a"}`), c, time.Time{}), "A: not readable with these credentials, SSM /threa/a, false")
}

func TestNoValueIsEverHeldOrSaid(t *testing.T) {
	const value = "the-very-secret-value"
	settings, err := LoadSettings(t.Context(), configured(t, "appSecretValues", `{"WORKOS_API_KEY":"`+value+`"}`, "dbPassword", value), "prod")
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprintf("%+v %#v", settings, settings), value)

	_, err = LoadSettings(t.Context(), configured(t, "appSecretValues", value), "prod")
	require.ErrorContains(t, err, "appSecretValues has another form than it should")
	assert.NotContains(t, err.Error(), value)
}

func TestASecretHasOnePlace(t *testing.T) {
	settings, err := LoadSettings(t.Context(), configured(t, "appSecrets", `{"WORKOS_API_KEY":"workos-api-key"}`, "appEnvironment", `{"PLAIN":"x"}`,
		"environment", "staging"), "prod")
	require.NoError(t, err)
	name, own := settings.Parameter("WORKOS_API_KEY")
	assert.True(t, own)
	assert.Equal(t, "/threa-staging/workos-api-key", name)
	for name, path := range map[string]string{"dbPassword": "dbPassword", "tunnelToken": "tunnelToken", "OTHER": "appSecretValues.OTHER"} {
		got, err := settings.ConfigPath(name)
		require.NoError(t, err)
		assert.Equal(t, path, got)
	}
	_, err = settings.ConfigPath("PLAIN")
	require.ErrorContains(t, err, "pulumi config rm --path appEnvironment.PLAIN")
	_, err = settings.ConfigPath("DATABASE_URL")
	require.ErrorContains(t, err, "is provided by the program")
	_, err = settings.ConfigPath("no-name")
	require.ErrorContains(t, err, "is no name of an environment variable")
}

func TestAParameterAndARestartAreAsTheAPIWantsThem(t *testing.T) {
	app, c := play(t, "running")
	c.Answers["PutParameter"] = func(ecstest.Object) (any, error) { return ecstest.Object{"Version": 2}, nil }
	c.Answers["UpdateService"] = func(ecstest.Object) (any, error) { return ecstest.Object{"service": ecstest.Object{}}, nil }
	require.NoError(t, PutParameter(t.Context(), app.SSM, "/threa/workos-api-key", "value"))
	require.NoError(t, app.Restart(t.Context()))
	assert.Equal(t, []ecstest.Object{{"Name": "/threa/workos-api-key", "Value": "value", "Type": "SecureString", "Overwrite": true}}, c.Asked("PutParameter"))
	assert.Equal(t, []ecstest.Object{
		{"cluster": "threa", "service": "threa", "forceNewDeployment": true},
		{"cluster": "threa", "service": "threa-standby", "forceNewDeployment": true},
	}, c.Asked("UpdateService"), "those that stand in read them, too")
}

func TestAParameterThatIsNotEncryptedIsNotChangedInSilence(t *testing.T) {
	app, c := play(t, "running")
	c.Answers["PutParameter"] = func(ecstest.Object) (any, error) {
		return nil, &ecstest.Refusal{Code: "HierarchyTypeMismatchException", Message: "Parameter Store doesn't support changing a parameter type in a hierarchy."}
	}
	err := PutParameter(t.Context(), app.SSM, "/threa/workos-api-key", "the-value")
	require.ErrorContains(t, err, "aws ssm delete-parameter --name /threa/workos-api-key, then set it again")
	assert.NotContains(t, err.Error(), "the-value")
}

func TestPlaceholdersAreToldFromSecrets(t *testing.T) {
	for _, text := range []string{"changeme", "CHANGE_ME", "your-api-key-here", "<token>", "TODO", "xxx", "…", "placeholder", "replace-me-please", "example"} {
		assert.Equal(t, SecretPlaceholder, judge(text), text)
	}
	for _, text := range []string{"sk_test_51H", "wk_live_xxxx1", "p", "test-1234567890", "exampleorg-key"} {
		assert.Equal(t, SecretSet, judge(text), text)
	}
	assert.False(t, slices.Contains([]SecretState{SecretSet, SecretPlaceholder}, judge("  ")))
}
