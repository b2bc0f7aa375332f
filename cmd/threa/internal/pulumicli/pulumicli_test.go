package pulumicli

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// configured returns a pulumi command with a configuration, and with the one that --show-secrets prints.
func configured(config, decrypted string) Command {
	return func(_ context.Context, _ []byte, args ...string) ([]byte, error) {
		if slices.Contains(args, "--show-secrets") {
			return []byte(decrypted), nil
		}
		return []byte(config), nil
	}
}

func TestCommand_AWSConfig(t *testing.T) {
	var form string // of the last request to STS
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form = r.Header.Get("Authorization") + " " + string(body)
		_, _ = io.WriteString(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>of-the-role</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	}))
	t.Cleanup(server.Close)
	profiles := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(profiles,
		[]byte("[profile prod]\naws_access_key_id = of-the-profile\naws_secret_access_key = s\n"), 0o600))
	t.Setenv("AWS_CONFIG_FILE", profiles)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")

	const region, profile = `"aws:region": {"value": "eu-central-1"}`, `"aws:profile": {"value": "prod"}`
	const plainRole = `"aws:assumeRole": {"value":
		"{\"roleArn\":\"arn:role\",\"sessionName\":\"me\",\"duration\":\"30m\"}"}`
	for name, c := range map[string]struct{ config, decrypted, accessKey, request string }{
		"environment": {region, "", "of-the-environment", ""},
		"profile":     {region + "," + profile, "", "of-the-profile", ""},
		"role": {region + "," + plainRole, "", "of-the-role",
			"DurationSeconds=1800&RoleArn=arn%3Arole&RoleSessionName=me"},
		"profile, role": {region + "," + profile + "," + plainRole, "", "of-the-role", "Credential=of-the-profile/"},
		"encrypted role": {region + `,"aws:assumeRole": {"secret": true}`, `{"aws:assumeRole": {"value":
			"{\"roleArn\":\"r\",\"externalId\":\"e\"}", "secret": true}}`, "of-the-role", "ExternalId=e"},
		"key": {region + `,"aws:accessKey": {"value": "own"}, "aws:secretKey": {"secret": true}`,
			`{"aws:secretKey": {"value": "s", "secret": true}}`, "own", ""},
	} {
		form = ""
		settings, err := configured("{"+c.config+"}", c.decrypted).AWSConfig(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, "eu-central-1", settings.Region, name)
		credentials, err := settings.Credentials.Retrieve(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, c.accessKey, credentials.AccessKeyID, name)
		assert.Contains(t, form, c.request, name)
	}
}

func TestCommand_AWSConfigErrors(t *testing.T) {
	for want, config := range map[string]string{
		"the output of pulumi config is not JSON":       `a-secret`,
		"load the AWS configuration":                    `{"aws:profile": {"value": "missing"}}`,
		"aws:assumeRole must be an object with roleArn": `{"aws:assumeRole": {"value": "a-secret"}}`,
		"does not support aws:endpoints":                `{"aws:endpoints": {"value": "[]"}}`,
		"aws:assumeRole.duration must be a duration": `{"aws:assumeRole":
			{"value": "{\"roleArn\":\"r\",\"duration\":\"x\"}"}}`,
	} {
		_, err := configured(config, "").AWSConfig(t.Context())
		require.ErrorContains(t, err, want)
		assert.False(t, strings.Contains(err.Error(), "a-secret"))
	}
}

func TestCommand_AWSName(t *testing.T) {
	for want, config := range map[string]string{
		"threa":         `{"threa:appName": {"value": "threa"}, "threa:environment": {"value": "prod"}}`,
		"threa-staging": `{"threa:appName": {"value": "threa"}, "threa:environment": {}}`, // the stack's name
		"shop-eu":       `{"shop:appName": {"value": "shop"}, "shop:environment": {"value": "eu"}}`,
	} {
		command := func(_ context.Context, _ []byte, args ...string) ([]byte, error) {
			if args[0] == "stack" {
				return []byte("staging\n"), nil
			}
			return []byte(config), nil
		}
		name, err := Command(command).AWSName(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, name)
	}
	_, err := configured("{}", "").AWSName(t.Context())
	require.ErrorContains(t, err, "does not declare appName")
}

// TestCommand_AWSConfigRefusesAnotherAccount protects the parameters of another account from the command secrets set.
func TestCommand_AWSConfigRefusesAnotherAccount(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>210987654321</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	state := `{"resources":[{"outputs":{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{"outputs":{"arn": "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/stack"}}]}`
	command := Command(func(_ context.Context, _ []byte, args ...string) ([]byte, error) {
		if args[0] == "stack" {
			return []byte(state), nil
		}
		return []byte(`{"aws:region": {"value": "eu-central-1"}}`), nil
	})
	_, err := command.AWSConfig(t.Context())
	require.ErrorContains(t, err, "the stack is in the AWS account 123456789012, but the credentials are of 210987654321")
	state = strings.ReplaceAll(state, "123456789012", "210987654321")
	_, err = command.AWSConfig(t.Context())
	require.NoError(t, err)
}
