package shim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

// requestID is the request id of every answer.
const requestID = "local-aws"

// awsError is an error answer of AWS.
type awsError struct {
	status  int
	code    string
	message string
}

func (e *awsError) Error() string { return e.code + ": " + e.message }

func badRequest(code, format string, args ...any) *awsError {
	return &awsError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

func notFound(code, format string, args ...any) *awsError {
	return &awsError{status: http.StatusNotFound, code: code, message: fmt.Sprintf(format, args...)}
}

// missingAction is the answer to an action that moto does not have. Its codes are those of AWS for an unknown action,
// which no SDK retries.
func missingAction(c *call) *awsError {
	code := "UnknownOperationException"
	if c.protocol == protocolQuery {
		code = "InvalidAction"
	}
	return badRequest(code, "%s is not available in the local AWS: moto lacks this action or failed on it (see its log)",
		c.name())
}

// writeFailure answers with err in the wire format of the call's service. An error that is not AWS's own becomes a
// client error, because clients repeat a server error for minutes.
func writeFailure(w http.ResponseWriter, r *http.Request, err error) {
	c := callOf(r)
	if c == nil || c.service == "" {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	var failure *awsError
	if !errors.As(err, &failure) {
		failure = badRequest("LocalAWSFailure", "%s: %v", c.name(), err)
	}
	failure.reply(c).write(w)
}

// errorFormats are the error answers of services that speak XML.
var errorFormats = map[string]string{
	"ec2": `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors>` +
		`<RequestID>%s</RequestID></Response>`,
	"query": `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>` +
		`<RequestId>%s</RequestId></ErrorResponse>`,
	"s3": `<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>`,
}

// reply renders e in the wire format of the call's service.
func (e *awsError) reply(c *call) *reply {
	format := errorFormats[c.service]
	if format == "" && (c.protocol == protocolQuery || c.service == "route53") {
		format = errorFormats["query"]
	}
	if format != "" {
		var message bytes.Buffer
		// Writing to a buffer cannot fail.
		_ = xml.EscapeText(&message, []byte(e.message))
		return &reply{status: e.status, contentType: "text/xml",
			body: fmt.Appendf(nil, format, e.code, message.String(), requestID)}
	}
	answer, err := c.jsonReply(map[string]string{"__type": e.code, "message": e.message})
	if err != nil { // strings always encode
		panic(err)
	}
	answer.status, answer.errorType = e.status, e.code
	if c.protocol != protocolJSON {
		answer.contentType = "application/json"
	}
	return answer
}
