package shim

import (
	"net/http"
	"net/http/httptest"
	"time"
)

// inject answers a call with next, or fails it according to the plan.
func (f *faults) inject(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	c := callOf(r)
	v := f.choose(c)
	switch {
	case v.hold != nil:
		f.hold(w, r, v, next)
		return
	case v.kind == "":
		next(w, r)
		return
	}
	switch v.kind {
	case FaultThrottle:
		throttled(c).reply(c).write(w)
	case FaultError:
		broken(c).reply(c).write(w)
	case FaultLostRequest:
		hangUp()
	case FaultLostAnswer:
		next(httptest.NewRecorder(), r)
		hangUp()
	case FaultSlow:
		wait := time.NewTimer(v.slow)
		defer wait.Stop()
		select {
		case <-wait.C:
			next(w, r)
		case <-r.Context().Done():
		}
	}
}

// hold stops a call until its client is gone or the plan ends.
func (f *faults) hold(w http.ResponseWriter, r *http.Request, v fate, next http.HandlerFunc) {
	c := callOf(r)
	// A server notices that its client is gone only when it has read the body.
	if err := c.read(); err != nil {
		hangUp()
		return
	}
	var answer *httptest.ResponseRecorder
	if v.hold.Done {
		answer = httptest.NewRecorder()
		next(answer, r)
	}
	f.setHeld(c.name())
	defer f.setHeld("")
	select {
	case <-r.Context().Done():
		return
	case <-v.ended:
	}
	if answer == nil {
		next(w, r)
		return
	}
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// hangUp closes the connection without an answer. For this panic, Go's server does that and logs nothing.
func hangUp() { panic(http.ErrAbortHandler) }

// throttled returns the service's own error for too many calls. Source: the retryable error codes in
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
func throttled(c *call) *awsError {
	const message = "Rate exceeded (injected by a test)"
	switch {
	case c.service == "ec2":
		return &awsError{status: http.StatusServiceUnavailable, code: "RequestLimitExceeded", message: message}
	case c.protocol == protocolQuery:
		return badRequest("Throttling", message)
	case c.protocol == protocolJSON:
		return badRequest("ThrottlingException", message)
	}
	return &awsError{status: http.StatusTooManyRequests, code: "TooManyRequestsException", message: message}
}

// broken returns the service's own error for an internal failure.
func broken(c *call) *awsError {
	code := "InternalFailure"
	if c.service == "ec2" {
		code = "InternalError"
	}
	return &awsError{status: http.StatusInternalServerError, code: code,
		message: "An internal error has occurred (injected by a test)"}
}
