package shim

import (
	"net/http"
	"net/url"
	"strings"
)

// checkNewRecords refuses to create a record that exists, which moto accepts. It makes an UPSERT of every CREATE,
// because moto refuses to create a record that was deleted. Source:
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_Change.html
func (a *account) checkNewRecords(c *call) error {
	path := strings.TrimSuffix(c.request.URL.Path, "/")
	if c.request.Method != http.MethodPost || !strings.HasSuffix(path, "/rrset") {
		return nil
	}
	if err := c.read(); err != nil {
		return err
	}
	root, err := parseXML(c.body)
	if err != nil {
		return err
	}
	for _, change := range root.FindElements(".//Change[Action='CREATE']") {
		for _, record := range change.SelectElements("ResourceRecordSet") {
			name, kind := childText(record, "Name"), childText(record, "Type")
			exists, err := a.recordExists(c, name, kind)
			if err != nil {
				return err
			}
			if exists {
				return badRequest("InvalidChangeBatch",
					"[Tried to create resource record set [name='%s', type='%s'] but it already exists]", name, kind)
			}
			setChild(change, "Action", "UPSERT")
		}
	}
	c.body, err = encodeXML(root)
	return err
}

func (a *account) recordExists(c *call, name, kind string) (bool, error) {
	records, err := a.upstream.get(c, c.request.URL.Path, url.Values{"name": {name}, "type": {kind}})
	if err != nil {
		return false, err
	}
	for _, record := range records.FindElements(".//ResourceRecordSet") {
		sameName := strings.TrimSuffix(childText(record, "Name"), ".") == strings.TrimSuffix(name, ".")
		if sameName && childText(record, "Type") == kind {
			return true, nil
		}
	}
	return false, nil
}
