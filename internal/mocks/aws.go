package mocks

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/ownerrecord"
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
	// Existing are resources by type, oldest first. The types are those in internal/resources/functions.yaml.
	Existing map[string][]Item
	// Parameters are the values of SSM parameters by name.
	Parameters map[string]string
	// Services are properties that ECS services have instead of the registered ones after the deployment, by name.
	Services map[string]Item
	// Recorded are outputs that resources have from an earlier deployment, by type, or by type and logical name with a
	// space between them.
	Recorded map[string]map[string]any
	// Unknown are types that do not exist yet, so that a preview does not know their outputs.
	Unknown []string
	// Refused are functions that AWS denies.
	Refused []string

	region string // of the run
}

// Item is an existing resource: the properties that functions select by or answer with. The mocks add the outputs that
// internal/resources computes. Only the tagging API lists an item with the property "deleted".
type Item map[string]any

// Add adds existing resources of a type and returns the account.
func (a *AWS) Add(token string, items ...Item) *AWS {
	if a.Existing == nil {
		a.Existing = map[string][]Item{}
	}
	a.Existing[token] = append(a.Existing[token], items...)
	return a
}

// Database returns a PostgreSQL instance of RDS for Add.
func Database(identifier, version string) Item {
	return Item{
		"identifier": identifier, "engine": "postgres", "engineVersion": version, "resourceId": "db-ABC123",
		"dbInstanceClass": "db.t4g.micro", "multiAz": false,
	}
}

// Subnet returns a subnet for Add. A public one assigns public addresses.
func Subnet(vpc, id, zone string, public bool) Item {
	return Item{"vpcId": vpc, "id": id, "availabilityZone": zone, "mapPublicIpOnLaunch": public}
}

// Stash is Pulumi's own type of resource that keeps a value in the state.
const Stash = resources.Stash

// OwnerID is the key in Recorded of the Stash with the id of the owner record.
const OwnerID = Stash + " " + ownerrecord.IDResource

// create returns the id and the outputs of a new resource: its inputs, and what its row in the registry computes.
func (a *AWS) create(args pulumi.MockResourceArgs) (string, resource.PropertyMap) {
	outputs := maps.Clone(args.Inputs)
	if slices.Contains(a.Unknown, args.TypeToken) {
		return "", outputs
	}
	id := args.Name + "-id"
	computed := a.computed(args.TypeToken, id, unsecret(resource.NewProperty(args.Inputs)).ObjectValue().Mappable())
	for key, value := range computed {
		outputs[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	if args.TypeToken == Stash {
		outputs["output"] = stashed(args)
	}
	for _, key := range []string{args.TypeToken, args.TypeToken + " " + args.Name} {
		for property, value := range a.Recorded[key] {
			outputs[resource.PropertyKey(property)] = resource.NewPropertyValue(value)
		}
	}
	if args.TypeToken == serviceType {
		a.deploy(args)
	}
	return id, outputs
}

// stashed returns the output of a new Stash. Pulumi's mocks drop an input that a preview does not know.
func stashed(args pulumi.MockResourceArgs) resource.PropertyValue {
	input, ok := args.Inputs["input"]
	switch {
	case ok:
		return input
	case args.Name == ownerrecord.IDResource:
		return resource.NewProperty(resource.PropertyMap{})
	}
	return resource.NewProperty("") // a text
}

// computed returns the computed outputs of a resource.
func (a *AWS) computed(token, id string, inputs map[string]any) map[string]any {
	row, _ := resources.Find(token)
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
		text, _ := inputs[key].(string)
		return strings.TrimSuffix(text, ".") // of DNS names
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
