package iamtest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tasksTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},
	"Action":["sts:AssumeRole"],"Condition":{
		"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-central-1:123456789012:*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`

func TestTrusts(t *testing.T) {
	ours := map[string]string{
		"aws:SourceAccount": "123456789012",
		"aws:SourceArn":     "arn:aws:ecs:eu-central-1:123456789012:task/threa/1",
	}
	theirs := map[string]string{
		"aws:SourceAccount": "999999999999",
		"aws:SourceArn":     "arn:aws:ecs:eu-central-1:999999999999:task/threa/1",
	}
	for name, row := range map[string]struct {
		service string
		context map[string]string
		want    bool
	}{
		"our tasks":            {"ecs-tasks.amazonaws.com", ours, true},
		"somebody's tasks":     {"ecs-tasks.amazonaws.com", theirs, false},
		"tasks of nobody":      {"ecs-tasks.amazonaws.com", nil, false},
		"another service":      {"lambda.amazonaws.com", ours, false},
		"the scheduler of ECS": {"ecs.amazonaws.com", ours, false},
	} {
		trusted, err := Trusts(tasksTrust, row.service, row.context)
		require.NoError(t, err, name)
		assert.Equal(t, row.want, trusted, name)
	}
}

func TestTrusts_DenyAndAction(t *testing.T) {
	plain := `{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","ecs-tasks.amazonaws.com"]},"Action":"sts:AssumeRole"}`
	for document, want := range map[string]bool{
		policy(plain): true,
		policy(plain, strings.Replace(plain, "Allow", "Deny", 1)):             false,
		policy(strings.Replace(plain, "sts:AssumeRole", "sts:TagSession", 1)): false,
	} {
		trusted, err := Trusts(document, "ecs-tasks.amazonaws.com", nil)
		require.NoError(t, err)
		assert.Equal(t, want, trusted, document)
	}
}

func TestTrusts_RefusesUnsupportedPolicies(t *testing.T) {
	for name, document := range map[string]string{
		"everybody":       strings.Replace(tasksTrust, `{"Service":"ecs-tasks.amazonaws.com"}`, `"*"`, 1),
		"every service":   strings.Replace(tasksTrust, "ecs-tasks.amazonaws.com", "*", 1),
		"an account":      strings.Replace(tasksTrust, `"Service":`, `"AWS":`, 1),
		"row of both":     strings.Replace(tasksTrust, `"Service":`, `"AWS":"123456789012","Service":`, 1),
		"no principal":    strings.Replace(tasksTrust, `"Principal"`, `"NotPrincipal"`, 1),
		"a resource":      strings.Replace(tasksTrust, `"Effect"`, `"Resource":"*","Effect"`, 1),
		"identity policy": policy(allow("sts:AssumeRole", "*")),
	} {
		trusted, err := Trusts(document, "ecs-tasks.amazonaws.com", nil)
		assert.Error(t, err, name)
		assert.False(t, trusted, name)
	}
	_, err := Trusts(tasksTrust, "", nil)
	assert.Error(t, err)
}

const webTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
	"Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.example.com"},"Action":["sts:AssumeRoleWithWebIdentity"],
	"Condition":{"StringEquals":{"token.example.com:aud":"sts.amazonaws.com","token.example.com:sub":"repo:octo-org/threa:pull_request"}}}]}`

func TestFederates(t *testing.T) {
	const provider = "arn:aws:iam::123456789012:oidc-provider/token.example.com"
	token := func(audience, subject string) map[string]string {
		return map[string]string{"token.example.com:aud": audience, "token.example.com:sub": subject}
	}
	for name, row := range map[string]struct {
		provider string
		context  map[string]string
		want     bool
	}{
		"the subject":       {provider, token("sts.amazonaws.com", "repo:octo-org/threa:pull_request"), true},
		"another subject":   {provider, token("sts.amazonaws.com", "repo:octo-org/other:pull_request"), false},
		"another audience":  {provider, token("https://github.com/octo-org", "repo:octo-org/threa:pull_request"), false},
		"no token":          {provider, nil, false},
		"another provider":  {strings.Replace(provider, "token.", "evil.", 1), token("sts.amazonaws.com", "repo:octo-org/threa:pull_request"), false},
		"no subject at all": {provider, map[string]string{"token.example.com:aud": "sts.amazonaws.com"}, false},
	} {
		trusted, err := Federates(webTrust, row.provider, row.context)
		require.NoError(t, err, name)
		assert.Equal(t, row.want, trusted, name)
	}
	for name, document := range map[string]string{
		"everybody with a token": policy(`{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity"}`),
		"a service":              tasksTrust,
	} {
		_, err := Federates(document, provider, nil)
		assert.Error(t, err, name)
	}
	_, err := Federates(webTrust, "token.example.com", nil)
	assert.Error(t, err)
}
