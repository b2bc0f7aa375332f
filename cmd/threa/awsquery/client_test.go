package awsquery

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
)

// refusing returns a client of an AWS that refuses every call.
func refusing(t *testing.T, status int, answer string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

func TestQuery_ErrorIsOneLine(t *testing.T) {
	for want, answer := range map[string]string{
		"ec2:DescribeVpcs: 403: UnauthorizedOperation: You are not authorized": `<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors>
<RequestID>1</RequestID></Response>`,
		"ec2:DescribeVpcs: 403: AccessDenied: User: ci is not authorized": `
<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>User: ci is not authorized</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
		"ec2:DescribeVpcs: 403: <html>a proxy</html>": `<html>a proxy</html>`,
	} {
		err := refusing(t, http.StatusForbidden, answer).Query(t.Context(), "ec2", "DescribeVpcs", nil, nil)
		require.EqualError(t, err, want)
	}
}
