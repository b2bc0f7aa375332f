package pulumitest

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// byName are the functions that look up a resource by its name, and the argument that holds the name. Cloud Control's
// identifier of an event rule is its ARN.
var byName = map[string]resource.PropertyKey{
	"aws:cloudcontrol/getResource:getResource":                "identifier",
	"aws:cloudwatch/getLogGroup:getLogGroup":                  "name",
	"aws:ecr/getRepository:getRepository":                     "name",
	"aws:ecs/getCluster:getCluster":                           "clusterName",
	"aws:elasticache/getCluster:getCluster":                   "clusterId",
	"aws:elasticache/getReplicationGroup:getReplicationGroup": "replicationGroupId",
	"aws:iam/getRole:getRole":                                 "name",
	"aws:sns/getTopic:getTopic":                               "name",
}

// Key is how AWS.Existing names a resource: by the function that finds it, and for Cloud Control by its type.
func Key(function, name string) string { return function + " " + name }

// existing answers a lookup by name with the tags of what exists.
func (a *AWS) existing(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	name := args.Args[byName[args.Token]].StringValue()
	kind := args.Token
	if typeName := text(args.Args, "typeName"); typeName != "" {
		kind = typeName
	}
	tags, exists := a.Existing[Key(kind, name)]
	if !exists {
		return nil, fmt.Errorf("reading %s (%s): couldn't find resource", kind, name)
	}
	found := map[string]any{"id": name, "tags": stringMap(tags), "status": "ACTIVE", "assumeRolePolicy": a.Roles[name]}
	if kind != args.Token {
		properties, err := json.Marshal(map[string]any{"Tags": cloudFormationTags(tags)})
		if err != nil {
			return nil, fmt.Errorf("write the properties of %s: %w", name, err)
		}
		found["properties"] = string(properties)
	}
	return answer(found), nil
}

func stringMap(tags map[string]string) map[string]any {
	all := map[string]any{}
	for key, value := range tags {
		all[key] = value
	}
	return all
}

func cloudFormationTags(tags map[string]string) []map[string]string {
	var all []map[string]string
	for key, value := range tags {
		all = append(all, map[string]string{"Key": key, "Value": value})
	}
	return all
}
