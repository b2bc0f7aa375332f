package shim

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

// requestID stands in for the ids that AWS hands out for support cases.
const requestID = "local-aws"

// awsError is an answer of AWS that says no.
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

// missingAction is the answer for an action that moto does not have. Its codes
// are those of AWS for an unknown action, which no SDK retries.
func missingAction(c *call) *awsError {
	code := "UnknownOperationException"
	if c.protocol == protocolQuery {
		code = "InvalidAction"
	}
	return badRequest(code, "%s does not work on the local AWS: moto has no such action, or failed on it (its log says which)", c.name())
}

// writeFailure answers err in the wire format of the call's service. Errors
// that are not AWS's own are dressed up as a client error too, because clients
// repeat a server error for minutes.
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

type xmlError struct {
	Type    string `xml:",omitempty"`
	Code    string
	Message string
}

type queryErrorResponse struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Error     xmlError
	RequestID string `xml:"RequestId"`
}

type ec2ErrorResponse struct {
	XMLName   xml.Name   `xml:"Response"`
	Errors    []xmlError `xml:"Errors>Error"`
	RequestID string
}

type jsonError struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// reply renders e in the wire format of the call's service.
func (e *awsError) reply(c *call) *reply {
	asXML := func(v any) *reply {
		return &reply{status: e.status, contentType: "text/xml", body: mustEncode(xml.Marshal(v))}
	}
	switch {
	case c.service == "ec2":
		return asXML(ec2ErrorResponse{Errors: []xmlError{{Code: e.code, Message: e.message}}, RequestID: requestID})
	case c.protocol == protocolQuery, c.service == "route53", c.service == "cloudfront":
		return asXML(queryErrorResponse{Error: xmlError{Type: "Sender", Code: e.code, Message: e.message}, RequestID: requestID})
	case c.service == "s3":
		return asXML(struct {
			XMLName xml.Name `xml:"Error"`
			xmlError
		}{xmlError: xmlError{Code: e.code, Message: e.message}})
	}
	contentType := "application/json"
	if c.protocol == protocolJSON {
		contentType = c.request.Header.Get("Content-Type")
	}
	return &reply{status: e.status, contentType: contentType, errorType: e.code,
		body: mustEncode(json.Marshal(jsonError{Type: e.code, Message: e.message}))}
}

// mustEncode is for values of this package's own types, which always encode.
func mustEncode(data []byte, err error) []byte {
	if err != nil {
		panic(fmt.Sprintf("encode an answer: %v", err))
	}
	return data
}
