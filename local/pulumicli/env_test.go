package pulumicli_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/local/pulumicli"
)

var settings = pulumicli.Settings{
	Endpoint: "http://127.0.0.1:4566", Region: "eu-central-1", Stack: "prod", Home: "/w/.local/pulumi",
	Backend: "/w/.local/state", Passphrase: "/w/.local/passphrase",
}

// realAccount is an environment with every way to a real account that the AWS SDK supports.
var realAccount = []string{
	"HOME=/home/u", "PATH=/usr/bin",
	"AWS_PROFILE=prod", "AWS_DEFAULT_PROFILE=prod", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
	"AWS_ACCESS_KEY_ID=AKIAREAL", "AWS_SECRET_ACCESS_KEY=real", "AWS_SESSION_TOKEN=real", "AWS_SECURITY_TOKEN=real",
	"AWS_CONFIG_FILE=/home/u/.aws/config", "AWS_SHARED_CREDENTIALS_FILE=/home/u/.aws/credentials",
	"AWS_ROLE_ARN=arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE=/t",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.2", "AWS_ENDPOINT_URL=https://aws.example",
	"AWS_ENDPOINT_URL_S3=https://s3.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_CA_BUNDLE=/ca.pem",
	"PULUMI_BACKEND_URL=s3://real", "PULUMI_ACCESS_TOKEN=pul-real", "PULUMI_CONFIG_PASSPHRASE=real",
	"PULUMI_CONFIG_PASSPHRASE_FILE=/real", "PULUMI_HOME=/home/u/.pulumi", "PULUMI_STACK=dev",
	"PULUMI_DEBUG_PROVIDERS=aws:1",
}

func TestEnviron_NoRealAccount(t *testing.T) {
	env := pulumicli.Environ(realAccount, settings)
	assert.NotContains(t, strings.Join(env, "\n"), "real")
	var aws []string
	for _, v := range env {
		if strings.HasPrefix(v, "AWS_") {
			aws = append(aws, v)
		}
	}
	slices.Sort(aws)
	assert.Equal(t, []string{
		"AWS_ACCESS_KEY_ID=test",
		"AWS_CONFIG_FILE=/dev/null",
		"AWS_DEFAULT_REGION=eu-central-1",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=http://127.0.0.1:4566",
		"AWS_REGION=eu-central-1",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}, aws)
}

func TestEnviron_PulumiUsesTheClonesFolder(t *testing.T) {
	env := pulumicli.Environ(realAccount, settings)
	for _, want := range []string{
		"PULUMI_BACKEND_URL=file:///w/.local/state", "PULUMI_HOME=/w/.local/pulumi", "PULUMI_STACK=prod",
		"PULUMI_CONFIG_PASSPHRASE_FILE=/w/.local/passphrase", "PATH=/usr/bin", "HOME=/home/u",
	} {
		assert.Contains(t, env, want)
	}
	names := map[string]int{}
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		names[name]++
		assert.Equal(t, 1, names[name], "%s is set twice", name)
	}
}

func TestUnset_CoversTheRealAccount(t *testing.T) {
	unset := pulumicli.Unset(realAccount)
	set := pulumicli.Environ(nil, settings)
	for _, v := range realAccount {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasPrefix(name, "PULUMI_") {
			continue
		}
		overwritten := slices.ContainsFunc(set, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		assert.True(t, overwritten || slices.Contains(unset, name), "%s stays", name)
	}
}

func TestEnviron_OddSettings(t *testing.T) {
	odd := settings
	odd.Backend, odd.Endpoint = "/w/20 %_of it/state", ""
	env := pulumicli.Environ(realAccount, odd)
	assert.Contains(t, env, "PULUMI_BACKEND_URL=file:///w/20%20%25_of%20it/state")
	assert.Contains(t, env, "AWS_ENDPOINT_URL=http://127.0.0.1:1", "nothing listens there")
}
