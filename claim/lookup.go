package claim

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudcontrol"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lookup finds a resource by its name and returns its tags.
type lookup struct {
	kind, name string
	find       func(ctx *pulumi.Context, name string) (map[string]string, error)
}

// lookups are all lookups before the first deployment. parameters are the names of the SSM parameters below the stack's
// path, which are known already.
func (a *Args) lookups(parameters []string) []lookup {
	all := []lookup{
		{"ECS cluster", a.Name, findCluster},
		{"RDS instance", a.Name, findDatabase},
		{"ElastiCache replication group", a.Name, findReplicationGroup},
		{"ElastiCache cluster", a.Name, findCacheCluster},
		{"ECR repository", a.Name, findRepository},
		{"CloudWatch dashboard", a.Name, cloudControl("AWS::CloudWatch::Dashboard")},
		{"log group", a.Names.LogGroup, findLogGroup},
		{"SNS topic", a.Names.Topic, findTopic},
	}
	for _, role := range a.Names.Roles {
		all = append(all, lookup{"IAM role", role, findRole})
	}
	for _, alarm := range a.Names.Alarms {
		all = append(all, lookup{"CloudWatch alarm", alarm, cloudControl("AWS::CloudWatch::Alarm")})
	}
	for _, rule := range a.Names.Rules {
		all = append(all, lookup{"EventBridge rule", rule, a.findRule})
	}
	for _, parameter := range a.Names.Parameters {
		all = append(all, lookup{"SSM parameter", parameter, inList(parameters)})
	}
	return all
}

func findRole(ctx *pulumi.Context, name string) (map[string]string, error) {
	role, err := awsiam.LookupRole(ctx, &awsiam.LookupRoleArgs{Name: name})
	if err != nil {
		return nil, err
	}
	return role.Tags, nil
}

func findCluster(ctx *pulumi.Context, name string) (map[string]string, error) {
	cluster, err := ecs.LookupCluster(ctx, &ecs.LookupClusterArgs{ClusterName: name})
	if err != nil {
		return nil, err
	}
	if cluster.Status == "INACTIVE" { // ECS remembers a deleted cluster for some time
		return nil, errNotFound
	}
	return cluster.Tags, nil
}

func findDatabase(ctx *pulumi.Context, name string) (map[string]string, error) {
	listed, err := rds.GetInstances(ctx, &rds.GetInstancesArgs{
		Filters: []rds.GetInstancesFilter{{Name: "db-instance-id", Values: []string{name}}},
	})
	if err != nil {
		return nil, err
	}
	if len(listed.InstanceIdentifiers) == 0 {
		return nil, errNotFound
	}
	instance, err := rds.LookupInstance(ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: pulumi.StringRef(name)})
	if err != nil {
		return nil, err
	}
	return instance.Tags, nil
}

func findReplicationGroup(ctx *pulumi.Context, name string) (map[string]string, error) {
	_, err := elasticache.LookupReplicationGroup(ctx, &elasticache.LookupReplicationGroupArgs{ReplicationGroupId: name})
	return nil, err
}

func findCacheCluster(ctx *pulumi.Context, name string) (map[string]string, error) {
	cluster, err := elasticache.LookupCluster(ctx, &elasticache.LookupClusterArgs{ClusterId: name})
	if err != nil {
		return nil, err
	}
	return cluster.Tags, nil
}

func findRepository(ctx *pulumi.Context, name string) (map[string]string, error) {
	repository, err := ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: name})
	if err != nil {
		return nil, err
	}
	return repository.Tags, nil
}

func findLogGroup(ctx *pulumi.Context, name string) (map[string]string, error) {
	group, err := cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: name})
	if err != nil {
		return nil, err
	}
	return group.Tags, nil
}

func findTopic(ctx *pulumi.Context, name string) (map[string]string, error) {
	topic, err := sns.LookupTopic(ctx, &sns.LookupTopicArgs{Name: name})
	if err != nil {
		return nil, err
	}
	return topic.Tags, nil
}

func (a *Args) findRule(ctx *pulumi.Context, name string) (map[string]string, error) {
	arn := fmt.Sprintf("arn:aws:events:%s:%s:rule/%s", a.Region, a.AccountID, name)
	return cloudControl("AWS::Events::Rule")(ctx, arn)
}

// inList finds a resource whose name is in a list.
func inList(names []string) func(*pulumi.Context, string) (map[string]string, error) {
	return func(_ *pulumi.Context, name string) (map[string]string, error) {
		if !slices.Contains(names, name) {
			return nil, errNotFound
		}
		return nil, nil
	}
}

// cloudControl finds a resource of a type for which the provider has no data source. Identifiers by type:
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html
func cloudControl(kind string) func(*pulumi.Context, string) (map[string]string, error) {
	return func(ctx *pulumi.Context, identifier string) (map[string]string, error) {
		found, err := cloudcontrol.LookupResource(ctx, &cloudcontrol.LookupResourceArgs{TypeName: kind, Identifier: identifier})
		if err != nil {
			return nil, err
		}
		var properties struct {
			Tags []struct{ Key, Value string }
		}
		if err := json.Unmarshal([]byte(found.Properties), &properties); err != nil {
			return nil, fmt.Errorf("read the properties of %s: %w", identifier, err)
		}
		tags := map[string]string{}
		for _, one := range properties.Tags {
			tags[one.Key] = one.Value
		}
		return tags, nil
	}
}
