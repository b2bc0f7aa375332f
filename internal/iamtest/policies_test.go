package iamtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	here       = "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/"
	repository = "arn:aws:ecr:eu-central-1:123456789012:repository/threa"
	logGroup   = "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/threa"
)

// policy wraps statements into a document.
func policy(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Effect": "Allow", "Action": %q, "Resource": %q}`, action, resource)
}

func deny(action, resource string) string {
	return strings.Replace(allow(action, resource), "Allow", "Deny", 1)
}

func when(statement, condition string) string {
	return strings.TrimSuffix(statement, "}") + `, "Condition": ` + condition + `}`
}

func allows(t *testing.T, r Request, documents ...string) bool {
	t.Helper()
	policies, err := Parse(documents...)
	require.NoError(t, err)
	allowed, err := policies.Allows(r)
	require.NoError(t, err)
	return allowed
}

func TestAllows_OnlyGrants(t *testing.T) {
	grants := []string{
		policy(allow("ssm:GetParameters", here+"database-url")),
		`{"Version":"2012-10-17","Statement":{
			"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchGet*"],"Resource":["*"]}}`,
	}
	for _, row := range []struct {
		action, resource string
		want             bool
	}{
		{"ssm:GetParameters", here + "database-url", true},
		{"ssm:getparameters", here + "database-url", true},
		{"ssm:GetParameters", here + "database-url2", false},
		{"ssm:GetParameters", here + "Database-url", false},
		{"ssm:GetParameter", here + "database-url", false},
		{"ssm:GetParameters", "*", false},
		{"ecr:GetAuthorizationToken", "*", true},
		{"ecr:BatchGetImage", repository, true},
		{"ecr:PutImage", repository, false},
	} {
		assert.Equal(t, row.want, allows(t, Request{Action: row.action, Resource: row.resource}, grants...), "%+v", row)
	}
	assert.False(t, allows(t, Request{Action: "ssm:GetParameters", Resource: here + "database-url"}), "no policy at all")
}

func TestAllows_DenyOverrides(t *testing.T) {
	allowAll, denyMaster := policy(allow("ssm:*", "*")), policy(deny("ssm:GetParameters", here+"master*"))
	for _, order := range [][]string{{allowAll, denyMaster}, {denyMaster, allowAll}} {
		assert.False(t, allows(t, Request{Action: "ssm:GetParameters", Resource: here + "master-password"}, order...))
		assert.True(t, allows(t, Request{Action: "ssm:GetParameters", Resource: here + "database-url"}, order...))
	}
}

func TestAllows_Wildcards(t *testing.T) {
	for _, row := range []struct {
		pattern, resource string
		want              bool
	}{
		{"*", repository, true},
		{repository, repository, true},
		{"arn:aws:ecr:*:123456789012:repository/*", repository, true},
		{"arn:aws:ecr:*:*:*", repository, true},
		{"arn:aws:ecr:eu-central-?:123456789012:repository/t*a", repository, true},
		{"arn:aws:ecr:eu-central-?:123456789012:repository/t*b", repository, false},
		{"arn:aws:ecr:eu-central-1:123456789012:repository/threa?", repository, false},
		{"arn:aws:ecr:eu-central-1:123456789012:repository/*a*r*a*", repository + "/or/a", true},
		{"arn:aws:ecr:eu-*:repository:threa:a", "arn:aws:ecr:eu-central-1:123456789012:repository:threa:a", false},
		{"arn:aws:ecr:*:999999999999:*", repository, false},
		{logGroup + ":*", logGroup + ":log-stream:a", true},
		{logGroup + ":*", logGroup + "-budget:log-stream:a", false},
	} {
		grant := policy(allow("ecr:Put*", row.pattern))
		assert.Equal(t, row.want, allows(t, Request{Action: "ecr:PutImage", Resource: row.resource}, grant), "%+v", row)
	}
}

