package authorization

import (
	"fmt"
	"net/url"
	"strings"
)

// Account is the account of the local AWS.
const Account = "123456789012"

// Every stands for a name in a call that asks for all there is: only a pattern without any part of a name matches it.
const Every = "every-one-there-is"

// KeyOfText stands for the key of a call that decrypts without naming one: the encrypted text says which it is.
const KeyOfText = "key/of-the-encrypted-text"

// Call is a call of an AWS API.
type Call struct {
	Service string // as signatures name it, such as monitoring
	Action  string // as the API names it, such as CreateVpc; "GET /path" for a REST call
	Region  string
	Form    url.Values     // of a query call, and the query of a REST call
	Body    map[string]any // of a JSON call
}

// Access is one decision of IAM.
type Access struct {
	Action   string            `json:"action"`            // as policies name it, such as ec2:CreateVpc
	Resource string            `json:"resource"`          // ARN, or * for an action that is about no resource
	Context  map[string]string `json:"context,omitempty"` // condition keys of the call
}

// service is what is known of one service.
type service struct {
	prefix   string // of its actions, where that is not its name in signatures
	global   bool   // its ARNs name no region
	arnOf    string // the service in its ARNs, where that is not the prefix
	resource func(id string) string
	// actions maps a call to the resources that it is about: what stands behind the account in an ARN, with
	// parameters of the call in braces. One that the call lacks drops the resource, unless a default stands behind "=".
	// A resource whose only parameter holds an ARN is that ARN. An empty list means no resource: *.
	actions map[string][]string
	// renamed are the calls whose action has another name.
	renamed map[string]string
	// tagging is the action that a call with tags needs in addition, on what it creates: the first of its resources.
	tagging string
	// passes are the calls that hand a role to a service, by the parameters that name the roles.
	passes map[string]pass
	// also are the calls that another action has to be allowed for.
	also map[string][]also
	// paths are the REST calls.
	paths []path
}

type pass struct {
	parameters []string
	to         string
}

// also is an action that a call needs besides its own when it has a parameter.
type also struct {
	parameter, action string
	resources         []string // as those of a call
}

// Of lists what IAM decides on for a call.
func Of(c Call) ([]Access, error) {
	s, known := services[c.Service]
	if !known {
		return nil, fmt.Errorf("local/shim/authorization knows no service %s: add it to its table (%s)", c.Service, c.Action)
	}
	p := parameters{form: c.Form, body: c.Body}
	name := c.Action
	if s.paths != nil {
		if name = p.readPath(s.paths, c.Action); name == "" {
			return nil, fmt.Errorf("local/shim/authorization knows no call %s of %s: add it to its table", c.Action, c.Service)
		}
	}
	resources, known := s.actions[name]
	if !known {
		return nil, fmt.Errorf("local/shim/authorization does not know what %s:%s is about: add it to its table", c.Service, name)
	}
	prefix := s.prefix
	if prefix == "" {
		prefix = c.Service
	}
	action := name
	if renamed, is := s.renamed[name]; is {
		action = renamed
	}
	var all []Access
	for _, template := range resources {
		for _, arn := range s.expand(p, prefix, c.Region, template) {
			all = append(all, Access{Action: prefix + ":" + action, Resource: arn})
		}
	}
	if len(resources) == 0 {
		all = append(all, Access{Action: prefix + ":" + action, Resource: "*"})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s:%s names none of %s", c.Service, name, strings.Join(resources, ", "))
	}
	return append(all, s.along(p, prefix, name, c.Region, all[0].Resource)...), nil
}

// along is what a call needs besides its own action: to tag what it creates, what AWS asks for in addition, and to pass
// roles on.
func (s service) along(p parameters, prefix, name, region, created string) []Access {
	var all []Access
	if s.tagging != "" && creates(name) && p.tagged() {
		all = append(all, Access{Action: prefix + ":" + s.tagging, Resource: created})
	}
	if prefix == "ec2" {
		for _, kind := range p.values("TagSpecification.*.ResourceType") {
			all = append(all, Access{
				Action: "ec2:CreateTags", Resource: fmt.Sprintf("arn:aws:ec2:%s:%s:%s/new", region, Account, kind),
				Context: map[string]string{"ec2:CreateAction": name},
			})
		}
	}
	for _, more := range s.also[name] {
		for _, template := range more.resources {
			if len(p.values(more.parameter)) == 0 {
				continue
			}
			for _, arn := range s.expand(p, prefix, region, template) {
				all = append(all, Access{Action: prefix + ":" + more.action, Resource: arn})
			}
		}
	}
	for _, parameter := range s.passes[name].parameters {
		for _, role := range p.values(parameter) {
			all = append(all, Access{
				Action: "iam:PassRole", Resource: role, Context: map[string]string{"iam:PassedToService": s.passes[name].to},
			})
		}
	}
	return all
}

// creates tells whether tags in a call are those of something new.
func creates(call string) bool {
	for _, verb := range []string{"Create", "Register", "Put", "Restore", "Request", "Copy"} {
		if strings.HasPrefix(call, verb) {
			return true
		}
	}
	return false
}

// expand makes the ARNs that a template stands for.
func (s service) expand(p parameters, prefix, region, template string) []string {
	if s.global || strings.HasPrefix(template, "global ") {
		region, template = "", strings.TrimPrefix(template, "global ")
	}
	if s.arnOf != "" {
		prefix = s.arnOf
	}
	texts := []string{""}
	rest := template
	several := strings.Count(template, "{") > 1
	for rest != "" {
		before, after, _ := strings.Cut(rest, "{")
		inside, behind, _ := strings.Cut(after, "}")
		rest = behind
		if inside == "" {
			texts = product(texts, []string{before})
			continue
		}
		parameter, otherwise, optional := strings.Cut(inside, "=")
		values := p.values(parameter)
		if len(values) == 0 && optional {
			values = []string{otherwise}
		}
		for i, value := range values {
			switch {
			case several && strings.HasPrefix(value, "arn:"):
				values[i] = value[strings.LastIndex(value, "/")+1:]
			case s.resource != nil && value != otherwise:
				values[i] = s.resource(value)
			}
		}
		texts = product(product(texts, []string{before}), values)
	}
	for i, text := range texts {
		if at := strings.Index(text, "arn:aws:"); at >= 0 {
			texts[i] = text[at:] // the parameter is an ARN
			continue
		}
		texts[i] = fmt.Sprintf("arn:aws:%s:%s:%s:%s", prefix, region, Account, text)
	}
	return texts
}

func product(heads, tails []string) []string {
	var all []string
	for _, head := range heads {
		for _, tail := range tails {
			all = append(all, head+tail)
		}
	}
	return all
}
