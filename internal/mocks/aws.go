package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
)

// The account and region of the mocks, and the identity of the credentials.
const (
	Account = "123456789012"
	Region  = "eu-central-1"
	Caller  = "arn:aws:iam::" + Account + ":user/anna"
)

// AWS is what exists in the account before the program runs.
type AWS struct {
	VPCs       []VPC
	Parameters map[string]string // name to value
	// Resources by name, with their tags.
	Roles, Clusters, Repositories, LogGroups, Alarms Named
	Dashboards                                       []string
	Trust                                            map[string]string // name of a role to its trust policy
	Databases                                        map[string]string // identifier of an RDS instance to its version
	DatabaseTags                                     map[string]string // of all RDS instances
	Snapshots                                        []Snapshot        // of RDS instances, oldest first
	Upgrades                                         map[string][]string
	Caches                                           []Cache
	HostedZones                                      []HostedZone
	Balancers                                        []Balancer
	Objects                                          map[string][]string // bucket to keys
	Services                                         []Service
	// Running is the task definition that the service runs after the deployment. Default: the one that was deployed.
	Running string
	// DesiredCount is the task count of the service after the deployment. Default: the one that was deployed.
	DesiredCount *int
	// FallbackCount is the number of on-demand tasks that run because Spot has no capacity.
	FallbackCount int
	// Zones are the region's zones. Default: three. LocalZones are zones that an account has to opt in to.
	Zones, LocalZones []string
	// Recorded are outputs that resources have from an earlier deployment, by type, or by type and logical name with a
	// space between them.
	Recorded map[string]map[string]any
	// Unknown are types that do not exist yet, so that a preview does not know their outputs.
	Unknown []string
	// Refused are functions that AWS denies.
	Refused []string

	region   string // of the run
	deployed *deployment
}

// Stash is Pulumi's own type of resource that keeps a value in the state.
const Stash = resources.Stash

// create returns the id and the outputs of a new resource: its inputs, and what its row in the registry computes.
func (a *AWS) create(args pulumi.MockResourceArgs) (string, resource.PropertyMap) {
	outputs := maps.Clone(args.Inputs)
	if slices.Contains(a.Unknown, args.TypeToken) {
		return "", outputs
	}
	id := args.Name + "-id"
	for key, value := range a.computed(args, id) {
		outputs[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	if args.TypeToken == Stash {
		outputs["output"] = resource.NewProperty(resource.PropertyMap{}) // Pulumi's mocks drop what a preview does not know
		if input, ok := args.Inputs["input"]; ok {
			outputs["output"] = input
		}
	}
	for _, key := range []string{args.TypeToken, args.TypeToken + " " + args.Name} {
		for property, value := range a.Recorded[key] {
			outputs[resource.PropertyKey(property)] = resource.NewPropertyValue(value)
		}
	}
	if args.TypeToken == "aws:ecs/service:Service" {
		a.deploy(args)
	}
	return id, outputs
}

// computed returns the computed outputs of a resource.
func (a *AWS) computed(args pulumi.MockResourceArgs, id string) map[string]any {
	row, _ := resources.Find(args.TypeToken)
	patterns := maps.Clone(row.Outputs)
	if row.ARN != "" {
		patterns = map[string]any{"arn": row.ARN}
		maps.Copy(patterns, row.Outputs)
	}
	outputs, _ := expand(patterns, func(key string) string {
		switch key {
		case "account":
			return Account
		case "region":
			return a.region
		case "id":
			return id
		}
		return strings.TrimSuffix(text(args.Inputs, key), ".") // of DNS names
	}).(map[string]any)
	return outputs
}

// expand expands the patterns in a value.
func expand(value any, input func(string) string) any {
	switch value := value.(type) {
	case string:
		return resources.Expand(value, input)
	case []any:
		expanded := make([]any, len(value))
		for i := range value {
			expanded[i] = expand(value[i], input)
		}
		return expanded
	case map[string]any:
		expanded := map[string]any{}
		for key, element := range value {
			expanded[key] = expand(element, input)
		}
		return expanded
	}
	return value
}

// text returns an input as text, or "".
func text(inputs resource.PropertyMap, key string) string {
	value := unsecret(inputs[resource.PropertyKey(key)])
	if !value.IsString() {
		return ""
	}
	return value.StringValue()
}

func (a *AWS) arn(service, rest string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, a.region, Account, rest)
}

// call answers a function of the provider.
func (a *AWS) call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if err := a.refuse(args.Token); err != nil {
		return nil, err
	}
	answer, ok := functions[args.Token]
	if _, registered := resources.Functions()[args.Token]; !ok || !registered {
		return nil, fmt.Errorf("internal/mocks or internal/resources do not know the function %s", args.Token)
	}
	outputs, err := answer(a, arguments(args.Args.Mappable()))
	return resource.NewPropertyMapFromMap(outputs), err
}

// refuse returns AWS's error for a function of Refused.
func (a *AWS) refuse(function string) error {
	if slices.Contains(a.Refused, function) {
		return fmt.Errorf("AccessDenied: %s", function)
	}
	return nil
}

// arguments are those of a function.
type arguments map[string]any

func (a arguments) text(key string) string {
	value, _ := a[key].(string)
	return value
}

// filters returns a list of filters with their values, by name or tag key.
func (a arguments) filters(list string) map[string][]string {
	filters := map[string][]string{}
	elements, _ := a[list].([]any)
	for _, element := range elements {
		filter, _ := element.(map[string]any)
		name, _ := filter["name"].(string)
		if key, ok := filter["key"].(string); ok {
			name = key
		}
		filters[name] = nil
		values, _ := filter["values"].([]any)
		for _, value := range values {
			filters[name] = append(filters[name], fmt.Sprint(value))
		}
	}
	return filters
}

// hasTags reports whether tags match all filters. A filter without values matches any value.
func hasTags(tags map[string]string, filters map[string][]string) bool {
	for key, values := range filters {
		value, ok := tags[key]
		if !ok || len(values) > 0 && !slices.Contains(values, value) {
			return false
		}
	}
	return true
}

// plainTags returns tags as an output has them.
func plainTags(tags map[string]string) map[string]any {
	outputs := map[string]any{}
	for key, value := range tags {
		outputs[key] = value
	}
	return outputs
}

// Named are the tags of resources of one type, by name.
type Named map[string]map[string]string

// names returns the names that match.
func (n Named) names(match func(string) bool) []any {
	names := []any{}
	for _, name := range slices.Sorted(maps.Keys(n)) {
		if match(name) {
			names = append(names, name)
		}
	}
	return names
}

// find returns the resource with a name.
func (n Named) find(name string) (map[string]any, error) {
	tags, ok := n[name]
	if !ok {
		return nil, fmt.Errorf("reading %s: couldn't find resource", name)
	}
	return map[string]any{"id": name, "tags": plainTags(tags)}, nil
}

func anyName(string) bool { return true }

func hasPrefix(prefix string) func(string) bool {
	return func(name string) bool { return strings.HasPrefix(name, prefix) }
}
