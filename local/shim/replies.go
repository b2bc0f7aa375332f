package shim

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
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
	// The only failure left is a client that has gone away.
	_, _ = w.Write(r.body)
}

// jsonReply answers a JSON call.
func (c *call) jsonReply(v any) (*reply, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", c.name(), err)
	}
	return &reply{status: http.StatusOK, contentType: c.request.Header.Get("Content-Type"), body: body}, nil
}

//go:embed answers/*.xml
var answerFiles embed.FS

// answerTemplates are the results of query calls. html/template escapes what XML needs escaped.
var answerTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"enabled": func(flag string) string {
		if flag == "true" {
			return "enabled"
		}
		return "disabled"
	},
	"major":   major,
	"retired": func(version string) bool { return slices.Contains(retiredVersions, version) },
}).ParseFS(answerFiles, "answers/*.xml"))

// queryNamespaces are the XML namespaces of the services that the shim answers itself.
var queryNamespaces = map[string]string{
	"elasticache": "http://elasticache.amazonaws.com/doc/2015-02-02/",
	"monitoring":  "http://monitoring.amazonaws.com/doc/2010-08-01/",
	"rds":         "http://rds.amazonaws.com/doc/2014-10-31/",
}

// queryReply answers a query call with the result that a template makes of data. No template means an empty result.
func (c *call) queryReply(templateName string, data any) (*reply, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, `<%[1]sResponse xmlns="%[2]s"><%[1]sResult>`, c.action, queryNamespaces[c.service])
	if templateName != "" {
		if err := answerTemplates.ExecuteTemplate(&body, templateName, data); err != nil {
			return nil, fmt.Errorf("answer %s: %w", c.name(), err)
		}
	}
	fmt.Fprintf(&body, `</%[1]sResult><ResponseMetadata><RequestId>%[2]s</RequestId></ResponseMetadata></%[1]sResponse>`,
		c.action, requestID)
	return &reply{status: http.StatusOK, contentType: "text/xml", body: body.Bytes()}, nil
}

// editJSON changes moto's answer to a JSON call.
func (r *reply) editJSON(edit func(answer map[string]any) error) error {
	var answer map[string]any
	if err := decodeJSON(r.body, &answer); err != nil {
		return err
	}
	if err := edit(answer); err != nil {
		return err
	}
	var err error
	r.body, err = json.Marshal(answer)
	return err
}

// editXML changes moto's answer to a query call.
func (r *reply) editXML(edit func(root *etree.Element)) error {
	root, err := parseXML(r.body)
	if err != nil {
		return err
	}
	edit(root)
	r.body, err = encodeXML(root)
	return err
}

func parseXML(data []byte) (*etree.Element, error) {
	document := etree.NewDocument()
	if err := document.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("parse XML: %w", err)
	}
	if document.Root() == nil {
		return nil, fmt.Errorf("parse XML: no root element in %q", data)
	}
	return document.Root(), nil
}

func encodeXML(root *etree.Element) ([]byte, error) {
	return etree.NewDocumentWithRoot(root).WriteToBytes()
}

// childText returns the text of the child of that name, or "".
func childText(parent *etree.Element, name string) string {
	if child := parent.SelectElement(name); child != nil {
		return strings.TrimSpace(child.Text())
	}
	return ""
}

// setChild makes text the content of the child of that name.
func setChild(parent *etree.Element, name, text string) {
	child := parent.SelectElement(name)
	if child == nil {
		child = parent.CreateElement(name)
	}
	child.Child = nil
	child.SetText(text)
}
