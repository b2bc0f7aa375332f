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

func TestARoleTrustsOnlyTheServiceInTheContextThatItNames(t *testing.T) {
	ours := map[string]string{"aws:SourceAccount": "123456789012", "aws:SourceArn": "arn:aws:ecs:eu-central-1:123456789012:task/threa/1"}
	theirs := map[string]string{"aws:SourceAccount": "999999999999", "aws:SourceArn": "arn:aws:ecs:eu-central-1:999999999999:task/threa/1"}
	for name, one := range map[string]struct {
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
		trusted, err := Trusts(tasksTrust, one.service, one.context)
		require.NoError(t, err, name)
		assert.Equal(t, one.want, trusted, name)
	}
}

func TestATrustThatIsDeniedOrForAnotherActionIsNone(t *testing.T) {
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

func TestATrustThatIsNotUnderstoodIsAnError(t *testing.T) {
	for name, document := range map[string]string{
		"everybody":       strings.Replace(tasksTrust, `{"Service":"ecs-tasks.amazonaws.com"}`, `"*"`, 1),
		"every service":   strings.Replace(tasksTrust, "ecs-tasks.amazonaws.com", "*", 1),
		"an account":      strings.Replace(tasksTrust, `"Service":`, `"AWS":`, 1),
		"one of both":     strings.Replace(tasksTrust, `"Service":`, `"AWS":"123456789012","Service":`, 1),
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

func TestAnIdentityProviderHandsARoleOutOnlyToWhomItNames(t *testing.T) {
	const provider = "arn:aws:iam::123456789012:oidc-provider/token.example.com"
	token := func(audience, subject string) map[string]string {
		return map[string]string{"token.example.com:aud": audience, "token.example.com:sub": subject}
	}
	for name, one := range map[string]struct {
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
		trusted, err := Federates(webTrust, one.provider, one.context)
		require.NoError(t, err, name)
		assert.Equal(t, one.want, trusted, name)
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

func TestATrustPolicySaysOfWhichRegionARoleIs(t *testing.T) {
	statement := func(condition string) string {
		return `{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"` + condition + `}`
	}
	source := func(operator, arns string) string {
		return statement(`,"Condition":{"` + operator + `":{"AWS:sourcearn":` + arns + `}}`)
	}
	const frankfurt, virginia = `"arn:aws:ecs:eu-central-1:123456789012:*"`, `"arn:aws:ecs:us-east-1:123456789012:*"`
	for name, one := range map[string]struct{ document, want string }{
		"as the program writes it":      {tasksTrust, "eu-central-1"},
		"one without lists":             {`{"Version":"2012-10-17","Statement":` + source("ArnLike", frankfurt) + `}`, "eu-central-1"},
		"a list of one":                 {policy(source("ArnEquals", `[`+virginia+`]`)), "us-east-1"},
		"twice the same":                {policy(source("ArnLike", virginia), source("StringLike", virginia)), "us-east-1"},
		"no condition":                  {policy(statement("")), ""},
		"a condition on something else": {policy(statement(`,"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}`)), ""},
		"two regions":                   {policy(source("ArnLike", `[`+frankfurt+`,`+virginia+`]`)), ""},
		"two statements":                {policy(source("ArnLike", frankfurt), source("ArnLike", virginia)), ""},
		"one statement without":         {policy(source("ArnLike", frankfurt), statement("")), ""},
		"any region":                    {policy(source("ArnLike", `"arn:aws:ecs:*:123456789012:*"`)), ""},
		"a service without regions":     {policy(source("ArnLike", `"arn:aws:s3:::bucket"`)), ""},
		"no ARN":                        {policy(source("StringLike", `"us-east-1"`)), ""},
		"every region but one":          {policy(source("ArnNotLike", frankfurt)), ""},
		"a user's":                      {policy(`{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`), ""},
		"no policy":                     {"", ""},
	} {
		assert.Equal(t, one.want, SourceRegion(one.document), name)
	}
}
