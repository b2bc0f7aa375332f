package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Account and Region are where the make-believe AWS is.
const (
	Account = "123456789012"
	Region  = "eu-central-1"
)

// Caller is the identity of the credentials.
const Caller = "arn:aws:iam::123456789012:user/anna"

// AWS is what exists in the account before the program runs.
type AWS struct {
	VPCs       []VPC
	Parameters map[string]string // name to value
	// What exists by name, with its tags.
	Roles, Clusters, Repositories, LogGroups, Alarms Named
	Dashboards                                       []string
	Trust                                            map[string]string // name of a role to its trust policy
	Databases                                        map[string]string // identifier of an RDS instance to its version of PostgreSQL
	// DatabaseTags are the tags of all RDS instances.
	DatabaseTags map[string]string
	Snapshots    []Snapshot // of RDS instances, oldest first
	Caches       []Cache
	// Upgrades are the major upgrades that RDS offers: from a version of PostgreSQL to others.
	Upgrades    map[string][]string
	HostedZones []HostedZone
	Balancers   []Balancer
	Objects     map[string][]string // keys in the buckets of S3
	// Running is the task definition that the service runs after the deployment; empty: the one that was asked for.
	Running  string
	Services []Service // of ECS
	// Wanted is the number of tasks that the service is to run after the deployment; nil: as many as were asked for.
	Wanted *int
	// StandingIn is how many on-demand tasks run in the place of those on Spot.
	StandingIn int
	// Zones are those of the region; three unless set. LocalZones are zones that an account has to opt in to.
	Zones, LocalZones []string
	// Recorded are properties that a resource has from an earlier deployment, by type, or by type and logical name
	// with a space between them.
	Recorded map[string]map[string]any
	// Unborn are the types of which nothing exists yet: a preview does not know what AWS will make up for them.
	Unborn []string
	// Refused are the functions that AWS answers with an error.
	Refused []string
	service string // the task definition that was asked for
	region  string // that the program is configured for; Region if empty
	count   int    // the number of tasks that was asked for
}

// Stash is Pulumi's own type of resource that keeps a value in the state.
const Stash = "pulumi:index:Stash"

// VPC is a virtual network with its subnets.
type VPC struct {
	ID      string
	Default bool
	Subnets []Subnet
}

// Subnet is a part of a VPC in one zone.
type Subnet struct {
	ID     string
	Zone   string
	Public bool // whether it hands out public addresses
}

// computed are the outputs that AWS makes up, by type: without them policies and URLs would hold empty texts.
var computed = map[string]func(in resource.PropertyMap) map[string]any{
	"aws:ecr/repository:Repository": func(in resource.PropertyMap) map[string]any {
		return map[string]any{
			"arn":           arn("ecr", "repository/"+text(in, "name")),
			"repositoryUrl": fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com/%s", Account, Region, text(in, "name")),
		}
	},
	"aws:ecs/cluster:Cluster": named("ecs", "cluster/"),
	"aws:ecs/taskDefinition:TaskDefinition": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"arn": arn("ecs", "task-definition/"+text(in, "family")+":1")}
	},
	"aws:appautoscaling/target:Target": func(resource.PropertyMap) map[string]any {
		return map[string]any{"arn": arn("application-autoscaling", "scalable-target/0abc")}
	},
	"aws:cloudwatch/logGroup:LogGroup":       named("logs", "log-group:"),
	"aws:cloudwatch/eventRule:EventRule":     named("events", "rule/"),
	"aws:cloudwatch/metricAlarm:MetricAlarm": named("cloudwatch", "alarm:"),
	"aws:sfn/stateMachine:StateMachine":      named("states", "stateMachine:"),
	"aws:sns/topic:Topic":                    named("sns", ""),
	"aws:iam/role:Role": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"arn": "arn:aws:iam::" + Account + ":role/" + text(in, "name")}
	},
	"aws:iam/policy:Policy": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"arn": "arn:aws:iam::" + Account + ":policy/" + text(in, "name")}
	},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"arn": "arn:aws:iam::" + Account + ":oidc-provider/" + strings.TrimPrefix(text(in, "url"), "https://")}
	},
	"aws:kms/key:Key": func(resource.PropertyMap) map[string]any {
		return map[string]any{"arn": arn("kms", "key/key-id")} // create gives each resource the ID <name>-id
	},
	"aws:ssm/parameter:Parameter": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"arn": arn("ssm", "parameter"+text(in, "name")), "version": 1.0}
	},
	"aws:rds/instance:Instance": func(in resource.PropertyMap) map[string]any {
		host := text(in, "identifier") + ".abc123." + Region + ".rds.amazonaws.com"
		return map[string]any{"address": host, "endpoint": host + ":5432", "engineVersionActual": text(in, "engineVersion") + ".2"}
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"primaryEndpointAddress": "master." + text(in, "replicationGroupId") + ".abc123.euc1.cache.amazonaws.com"}
	},
}

