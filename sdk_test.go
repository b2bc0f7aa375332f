package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// realSDK is what TestMain replaces.
var realSDK = connectSDK

func TestSDK_NeedsTheProvidersIdentity(t *testing.T) {
	const arn = "arn:aws:sts::123456789012:assumed-role/deploy/session-1"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>` + arn + `</Arn>
			<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`))
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	for caller, want := range map[string]string{
		arn: "", "arn:aws:sts::123456789012:assumed-role/deploy/session-2": "",
		"arn:aws:sts::123456789012:assumed-role/other/session-1":  "Pulumi's AWS provider those of",
		"arn:aws:sts::999999999999:assumed-role/deploy/session-1": "Pulumi's AWS provider those of",
	} {
		var connectErr error
		_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
			s := &stack{callerARN: caller}
			s.started.sdk = func() (*clients, error) { return realSDK(ctx, "eu-central-1") }
			_, connectErr = s.sdk()
			return nil
		}, mocks.Options{Config: set("aws:accessKey=key", "aws:secretKey=secret")})
		require.NoError(t, err)
		if want == "" {
			assert.NoError(t, connectErr, caller)
		} else {
			assert.ErrorContains(t, connectErr, want, caller)
		}
	}
}

// The role of aws:assumeRole is that of Pulumi's AWS provider, too.
func TestSDK_AssumesTheProvidersRole(t *testing.T) {
	const arn = "arn:aws:sts::123456789012:assumed-role/deploy/session"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.FormValue("RoleArn") == "arn:aws:iam::123456789012:role/deploy":
			_, _ = w.Write([]byte(`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>of-the-role</AccessKeyId>
				<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
				</Credentials></AssumeRoleResult></AssumeRoleResponse>`))
		case strings.Contains(r.Header.Get("Authorization"), "Credential=of-the-role/"):
			_, _ = w.Write([]byte(`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>` + arn + `</Arn>
				</GetCallerIdentityResult></GetCallerIdentityResponse>`))
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	var connectErr error
	_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		_, connectErr = realSDK(ctx, "eu-central-1")
		return nil
	}, mocks.Options{Config: set("aws:accessKey=key", "aws:secretKey=secret",
		`aws:assumeRole={"roleArn":"arn:aws:iam::123456789012:role/deploy"}`)})
	require.NoError(t, err)
	assert.NoError(t, connectErr)
}

func TestSDK_SaysWhichProfileIsMissing(t *testing.T) {
	var connectErr error
	_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		_, connectErr = realSDK(ctx, "eu-central-1")
		return nil
	}, mocks.Options{Config: set("aws:profile=mistyped")})
	require.NoError(t, err)
	assert.ErrorContains(t, connectErr, "mistyped")
}

// A fifth of all calls fail in the test with faults.
func TestSDK_RepeatsFailedCalls(t *testing.T) {
	failures := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if failures++; failures <= 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>` + mocks.Caller + `</Arn>
			</GetCallerIdentityResult></GetCallerIdentityResponse>`))
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	var connectErr error
	mocks.MustRun(t, func(ctx *pulumi.Context) error {
		_, connectErr = realSDK(ctx, "eu-central-1")
		return nil
	}, mocks.Options{Config: set("aws:accessKey=key", "aws:secretKey=secret")})
	assert.NoError(t, connectErr)
}
