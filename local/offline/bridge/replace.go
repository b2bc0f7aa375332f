package bridge

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
)

// defaultsKey is the input property in which a bridge lists the properties that it filled in itself.
const defaultsKey = "__defaults"

// autoNamed is the property that pulumi-aws fills in with a generated name, for the types where this is not "name".
// An empty property means that pulumi-aws generates no name. Source: resource_overrides.go of pulumi-aws.
var autoNamed = map[string]string{
	"aws:cloudwatch/eventTarget:EventTarget":            "targetId",
	"aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
	"aws:rds/instance:Instance":                         "identifier",
	"aws:route53/record:Record":                         "",
	"aws:s3/bucketV2:BucketV2":                          "bucket",
}

// pluginFramework are the types of the table that the AWS provider implements with the Terraform plugin framework.
// All others use the Terraform plugin SDK.
var pluginFramework = []string{
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}

// deletesBeforeReplace reports whether pulumi-aws deletes the old resource before it creates the replacement. It does
// so if the program sets the name, because two resources cannot have the same one. Only the bridge for the Terraform
// plugin SDK has this rule, so the dynamic bridge lacks it. Source: nameRequiresDeleteBeforeReplace in
// pkg/tfbridge/schema.go of pulumi-terraform-bridge.
func deletesBeforeReplace(token string, inputs *structpb.Struct) bool {
	if slices.Contains(pluginFramework, token) {
		return false
	}
	property, ok := autoNamed[token]
	if !ok {
		property = nameProperty
	}
	return inputs.GetFields()[property] != nil && !isDefault(inputs, property)
}

// isDefault reports whether a bridge filled in a property of the inputs.
func isDefault(inputs *structpb.Struct, property string) bool {
	defaults := inputs.GetFields()[defaultsKey].GetListValue().GetValues()
	return slices.ContainsFunc(defaults, func(v *structpb.Value) bool { return v.GetStringValue() == property })
}

// markDefault adds a property to those that a bridge filled in.
func markDefault(inputs *structpb.Struct, property string) {
	if isDefault(inputs, property) {
		return
	}
	defaults := inputs.GetFields()[defaultsKey].GetListValue()
	if defaults == nil {
		defaults = &structpb.ListValue{}
		inputs.Fields[defaultsKey] = structpb.NewListValue(defaults)
	}
	defaults.Values = append(defaults.Values, structpb.NewStringValue(property))
}