func named(service, kind string) func(resource.PropertyMap) map[string]any {
	return func(in resource.PropertyMap) map[string]any {
		return map[string]any{"arn": arn(service, kind+text(in, "name"))}
	}
}

func arn(service, rest string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, Region, Account, rest)
}

func text(in resource.PropertyMap, key resource.PropertyKey) string {
	value := plain(in[key])
	if !value.IsString() {
		return ""
	}
	return value.StringValue()
}

// create answers the creation of a resource: its inputs, and what AWS makes up for its type.
func (a *AWS) create(args pulumi.MockResourceArgs) (string, resource.PropertyMap) {
	outputs := maps.Clone(args.Inputs)
	if slices.Contains(a.Unborn, args.TypeToken) {
		return "", outputs
	}
	id := args.Name + "-id"
	outputsOf, known := computed[args.TypeToken]
	if !known {
		outputsOf, known = computedByIngress[args.TypeToken]
	}
	if known {
		for key, value := range outputsOf(args.Inputs) {
			outputs[resource.PropertyKey(key)] = resource.NewPropertyValue(a.placed(value))
		}
	}
	if args.TypeToken == Stash {
		outputs["output"] = resource.NewProperty(resource.PropertyMap{}) // Pulumi's mocks drop what a preview does not know
		if input, known := args.Inputs["input"]; known {
			outputs["output"] = input
		}
	}
	for _, resources := range []string{args.TypeToken, args.TypeToken + " " + args.Name} {
		for key, value := range a.Recorded[resources] {
			outputs[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
		}
	}
	if args.TypeToken == "aws:ecs/service:Service" {
		a.deployService(args)
	}
	return id, outputs
}

// placed moves an ARN to the region that the program is configured for.
func (a *AWS) placed(value any) any {
	if text, ok := value.(string); ok && a.region != "" {
		return strings.Replace(text, ":"+Region+":", ":"+a.region+":", 1)
	}
	return value
}

// call answers the functions that the program calls.
func (a *AWS) call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if err := a.refused(args.Token); err != nil {
		return nil, err
	}
	if args.Token == "aws:elasticache/getCluster:getCluster" {
		return a.cacheNode(text(args.Args, "clusterId"))
	}
	if found, known, err := a.byName(args); known {
		return found, err
	}
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return answer(map[string]any{"accountId": Account, "arn": Caller}), nil
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		return a.zones(args.Args["filters"]), nil
	case "aws:rds/getInstances:getInstances":
		return a.instances(args.Args["filters"].ArrayValue()), nil
	case "aws:rds/getInstance:getInstance":
		return a.instance(args.Args["dbInstanceIdentifier"].StringValue())
	case "aws:rds/getEngineVersion:getEngineVersion":
		return a.engineVersion(args.Args)
	case "aws:rds/getSnapshot:getSnapshot":
		return a.snapshot(args.Args)
	case "aws:resourcegroupstaggingapi/getResources:getResources":
		return a.tagged(args.Args)
	case "aws:ssm/getParametersByPath:getParametersByPath":
		return a.parameters(args.Args["path"].StringValue() + "/"), nil
	case "aws:ecs/getService:getService":
		return a.lookUpService(args.Args["serviceName"].StringValue()), nil
	case "aws:ecs/getClusters:getClusters":
		return a.clusters(), nil
	case "aws:s3/getObjects:getObjects":
		return a.objects(args.Args["bucket"].StringValue(), args.Args["prefix"].StringValue())
	case "aws:ec2/getVpcs:getVpcs":
		return a.vpcs(), nil
	case "aws:ec2/getSubnets:getSubnets":
		return a.subnets(args.Args["filters"].ArrayValue())
	case "aws:ec2/getSubnet:getSubnet":
		return a.subnet(args.Args["id"].StringValue())
	case "aws:route53/getZone:getZone":
		return a.hostedZone(args.Args["zoneId"].StringValue())
	case "aws:lb/getLbs:getLbs":
		return a.taggedBalancers(args.Args["tags"].ObjectValue()), nil
	case "aws:lb/getLoadBalancer:getLoadBalancer":
		return a.balancer(args.Args["arn"].StringValue())
	}
	return nil, fmt.Errorf("the make-believe AWS does not know %s", args.Token)
}