func TestAllows_Conditions(t *testing.T) {
	type context = map[string]string
	const tasks = "arn:aws:ecs:eu-central-1:123456789012:task/a"
	for _, row := range []struct {
		condition string
		context   context
		want      bool
	}{
		{`{"StringEquals": {"aws:Account": "1234"}}`, context{"AWS:account": "1234"}, true},
		{`{"StringEquals": {"k": "1234"}}`, context{"k": "9999"}, false},
		{`{"StringEquals": {"k": "1234"}}`, nil, false},
		{`{"StringEquals": {"k": "12*"}}`, context{"k": "1234"}, false},
		{`{"StringLike": {"k": "12*"}}`, context{"k": "1234"}, true},
		{`{"StringEquals": {"k": ["a", "b"]}}`, context{"k": "b"}, true},
		{`{"StringEquals": {"k": "a", "l": "b"}}`, context{"k": "a"}, false},
		{`{"StringEquals": {"k": "a"}}`, context{"k": "a", "K": "b"}, false},
		{`{"StringEquals": {"k": "a"}, "ArnLike": {"s": "arn:aws:ecs:*:*:*"}}`, context{"k": "a", "s": tasks}, true},
		{`{"ArnEquals": {"s": "arn:aws:ecs:eu-central-1:123456789012:*"}}`, context{"s": tasks}, true},
		{`{"ArnLike": {"s": "arn:aws:ecs:us-east-1:123456789012:*"}}`, context{"s": tasks}, false},
		{`{"ArnLike": {"s": "arn:aws:ecs:eu-central-1:123456789012:*"}}`, context{"s": "none"}, false},
		{`{"StringEqualsIfExists": {"k": "a"}}`, nil, true},
		{`{"StringEqualsIfExists": {"k": "a"}}`, context{"k": "b"}, false},
		{`{"ArnLikeIfExists": {"s": "arn:aws:ecs:eu-central-1:123456789012:*"}}`, nil, true},
		{`{"ArnLikeIfExists": {"s": "arn:aws:ecs:us-east-1:123456789012:*"}}`, context{"s": tasks}, false},
		{`{"StringNotLike": {"k": ["a*", "b"]}}`, nil, true},
		{`{"StringNotLike": {"k": ["a*", "b"]}}`, context{"k": "ab"}, false},
		{`{"StringNotEquals": {"k": ["a", "b"]}}`, nil, true},
		{`{"StringNotEquals": {"k": ["a", "b"]}}`, context{"k": "b"}, false},
		{`{"StringNotEquals": {"k": ["a", "b"]}}`, context{"k": "c"}, true},
		{`{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}`, nil, false},
		{`{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}`, context{"k": "c,b"}, true},
		{`{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}`, context{"k": "c,ab"}, false},
		{`{"Null": {"k": "true"}}`, nil, true},
		{`{"Null": {"k": "true"}}`, context{"K": ""}, false},
		{`{"Null": {"k": "false"}}`, nil, false},
		{`{"Null": {"k": "false"}, "StringEquals": {"k": "a"}}`, context{"k": "a"}, true},
	} {
		request := Request{Action: "ecr:PutImage", Resource: repository, Context: row.context}
		assert.Equal(t, row.want, allows(t, request, policy(when(allow("ecr:PutImage", "*"), row.condition))), "%+v", row)
		both := policy(allow("ecr:PutImage", "*"), when(deny("ecr:PutImage", "*"), row.condition))
		assert.Equal(t, !row.want, allows(t, request, both), "denied when the condition is met: %+v", row)
	}
}

