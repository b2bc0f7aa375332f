package shim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShim_RefusesMissingActions(t *testing.T) {
	c, _ := newShim(t, nil)
	tests := map[string]struct {
		answer    answer
		code      string
		action    string
		header    string
		bodyBegin string
	}{
		"query": {c.query("rds", "DescribeNonsense"), "InvalidAction", "rds:DescribeNonsense", "", "<ErrorResponse>"},
		"ec2":   {c.query("ec2", "DescribeNonsense"), "InvalidAction", "ec2:DescribeNonsense", "", "<Response><Errors>"},
		"json": {c.json("ecs", "ListNonsense", "{}"), "UnknownOperationException", "ecs:ListNonsense",
			"UnknownOperationException", `{"__type"`},
		"rest json": {c.do("GET", "/2015-02-01/nonsense", "elasticfilesystem", "", "", ""), "UnknownOperationException",
			"elasticfilesystem:GET /2015-02-01/nonsense", "UnknownOperationException", `{"__type"`},
		"rest xml": {c.do("GET", "/2013-04-01/nonsense", "route53", "", "", ""), "UnknownOperationException",
			"route53:GET /2013-04-01/nonsense", "", "<ErrorResponse>"},
		"s3": {c.do("GET", "/bucket", "s3", "", "", ""), "UnknownOperationException", "s3:GET /bucket", "", "<Error>"},
		"not served by our own cache": {c.query("elasticache", "CreateUser"), "InvalidAction",
			"elasticache:CreateUser", "", "<ErrorResponse>"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.answer.refused(t, http.StatusBadRequest, test.code)
			assert.Contains(t, test.answer.body, test.action)
			assert.Equal(t, test.header, test.answer.header.Get("X-Amzn-ErrorType"))
			assert.True(t, strings.HasPrefix(test.answer.body, test.bodyBegin), test.answer.body)
		})
	}
}

func TestShim_FailsWithoutMoto(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	newClient(t, closed.URL).query("sts", "GetCallerIdentity").refused(t, http.StatusBadRequest, "LocalAWSFailure")
}

func TestShim_PassesOtherCallsUnchanged(t *testing.T) {
	c, m := newShim(t, map[string]string{"GetParameter": `{"a":1}`, "GET //odd/../path": "odd", "HEAD /": "body"})

	got := c.json("ssm", "GetParameter", `{"Name":"x"}`)
	assert.Equal(t, `{"a":1}`, got.body)
	assert.Equal(t, "yes", got.header.Get("X-Kept"))
	assert.Equal(t, []string{`{"Name":"x"}`}, m.got("GetParameter"))

	assert.Equal(t, "odd", c.do("GET", "//odd/../path", "backup", "", "", "").body)
	head := c.do("HEAD", "/", "ecr", "", "", "")
	assert.Equal(t, http.StatusOK, head.status)
	assert.Empty(t, head.body)
	assert.Equal(t, "4", head.header.Get("Content-Length"))
}

func TestShim_PassesAWSErrorsUnchanged(t *testing.T) {
	const refusal = "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"
	moto := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, refusal)
	}))
	t.Cleanup(moto.Close)
	got := newClient(t, moto.URL).query("iam", "GetRole")
	assert.Equal(t, http.StatusNotFound, got.status)
	assert.Equal(t, refusal, got.body)
}

func TestShim_CountsCalls(t *testing.T) {
	c, _ := newShim(t, map[string]string{"GetParameter": `{}`})
	c.json("ssm", "GetParameter", `{}`)
	c.json("ssm", "GetParameter", `{}`)
	c.query("elasticache", "DescribeReplicationGroups")
	assert.JSONEq(t, `{"ssm:GetParameter":2,"elasticache:DescribeReplicationGroups":1}`,
		c.local("GET", "calls").body)
}

func TestHealth_NamesTheInstance(t *testing.T) {
	health := func() Health {
		c, _ := newShim(t, nil)
		return decoded[Health](t, c.local("GET", "health"))
	}
	first, second := health(), health()
	assert.NotEmpty(t, first.Instance)
	assert.NotEqual(t, first.Instance, second.Instance, "another account has another id")
}

func TestReset_DropsState(t *testing.T) {
	c, m := newShim(t, map[string]string{"POST /moto-api/reset": `{"status": "ok"}`})
	createGroup(c)
	require.Equal(t, http.StatusOK, c.do("POST", "/moto-api/reset", "", "", "", "").status)
	assert.Len(t, m.got("POST /moto-api/reset"), 1)
	c.query("elasticache", "DescribeReplicationGroups", "ReplicationGroupId", "threa").
		refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
}

func TestAuthorizations_AreRecordedOnce(t *testing.T) {
	c, _ := newShim(t, map[string]string{"PutParameter": `{}`, "Leap": `{}`})
	c.json("ssm", "PutParameter", `{"Name": "/threa/key", "Value": "a-secret"}`)
	c.json("ssm", "PutParameter", `{"Name": "/threa/key", "Value": "another"}`)
	c.json("quantum", "Leap", `{}`)
	recorded := func(method string) []Authorization {
		got := c.local(method, "authorizations")
		assert.NotContains(t, got.body, "secret")
		return decoded[[]Authorization](t, got)
	}
	list := recorded("DELETE")
	require.Len(t, list, 2)
	assert.Equal(t, "ssm:PutParameter", list[0].Action)
	assert.Equal(t, "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/key", list[0].Resource)
	assert.Contains(t, list[1].Unknown, "quantum")
	assert.Empty(t, recorded("GET"), "DELETE forgets")
}

