package shim

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
)

// bucketsRule makes up for moto in a bucket whose versioning was suspended: there moto deletes a key with all its versions
// when one is to go, and fails when that is a delete marker. So it never hears of a suspension. Source:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersioningSuspendedBuckets.html
type bucketsRule struct {
	mu        sync.Mutex
	suspended map[string]bool // by the bucket's path
}

func newBucketsRule() *bucketsRule { return &bucketsRule{suspended: map[string]bool{}} }

func (r *bucketsRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.suspended)
}

const suspendedXML = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Suspended</Status></VersioningConfiguration>`

func (r *bucketsRule) before(c *call) (*reply, error) {
	if !c.request.URL.Query().Has("versioning") {
		return nil, nil
	}
	bucket := strings.TrimSuffix(c.request.URL.Path, "/")
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.request.Method {
	case http.MethodPut:
		if err := c.read(); err != nil {
			return nil, err
		}
		delete(r.suspended, bucket)
		if bytes.Contains(c.body, []byte("<Status>Suspended</Status>")) {
			r.suspended[bucket] = true
			return &reply{status: http.StatusOK, contentType: "application/xml"}, nil
		}
	case http.MethodGet:
		if r.suspended[bucket] {
			return &reply{status: http.StatusOK, contentType: "application/xml", body: []byte(suspendedXML)}, nil
		}
	}
	return nil, nil
}

func (r *bucketsRule) after(*call, *reply) error { return nil }
