package shim

import (
	"net/http"
	"strconv"
)

// reply is an answer held in memory.
type reply struct {
	status      int
	contentType string
	body        []byte
	// errorType goes into the header from which JSON clients read an error's code.
	errorType string
}

func (r *reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", r.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.Header().Set("X-Amzn-RequestId", requestID)
	if r.errorType != "" {
		w.Header().Set("X-Amzn-ErrorType", r.errorType)
	}
	w.WriteHeader(r.status)
	// The only failure left is a client that went away.
	_, _ = w.Write(r.body)
}