// TestAuthorizations_HaveTheKeysOfTheResource is about condition keys that AWS reads from the resource.
func TestAuthorizations_HaveTheKeysOfTheResource(t *testing.T) {
	const loadBalancer = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/threa/1"
	tagged := map[string]string{"aws:ResourceTag/Stack": "threa"}
	for name, row := range map[string]struct {
		answers map[string]string
		call    func(*client)
		want    map[string]string
	}{
		"a role with a boundary": {
			map[string]string{"PutRolePolicy": `<Done/>`, "GetRole": `<R><Role><PermissionsBoundary><PermissionsBoundaryArn>` +
				`arn:aws:iam::1:policy/b</PermissionsBoundaryArn></PermissionsBoundary></Role></R>`},
			func(c *client) { c.query("iam", "PutRolePolicy", "RoleName", "threa-ecs-task") },
			map[string]string{"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"},
		},
		"a role without one": {
			map[string]string{"PutRolePolicy": `<Done/>`, "GetRole": `<R/>`},
			func(c *client) { c.query("iam", "PutRolePolicy", "RoleName", "threa-ecs-task") }, nil,
		},
		"a subnet": {
			map[string]string{"DeleteSubnet": `<Done/>`, "DescribeTags": `<R><tagSet><item><key>Stack</key>` +
				`<value>threa</value></item></tagSet></R>`},
			func(c *client) { c.query("ec2", "DeleteSubnet", "SubnetId", "subnet-1") }, tagged,
		},
		"a subnet without tags": {
			map[string]string{"DeleteSubnet": `<Done/>`, "DescribeTags": `<R><tagSet/></R>`},
			func(c *client) { c.query("ec2", "DeleteSubnet", "SubnetId", "subnet-1") }, nil,
		},
		"a target group": {
			map[string]string{"DeleteTargetGroup": `<Done/>`, "DescribeTags": `<R><Tags><member><Key>Stack</Key>` +
				`<Value>threa</Value></member></Tags></R>`},
			func(c *client) { c.query("elasticloadbalancing", "DeleteTargetGroup", "TargetGroupArn", loadBalancer) }, tagged,
		},
		"a certificate": {
			map[string]string{"DeleteCertificate": `{}`, "ListTagsForCertificate": `{"Tags":[{"Key":"Stack","Value":"threa"}]}`},
			func(c *client) {
				c.json("acm", "DeleteCertificate", `{"CertificateArn":"arn:aws:acm:eu-central-1:1:certificate/c"}`)
			}, tagged,
		},
	} {
		c, _ := newShim(t, row.answers)
		row.call(c)
		list := decoded[[]Authorization](t, c.local("GET", "authorizations"))
		require.Len(t, list, 1, name)
		assert.Equal(t, row.want, list[0].Context, name)
	}
}

// TestServeHTTP_RefusesOtherHosts sends requests as a browser does for a website whose name resolves to 127.0.0.1.
func TestServeHTTP_RefusesOtherHosts(t *testing.T) {
	shim := New(&url.URL{})
	for host, want := range map[string]int{
		"127.0.0.1:4566": 200, "localhost:4566": 200, "LOCALHOST": 200, "[::1]:80": 200, "bucket.localhost:4566": 200,
		"bucket.s3.localhost": 200, "evil.example": 403, "localhost.evil.example:80": 403, "10.0.0.1": 403,
		"evillocalhost": 403, "127.0.0.1.evil.example": 403, "": 403,
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_local/credentials", nil)
		request.Host = host
		recorder := httptest.NewRecorder()
		shim.ServeHTTP(recorder, request)
		assert.Equal(t, want, recorder.Code, host)
	}
	for header, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/_local/credentials", nil)
		request.Header.Set(header, value)
		recorder := httptest.NewRecorder()
		shim.ServeHTTP(recorder, request)
		assert.Equal(t, 403, recorder.Code, header)
	}
}

func TestAuthorizations_NameTheGroupOfASchedule(t *testing.T) {
	c, m := newShim(t, map[string]string{"POST /schedules/threa-mute": `{}`})
	const body = `{"GroupName": "threa", "Target": {"RoleArn": "arn:aws:iam::1:role/r"}}`
	c.do("POST", "/schedules/threa-mute", "scheduler", "", "application/json", body)
	list := decoded[[]Authorization](t, c.local("GET", "authorizations"))
	require.Len(t, list, 2)
	assert.Equal(t, "arn:aws:scheduler:eu-central-1:123456789012:schedule/threa/threa-mute", list[0].Resource)
	assert.Equal(t, "iam:PassRole", list[1].Action)
	assert.Equal(t, []string{body}, m.got("POST /schedules/threa-mute"), "moto gets the body, too")
}
