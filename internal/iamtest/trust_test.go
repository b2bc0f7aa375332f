package iamtest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tasksTrust = `{"Version":"2012-10-17","Statement":[{
	"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":["sts:AssumeRole"],"Condition":{
		"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-central-1:123456789012:*"},
		"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`

func TestTrusts(t *testing.T) {
	const tasks, lambda = "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"
	context := func(account string) map[string]string {
		return map[string]string{
			"aws:SourceAccount": account, "aws:SourceArn": "arn:aws:ecs:eu-central-1:" + account + ":task/threa/1",
		}
	}
	plain := `{"Effect":"Allow","Principal":{"Service":["` + lambda + `","` + tasks + `"]},"Action":"sts:AssumeRole"}`
	for name, row := range map[string]struct {
		document, service string
		context           map[string]string
		want              bool
	}{
		"our tasks":             {tasksTrust, tasks, context("123456789012"), true},
		"tasks of others":       {tasksTrust, tasks, context("999999999999"), false},
		"tasks without context": {tasksTrust, tasks, nil, false},
		"another service":       {tasksTrust, lambda, context("123456789012"), false},
		"several services":      {policy(plain), tasks, nil, true},
		"denied":                {policy(plain, strings.Replace(plain, "Allow", "Deny", 1)), tasks, nil, false},
		"another action":        {policy(strings.Replace(plain, "AssumeRole", "TagSession", 1)), tasks, nil, false},
	} {
		trusted, err := Trusts(row.document, row.service, row.context)
		require.NoError(t, err, name)
		assert.Equal(t, row.want, trusted, name)
	}
}

func TestTrusts_RefusesUnsupportedPolicies(t *testing.T) {
	for name, document := range map[string]string{
		"everybody":       strings.Replace(tasksTrust, `{"Service":"ecs-tasks.amazonaws.com"}`, `"*"`, 1),
		"every service":   strings.Replace(tasksTrust, "ecs-tasks.amazonaws.com", "*", 1),
		"an account":      strings.Replace(tasksTrust, `"Service":`, `"AWS":`, 1),
		"both":            strings.Replace(tasksTrust, `"Service":`, `"AWS":"123456789012","Service":`, 1),
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

const (
	provider = "arn:aws:iam::123456789012:oidc-provider/token.example.com"
	subject  = "repo:octo-org/threa:pull_request"
	webTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},
		"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{
			"token.example.com:aud":"sts.amazonaws.com","token.example.com:sub":"` + subject + `"}}}]}`
)

func TestFederates(t *testing.T) {
	const audience = "sts.amazonaws.com"
	for name, row := range map[string]struct {
		provider, audience, subject string
		want                        bool
	}{
		"the subject":      {provider, audience, subject, true},
		"another subject":  {provider, audience, "repo:octo-org/other:pull_request", false},
		"another audience": {provider, "https://github.com/octo-org", subject, false},
		"another provider": {strings.Replace(provider, "token.", "evil.", 1), audience, subject, false},
	} {
		trusted, err := Federates(webTrust, row.provider, map[string]string{
			"token.example.com:aud": row.audience, "token.example.com:sub": row.subject,
		})
		require.NoError(t, err, name)
		assert.Equal(t, row.want, trusted, name)
	}
	trusted, err := Federates(webTrust, provider, map[string]string{"token.example.com:aud": audience})
	require.NoError(t, err)
	assert.False(t, trusted, "no subject")

	_, err = Federates(policy(`{"Effect":"Allow","Principal":{"Federated":"`+provider+
		`"},"Action":"sts:AssumeRoleWithWebIdentity"}`), provider, nil)
	require.Error(t, err, "everybody with a token")
	_, err = Federates(tasksTrust, provider, nil)
	require.Error(t, err, "a service")
	_, err = Federates(webTrust, "token.example.com", nil)
	require.Error(t, err, "no ARN")
}
