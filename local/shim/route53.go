package shim

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// recordsRule makes up for what moto takes for a new record: it takes one that exists already, and refuses one that it
// once had. Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_Change.html
type recordsRule struct{ upstream *upstream }

func (r *recordsRule) forget() {}

func (r *recordsRule) before(c *call) (*reply, error) {
	if c.request.Method != http.MethodPost || !strings.HasSuffix(strings.TrimSuffix(c.request.URL.Path, "/"), "/rrset") {
		return nil, nil
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	changes, err := parseXML(c.body)
	if err != nil {
		return nil, err
	}
	for _, change := range changes.all("Change") {
		for _, record := range change.all("ResourceRecordSet") {
			if change.value("Action") != "CREATE" {
				continue
			}
			name, kind := record.value("Name"), record.value("Type")
			exists, err := r.exists(c, name, kind)
			if err != nil {
				return nil, err
			}
			if exists {
				return nil, badRequest("InvalidChangeBatch", "[Tried to create resource record set [name='%s', type='%s'] but it already exists]", name, kind)
			}
			change.set("Action", "UPSERT")
		}
	}
	c.body = changes.encode()
	return nil, nil
}

func (r *recordsRule) exists(c *call, name, kind string) (bool, error) {
	answer, err := r.upstream.get(c, c.request.URL.Path, url.Values{"name": {name}, "type": {kind}})
	if err != nil {
		return false, fmt.Errorf("ask moto for %s: %w", name, err)
	}
	list, err := parseXML(answer.body)
	if err != nil {
		return false, err
	}
	for _, record := range list.all("ResourceRecordSet") {
		if record.value("Type") == kind && strings.TrimSuffix(record.value("Name"), ".") == strings.TrimSuffix(name, ".") {
			return true, nil
		}
	}
	return false, nil
}

func (r *recordsRule) after(*call, *reply) error { return nil }
