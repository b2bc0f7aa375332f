package shim

import (
	"bytes"
	"net/http"
	"strings"
)

const suspendedXML = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
	`<Status>Suspended</Status></VersioningConfiguration>`

// keepVersioning keeps from moto that the versioning of a bucket is suspended. In such a bucket, moto deletes a key
// with all versions where only one should go, and fails on a delete marker. Source:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersioningSuspendedBuckets.html
func (a *account) keepVersioning(c *call) (*reply, error) {
	if !c.request.URL.Query().Has("versioning") {
		return nil, nil
	}
	bucket := strings.TrimSuffix(c.request.URL.Path, "/")
	suspended := &reply{status: http.StatusOK, contentType: "application/xml"}
	if c.request.Method == http.MethodPut {
		if err := c.read(); err != nil {
			return nil, err
		}
		a.suspended[bucket] = bytes.Contains(c.body, []byte("<Status>Suspended</Status>"))
	} else {
		suspended.body = []byte(suspendedXML)
	}
	if !a.suspended[bucket] {
		return nil, nil
	}
	return suspended, nil
}
