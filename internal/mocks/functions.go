package mocks

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

type (
	outputs = map[string]any
	answer  = func(a *AWS, in arguments) (outputs, error)
)

// functions answer the functions of the provider by their token.
var functions = map[string]answer{
	"aws:index/getCallerIdentity:getCallerIdentity": func(*AWS, arguments) (outputs, error) {
		return outputs{"accountId": Account, "arn": Caller}, nil
	},
	"aws:index/getAvailabilityZones:getAvailabilityZones": availabilityZones,

	"aws:cloudwatch/getLogGroup:getLogGroup": func(a *AWS, in arguments) (outputs, error) {
		return a.LogGroups.find(in.text("name"))
	},
	"aws:cloudwatch/getLogGroups:getLogGroups": func(a *AWS, in arguments) (outputs, error) {
		return outputs{"logGroupNames": a.LogGroups.names(hasPrefix(in.text("logGroupNamePrefix")))}, nil
	},
	"aws:ecr/getRepositories:getRepositories": func(a *AWS, _ arguments) (outputs, error) {
		return outputs{"names": a.Repositories.names(anyName)}, nil
	},
	"aws:ecr/getRepository:getRepository": func(a *AWS, in arguments) (outputs, error) {
		return a.Repositories.find(in.text("name"))
	},
	"aws:ecs/getCluster:getCluster": func(a *AWS, in arguments) (outputs, error) {
		return a.Clusters.find(in.text("clusterName"))
	},
	"aws:iam/getRole:getRole": func(a *AWS, in arguments) (outputs, error) {
		role, err := a.Roles.find(in.text("name"))
		if err == nil {
			role["assumeRolePolicy"] = a.Trust[in.text("name")]
		}
		return role, err
	},
	"aws:iam/getRoles:getRoles": func(a *AWS, in arguments) (outputs, error) {
		return outputs{"names": a.Roles.names(regexp.MustCompile(in.text("nameRegex")).MatchString)}, nil
	},

	"aws:ec2/getVpcs:getVpcs":       defaultVPCs,
	"aws:ec2/getSubnets:getSubnets": subnets,
	"aws:ec2/getSubnet:getSubnet":   subnet,

	"aws:ecs/getClusters:getClusters": clusters,
	"aws:ecs/getService:getService":   service,

	"aws:elasticache/getCluster:getCluster":     cacheNode,
	"aws:rds/getInstances:getInstances":         databases,
	"aws:rds/getInstance:getInstance":           database,
	"aws:rds/getEngineVersion:getEngineVersion": engineVersion,
	"aws:rds/getSnapshot:getSnapshot":           snapshot,

	"aws:route53/getZone:getZone":            hostedZone,
	"aws:lb/getLbs:getLbs":                   balancers,
	"aws:lb/getLoadBalancer:getLoadBalancer": balancer,

	"aws:resourcegroupstaggingapi/getResources:getResources": tagged,
	"aws:s3/getObjects:getObjects":                           objects,
	"aws:ssm/getParametersByPath:getParametersByPath":        parameters,
}

// availabilityZones leaves out local zones only if the filter says so.
func availabilityZones(a *AWS, in arguments) (outputs, error) {
	zones := a.Zones
	if zones == nil {
		zones = []string{Region + "a", Region + "b", Region + "c"}
	}
	if !slices.Contains(in.filters("filters")["opt-in-status"], "opt-in-not-required") {
		zones = slices.Concat(zones, a.LocalZones)
	}
	return outputs{"names": zones}, nil
}

// objects answers with the keys of a bucket that have a prefix.
func objects(a *AWS, in arguments) (outputs, error) {
	bucket, ok := a.Objects[in.text("bucket")]
	if !ok {
		return nil, fmt.Errorf("listing S3 Bucket (%s) Objects: NoSuchBucket: The specified bucket does not exist",
			in.text("bucket"))
	}
	keys := slices.DeleteFunc(slices.Clone(bucket), func(key string) bool {
		return !strings.HasPrefix(key, in.text("prefix"))
	})
	return outputs{"keys": keys}, nil
}

func parameters(a *AWS, in arguments) (outputs, error) {
	var names, values []any
	for _, name := range slices.Sorted(maps.Keys(a.Parameters)) {
		if strings.HasPrefix(name, in.text("path")+"/") {
			names, values = append(names, name), append(values, a.Parameters[name])
		}
	}
	return outputs{"names": names, "values": values}, nil
}

// tagged answers the tagging API for one type.
func tagged(a *AWS, in arguments) (outputs, error) {
	filters, mappings := in.filters("tagFilters"), []any{}
	add := func(tags map[string]string, arn string) {
		if hasTags(tags, filters) {
			mappings = append(mappings, map[string]any{"resourceArn": arn, "tags": plainTags(tags)})
		}
	}
	switch kind := fmt.Sprint(in["resourceTypeFilters"]); kind {
	case "[ecs:service]":
		for _, s := range a.Services {
			add(s.Tags, a.arn("ecs", "service/"+s.Name+"/"+s.Name))
		}
	case "[rds:snapshot]":
		for _, s := range a.Snapshots {
			add(s.Tags, a.arn("rds", "snapshot:"+s.Name))
		}
	case "[elasticache:cluster]":
		for _, c := range a.Caches {
			add(c.Tags, a.arn("elasticache", "cluster:"+c.node()))
		}
	default:
		return nil, fmt.Errorf("the mocks have no tags of %s", kind)
	}
	return outputs{"resourceTagMappingLists": mappings}, nil
}
