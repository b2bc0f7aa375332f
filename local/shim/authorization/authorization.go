// Package authorization works out what IAM would authorize for an AWS API call: actions, their resources and their
// condition keys. What it knows of each service is in services.yaml. A call that is not listed there is an error.
//
// Only names are taken from a call, because its body may hold secrets.
package authorization

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"threa-infra/internal/naming"
)

// Account is the account of the local AWS.
const Account = "123456789012"

// AnyName is the name in the ARN of a call that asks for all resources of a type. Only a pattern without any part of a
// name matches it.
const AnyName = "any-name"

// Call is an AWS API call.
type Call struct {
	Service string // as signatures name it, such as monitoring
	Action  string // as the API names it, such as CreateVpc; "GET /path" for a REST call
	Region  string
	Form    url.Values     // parameters of a query call, or the query of a REST call
	Body    map[string]any // body of a JSON call
}

// Request is one authorization decision of IAM.
type Request struct {
	Action   string            `json:"action"`            // as policies name it, such as ec2:CreateVpc
	Resource string            `json:"resource"`          // ARN, or * for an action without resources
	Context  map[string]string `json:"context,omitempty"` // condition keys
}

// Requests returns what IAM would authorize for a call.
func Requests(c Call) ([]Request, error) {
	s, ok := services[c.Service]
	if !ok {
		return nil, fmt.Errorf("service %s (%s) is unknown: add it to local/shim/authorization/services.yaml",
			c.Service, c.Action)
	}
	p := parameters{form: c.Form, body: c.Body}
	name := c.Action
	if s.Paths != nil {
		name = p.readPath(s.Paths, c.Action)
	}
	resources, ok := s.Actions[name]
	if !ok {
		return nil, fmt.Errorf("action %s:%s is unknown: add it to local/shim/authorization/services.yaml",
			c.Service, c.Action)
	}
	e := expander{service: s, prefix: cmp.Or(s.Prefix, c.Service), parameters: p, region: c.Region}
	if s.Global {
		e.region = ""
	}
	action := cmp.Or(s.Renamed[name], name)
	requests := e.requests(action, resources)
	if resources == "" {
		requests = []Request{{Action: e.prefix + ":" + action, Resource: "*"}}
	}
	if len(requests) == 0 {
		return nil, fmt.Errorf("%s:%s names none of %s", c.Service, name, resources)
	}
	for key, parameter := range s.Context[name] {
		if values := p.values(parameter); len(values) > 0 {
			setAll(requests, key, strings.Join(values, ","))
		}
	}
	requests = append(requests, e.tagging(name, requests[0].Resource)...)
	if e.prefix == "s3" { // its ARNs name no account
		setAll(requests, "aws:ResourceAccount", Account)
	}
	if stack := p.tag(naming.TagStack); stack != "" {
		setAll(requests, "aws:RequestTag/"+naming.TagStack, stack)
	}
	for _, also := range s.Also[name] {
		if len(p.values(also.Parameter)) > 0 {
			requests = append(requests, e.requests(also.Action, also.Resources)...)
		}
	}
	for _, parameter := range s.Passes[name].Parameters {
		for _, role := range p.values(parameter) {
			requests = append(requests, Request{
				Action: "iam:PassRole", Resource: role, Context: map[string]string{"iam:PassedToService": s.Passes[name].To},
			})
		}
	}
	return requests, nil
}

// Set gives the request a condition key.
func (r *Request) Set(key, value string) {
	if r.Context == nil {
		r.Context = map[string]string{}
	}
	r.Context[key] = value
}

func setAll(requests []Request, key, value string) {
	for i := range requests {
		requests[i].Set(key, value)
	}
}

// expander fills the resource templates of one call.
type expander struct {
	service        service
	prefix, region string
	parameters     parameters
}

// requests returns the requests of an action on the resources of space-separated templates.
func (e expander) requests(action, templates string) []Request {
	var requests []Request
	for _, template := range strings.Fields(templates) {
		for _, arn := range e.arns(template) {
			requests = append(requests, Request{Action: e.prefix + ":" + action, Resource: arn})
		}
	}
	return requests
}

// creatingVerbs begin the names of calls whose tags are those of a new resource.
var creatingVerbs = []string{"Create", "Register", "Put", "Restore", "Request", "Copy"}

// tagging returns the requests for the tags of what a call creates.
func (e expander) tagging(call, created string) []Request {
	var requests []Request
	creates := slices.ContainsFunc(creatingVerbs, func(verb string) bool { return strings.HasPrefix(call, verb) })
	if e.service.Tagging != "" && creates && e.parameters.tagged() {
		requests = append(requests, Request{Action: e.prefix + ":" + e.service.Tagging, Resource: created})
	}
	if e.prefix == "elasticloadbalancing" {
		setAll(requests, "elasticloadbalancing:CreateAction", call)
	}
	if e.prefix != "ec2" {
		return requests
	}
	for _, kind := range e.parameters.values("TagSpecification.*.ResourceType") {
		requests = append(requests, Request{
			Action: "ec2:CreateTags", Resource: fmt.Sprintf("arn:aws:ec2:%s:%s:%s/new", e.region, Account, kind),
			Context: map[string]string{"ec2:CreateAction": call},
		})
	}
	return requests
}

// placeholder is a parameter in a resource template, with a default behind "=".
var placeholder = regexp.MustCompile(`\{([^}]+)\}`)

// arns fills a template with every combination of the values of its parameters.
func (e expander) arns(template string) []string {
	texts := []string{template}
	placeholders := placeholder.FindAllString(template, -1)
	for _, name := range placeholders {
		values := e.values(strings.Trim(name, "{}"), len(placeholders) > 1)
		var filled []string
		for _, text := range texts {
			for _, value := range values {
				filled = append(filled, strings.Replace(text, name, value, 1))
			}
		}
		texts = filled
	}
	for i, text := range texts {
		if at := strings.Index(text, "arn:aws:"); at >= 0 {
			texts[i] = text[at:] // a parameter holds the whole ARN
		} else {
			texts[i] = fmt.Sprintf("arn:aws:%s:%s:%s:%s", e.prefix, e.region, Account, text)
		}
	}
	return texts
}

// values returns the values of "Parameter" or "Parameter=default". In a template with several parameters, an ARN means
// the name that it ends with.
func (e expander) values(name string, several bool) []string {
	parameter, otherwise, optional := strings.Cut(name, "=")
	values := e.parameters.values(parameter)
	if len(values) == 0 && optional {
		return []string{otherwise}
	}
	for i, value := range values {
		switch {
		case several && strings.HasPrefix(value, "arn:"):
			values[i] = value[strings.LastIndex(value, "/")+1:]
		case e.prefix == "ec2":
			values[i] = ec2Resource(value)
		case e.prefix == "ssm":
			values[i] = strings.TrimPrefix(value, "/") // an ARN does not double a parameter's first slash
		}
	}
	return values
}