// refused is AWS's answer to a function of Refused.
func (a *AWS) refused(function string) error {
	if slices.Contains(a.Refused, function) {
		return fmt.Errorf("AccessDenied: %s", function)
	}
	return nil
}

func answer(values map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(values)
}

// zones answers with the zones that need no opting in to only when that is what is asked for.
func (a *AWS) zones(filters resource.PropertyValue) resource.PropertyMap {
	zones := a.Zones
	if zones == nil {
		zones = []string{Region + "a", Region + "b", Region + "c"}
	}
	if !strings.Contains(fmt.Sprint(filters), "opt-in-not-required") {
		zones = slices.Concat(zones, a.LocalZones)
	}
	return answer(map[string]any{"names": zones})
}

// objects answers with the keys in a bucket that begin with a prefix.
func (a *AWS) objects(bucket, prefix string) (resource.PropertyMap, error) {
	all, exists := a.Objects[bucket]
	if !exists {
		return nil, fmt.Errorf("listing S3 Bucket (%s) Objects: NoSuchBucket: The specified bucket does not exist", bucket)
	}
	var keys []any
	for _, key := range all {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return answer(map[string]any{"keys": keys}), nil
}

func (a *AWS) parameters(prefix string) resource.PropertyMap {
	var names, values []any
	for _, name := range slices.Sorted(maps.Keys(a.Parameters)) {
		if strings.HasPrefix(name, prefix) {
			names, values = append(names, name), append(values, a.Parameters[name])
		}
	}
	return answer(map[string]any{"names": names, "values": values})
}

// vpcs answers the one filter that is ever asked for, is-default.
func (a *AWS) vpcs() resource.PropertyMap {
	var ids []any
	for _, vpc := range a.VPCs {
		if vpc.Default {
			ids = append(ids, vpc.ID)
		}
	}
	return answer(map[string]any{"ids": ids})
}

func (a *AWS) subnets(filters []resource.PropertyValue) (resource.PropertyMap, error) {
	vpcID, publicOnly := "", false
	for _, filter := range filters {
		switch name := filter.ObjectValue()["name"].StringValue(); name {
		case "vpc-id":
			vpcID = filter.ObjectValue()["values"].ArrayValue()[0].StringValue()
		case "map-public-ip-on-launch", "default-for-az":
			publicOnly = true
		default:
			return nil, fmt.Errorf("the make-believe AWS does not know the filter %s", name)
		}
	}
	var ids []any
	for _, vpc := range a.VPCs {
		for _, subnet := range vpc.Subnets {
			if vpc.ID == vpcID && (subnet.Public || !publicOnly) {
				ids = append(ids, subnet.ID)
			}
		}
	}
	return answer(map[string]any{"ids": ids}), nil
}

func (a *AWS) subnet(id string) (resource.PropertyMap, error) {
	for _, vpc := range a.VPCs {
		for _, subnet := range vpc.Subnets {
			if subnet.ID == id {
				return answer(map[string]any{"id": id, "availabilityZone": subnet.Zone}), nil
			}
		}
	}
	return nil, fmt.Errorf("no subnet %s", id)
}