func TestDenies(t *testing.T) {
	bucket := `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],
		"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	for _, row := range []struct {
		resource, tls string
		want          bool
	}{
		{"arn:aws:s3:::b/state", "false", true}, {"arn:aws:s3:::b/state", "true", false}, {"arn:aws:s3:::a", "false", false},
	} {
		request := Request{Action: "s3:GetObject", Resource: row.resource,
			Context: map[string]string{"aws:SecureTransport": row.tls}}
		denied, err := Denies(policy(bucket), request)
		require.NoError(t, err)
		assert.Equal(t, row.want, denied, "%+v", row)
	}
	for name, document := range map[string]string{
		"an Allow":      policy(strings.Replace(bucket, "Deny", "Allow", 1)),
		"somebody":      policy(strings.Replace(bucket, `"*"`, `"123456789012"`, 1)),
		"no resource":   tasksTrust,
		"no principal":  policy(deny("s3:GetObject", "arn:aws:s3:::b")),
		"two of a kind": policy(strings.Replace(bucket, `"AWS":`, `"Service":"a.b","AWS":`, 1)),
	} {
		_, err := Denies(document, Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b"})
		assert.Error(t, err, name)
	}
}

func TestParse_RefusesUnsupportedPolicies(t *testing.T) {
	fine := allow("ssm:GetParameters", here+"a")
	for name, document := range map[string]string{
		"no JSON":                    `Allow`,
		"two documents":              policy(fine) + policy(fine),
		"cut short":                  strings.TrimSuffix(policy(fine), "}"),
		"an old version":             strings.Replace(policy(fine), "2012-10-17", "2008-10-17", 1),
		"no version":                 `{"Statement": [` + fine + `]}`,
		"no statement":               policy(),
		"another effect":             strings.Replace(policy(fine), "Allow", "allow", 1),
		"NotAction":                  strings.Replace(policy(fine), "Action", "NotAction", 1),
		"NotResource":                strings.Replace(policy(fine), "Resource", "NotResource", 1),
		"no resource":                policy(`{"Effect": "Allow", "Action": "ssm:GetParameters"}`),
		"a principal":                policy(strings.Replace(fine, "{", `{"Principal": {"Service": "a.b"}, `, 1)),
		"an empty resource":          policy(allow("ssm:GetParameters", "")),
		"an empty list":              policy(`{"Effect": "Allow", "Action": [], "Resource": "*"}`),
		"null":                       policy(`{"Effect": "Allow", "Action": null, "Resource": "*"}`),
		"a number":                   policy(`{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": 1}`),
		"a resource that is no ARN":  policy(allow("ssm:GetParameters", "/threa/a")),
		"a wildcard over parts":      policy(allow("ssm:GetParameters", "arn:aws:ssm:*")),
		"a wildcard in the service":  policy(allow("ssm:GetParameters", "arn:aws:s*:eu-central-1:1234:parameter/a")),
		"a variable":                 policy(allow("ssm:GetParameters", here+"${aws:username}")),
		"a service with a wildcard":  policy(allow("s*:GetParameters", "*")),
		"an action without service":  policy(allow("GetParameters", "*")),
		"an empty condition":         policy(when(fine, `{}`)),
		"an operator without keys":   policy(when(fine, `{"StringEquals": {}}`)),
		"an unknown operator":        policy(when(fine, `{"DateEquals": {"k": "a"}}`)),
		"an operator that can lack":  policy(when(fine, `{"StringLikeIfExists": {"k": "a"}}`)),
		"an operator over sets":      policy(when(fine, `{"ForAllValues:StringEquals": {"k": "a"}}`)),
		"a variable in a condition":  policy(when(fine, `{"StringEquals": {"k": "${aws:username}"}}`)),
		"an ARN that is none":        policy(when(fine, `{"ArnLike": {"aws:SourceArn": "*"}}`)),
		"a condition with a number":  policy(when(fine, `{"StringEquals": {"k": 1}}`)),
		"a condition that is a list": policy(when(fine, `[]`)),
	} {
		_, err := Parse(policy(fine), document)
		assert.Error(t, err, name)
	}
	_, err := Parse(policy(fine), policy(fine, strings.Replace(fine, "Allow", "allow", 1)))
	assert.EqualError(t, err, `read policy 2 of 2: statement 2: the effect "allow" is neither Allow nor Deny`)
}

func TestAllows_RefusesWildcardRequests(t *testing.T) {
	policies, err := Parse(policy(allow("*", "*")))
	require.NoError(t, err)
	for _, r := range [][2]string{
		{"", repository}, {"*", repository}, {"ecr:*", repository}, {"PutImage", repository}, {"ECR:PutImage", repository},
		{"ecr:PutImage", ""}, {"ecr:PutImage", "threa"}, {"ecr:PutImage", repository + "/*"},
	} {
		allowed, err := policies.Allows(Request{Action: r[0], Resource: r[1]})
		assert.Error(t, err, "%+v", r)
		assert.False(t, allowed, "%+v", r)
	}
	allowed, err := policies.Allows(Request{Action: "ecr:PutImage", Resource: repository})
	require.NoError(t, err)
	assert.True(t, allowed)
}

func TestGrants(t *testing.T) {
	policies, err := Parse(
		policy(`{"Effect": "Allow", "Action": ["a:B", "a:C*"], "Resource": ["*", "`+repository+`"]}`, deny("a:D", "*")),
		policy(when(allow("a:E", "*"), `{"StringEquals": {"k": "a"}}`)))
	require.NoError(t, err)
	assert.Equal(t, []Grant{
		{Action: "a:B", Resource: "*"}, {Action: "a:B", Resource: repository},
		{Action: "a:C*", Resource: "*"}, {Action: "a:C*", Resource: repository},
		{Action: "a:E", Resource: "*"},
	}, policies.Grants())
}
