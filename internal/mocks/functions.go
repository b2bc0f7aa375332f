package mocks

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
)

const (
	serviceType    = resources.Service
	readParameters = "aws:ssm/getParametersByPath:getParametersByPath"
	readTags       = "aws:resourcegroupstaggingapi/getResources:getResources"
)

// call answers a function of the provider.
func (a *AWS) call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if err := a.Refuse(args.Token); err != nil {
		return nil, err
	}
	outputs, err := a.answer(args.Token, args.Args.Mappable())
	return resource.NewPropertyMapFromMap(outputs), err
}

// Refuse returns AWS's error for a function of Refused.
func (a *AWS) Refuse(function string) error {
	if slices.Contains(a.Refused, function) {
		return fmt.Errorf("AccessDenied: %s", function)
	}
	return nil
}

func (a *AWS) answer(function string, in map[string]any) (map[string]any, error) {
	switch function {
	case readParameters:
		return a.parameters(in), nil
	case readTags:
		return a.tagged(in)
	}
	row := resources.Functions()[function].Mock
	if row.Of == "" {
		return nil, fmt.Errorf("internal/resources and the mocks do not know the function %s", function)
	}
	var items []Item
	for _, item := range a.items(row.Of) {
		if item["deleted"] == nil && item.matches(in, row.By) {
			items = append(items, item)
		}
	}
	switch {
	case row.Lists != nil:
		outputs := map[string]any{}
		for output, property := range row.Lists {
			values := []any{}
			for _, item := range items {
				values = append(values, item[property])
			}
			outputs[output] = values
		}
		return outputs, nil
	case len(items) > 0:
		return items[len(items)-1], nil
	case row.Missing != "":
		return nil, fmt.Errorf("%s: %v", row.Missing, in)
	}
	return nil, fmt.Errorf("reading %v: couldn't find resource", in)
}

// items returns the existing resources of a type with their computed outputs.
func (a *AWS) items(token string) []Item {
	existing, given := a.Existing[token]
	switch {
	case token == "caller":
		return []Item{{"accountId": Account, "arn": Caller}}
	case token == "serviceQuota" && !given:
		return []Item{{"serviceCode": "vpc", "quotaCode": "L-F678F1CE", "value": 5.0}}
	case token == "availabilityZone" && !given:
		return []Item{Zone("a"), Zone("b"), Zone("c")}
	}
	var items []Item
	for _, item := range existing {
		outputs := Item(a.computed(token, fmt.Sprint(item["id"]), item))
		maps.Copy(outputs, item)
		maps.Copy(outputs, a.Services[fmt.Sprint(item["name"])])
		items = append(items, outputs)
	}
	return items
}

// Zone returns an availability zone of the region for Add.
func Zone(letter string) Item {
	return Item{"name": Region + letter, "opt-in-status": "opt-in-not-required"}
}

// matches reports whether an item has the properties that the arguments of a function select by.
func (item Item) matches(in map[string]any, by map[string]string) bool {
	for argument, value := range in {
		ok := true
		switch argument {
		case "clusterArn", "excludeZoneIds", "includeAll", "mostRecent", "prefix":
			// What Existing has is only what these arguments leave.
		case "nameRegex":
			ok = regexp.MustCompile(fmt.Sprint(value)).MatchString(fmt.Sprint(item["name"]))
		case "logGroupNamePrefix":
			ok = strings.HasPrefix(fmt.Sprint(item["name"]), fmt.Sprint(value))
		case "tags":
			for key, tag := range value.(map[string]any) {
				ok = ok && item.Tags()[key] == tag
			}
		case "filters":
			for name, values := range filters(value) {
				ok = ok && slices.Contains(values, item.property(name, by))
			}
		default:
			ok = item.property(argument, by) == fmt.Sprint(value)
		}
		if !ok {
			return false
		}
	}
	return true
}

// property returns the property that an argument or a filter selects by.
func (item Item) property(argument string, by map[string]string) string {
	if property, renamed := by[argument]; renamed {
		argument = property
	}
	return fmt.Sprint(item[argument])
}

// Tags returns the tags of an existing resource.
func (item Item) Tags() map[string]string {
	tags, _ := item["tags"].(map[string]string)
	return tags
}

// filters returns the values of filters by name or tag key.
func filters(list any) map[string][]string {
	filters := map[string][]string{}
	elements, _ := list.([]any)
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

// parameters answers with the parameters under a path.
func (a *AWS) parameters(in map[string]any) map[string]any {
	var names, values []any
	for _, name := range slices.Sorted(maps.Keys(a.Parameters)) {
		if strings.HasPrefix(name, fmt.Sprint(in["path"])+"/") {
			names, values = append(names, name), append(values, a.Parameters[name])
		}
	}
	return map[string]any{"names": names, "values": values}
}

// taggable are the types of the tagging API with the patterns of their ARNs after arn:aws.
var taggable = map[string]struct{ token, arn string }{
	"[ecs:service]":         {serviceType, "ecs:{region}:{account}:service/{name}/{name}"},
	"[elasticache:cluster]": {"aws:elasticache/cluster:Cluster", "elasticache:{region}:{account}:cluster:{clusterId}"},
	"[elasticloadbalancing:loadbalancer]": {"aws:lb/loadBalancer:LoadBalancer",
		"elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/50dc6c495c0c9188"},
	"[rds:snapshot]": {"aws:rds/snapshot:Snapshot", "rds:{region}:{account}:snapshot:{dbSnapshotIdentifier}"},
}

// tagged answers the tagging API for one type. A tag filter without values matches any value.
func (a *AWS) tagged(in map[string]any) (map[string]any, error) {
	kind, known := taggable[fmt.Sprint(in["resourceTypeFilters"])]
	if !known {
		return nil, fmt.Errorf("the mocks have no tags of %v", in["resourceTypeFilters"])
	}
	mappings := []any{}
	for _, item := range a.items(kind.token) {
		ok := true
		for key, values := range filters(in["tagFilters"]) {
			value, tagged := item.Tags()[key]
			ok = ok && tagged && (len(values) == 0 || slices.Contains(values, value))
		}
		if ok {
			arn := strings.NewReplacer("{region}", a.region, "{account}", Account)
			resource := resources.Expand(arn.Replace("arn:aws:"+kind.arn),
				func(key string) string { return fmt.Sprint(item[key]) })
			mappings = append(mappings, map[string]any{"resourceArn": resource, "tags": item.Tags()})
		}
	}
	return map[string]any{"resourceTagMappingLists": mappings}, nil
}

// deploy adds an ECS service or updates the existing one. An ignored desired count keeps its value.
func (a *AWS) deploy(args pulumi.MockResourceArgs) {
	service := Item(unsecret(resource.NewProperty(args.Inputs)).ObjectValue().Mappable())
	a.Existing[serviceType] = slices.DeleteFunc(a.Add(serviceType).Existing[serviceType], func(item Item) bool {
		if item["name"] != service["name"] {
			return false
		}
		if slices.Contains(args.RegisterRPC.GetIgnoreChanges(), "desiredCount") {
			service["desiredCount"] = item["desiredCount"]
		}
		return true
	})
	a.Add(serviceType, service)
}
