package claim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A lookup finds what has some of the stack's names. It lists first: a data source of the provider that finds nothing
// writes an error to the log. The tagging API lists every type, but also what was deleted hours ago.
type lookup func(ctx *pulumi.Context) ([]resource, error)

// lookups are all lookups before the first deployment. parameters are the names of the SSM parameters below the stack's
// path, which are known already; watch is nil if CloudWatch cannot be reached.
func (a *Args) lookups(parameters []string, watch CloudWatch) map[string]lookup {
	all := map[string]lookup{
		"IAM roles": a.findRoles, "ECS cluster": a.findCluster, "RDS instance": a.findDatabase,
		"ECR repository": a.findRepository, "log group": a.findLogGroup,
		"SSM parameters": func(*pulumi.Context) ([]resource, error) {
			return named("SSM parameter", a.Names.Parameters, parameters), nil
		},
	}
	if watch != nil {
		all["CloudWatch alarms"], all["CloudWatch dashboard"] = a.findAlarms(watch), a.findDashboard(watch)
	}
	return all
}

// named returns the resources of a kind whose names AWS lists, without their tags.
func named(kind string, names, inUse []string) []resource {
	var found []resource
	for _, name := range names {
		if slices.Contains(inUse, name) {
			found = append(found, resource{kind: kind, name: name})
		}
	}
	return found
}

// withTags looks up the tags of resources.
func withTags(found []resource, tagsOf func(name string) (map[string]string, error)) ([]resource, error) {
	for i, one := range found {
		tags, err := tagsOf(one.name)
		if err != nil {
			return nil, fmt.Errorf("read the tags of %s %s: %w", one.kind, one.name, err)
		}
		found[i].tags = tags
	}
	return found, nil
}

const iamRole = "IAM role"

func (a *Args) findRoles(ctx *pulumi.Context) ([]resource, error) {
	var quoted []string
	for _, role := range a.Names.Roles {
		quoted = append(quoted, regexp.QuoteMeta(role))
	}
	roles, err := awsiam.GetRoles(ctx, &awsiam.GetRolesArgs{NameRegex: pulumi.StringRef("^(" + strings.Join(quoted, "|") + ")$")})
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return withTags(named(iamRole, a.Names.Roles, roles.Names), func(name string) (map[string]string, error) {
		role, err := awsiam.LookupRole(ctx, &awsiam.LookupRoleArgs{Name: name})
		if err != nil {
			return nil, fmt.Errorf("read role: %w", err)
		}
		return role.Tags, nil
	})
}

func (a *Args) findCluster(ctx *pulumi.Context) ([]resource, error) {
	clusters, err := ecs.GetClusters(ctx)
	if err != nil {
		return nil, fmt.Errorf("list clusters: %w", err)
	}
	var names []string
	for _, arn := range clusters.ClusterArns {
		names = append(names, arn[strings.LastIndex(arn, "/")+1:])
	}
	return withTags(named("ECS cluster", []string{a.Name}, names), func(name string) (map[string]string, error) {
		cluster, err := ecs.LookupCluster(ctx, &ecs.LookupClusterArgs{ClusterName: name})
		if err != nil {
			return nil, fmt.Errorf("read cluster: %w", err)
		}
		return cluster.Tags, nil
	})
}

func (a *Args) findDatabase(ctx *pulumi.Context) ([]resource, error) {
	instances, err := rds.GetInstances(ctx, &rds.GetInstancesArgs{
		Filters: []rds.GetInstancesFilter{{Name: "db-instance-id", Values: []string{a.Name}}},
	})
	if err != nil {
		return nil, fmt.Errorf("list instances: %w", err)
	}
	found := named("RDS instance", []string{a.Name}, instances.InstanceIdentifiers)
	return withTags(found, func(name string) (map[string]string, error) {
		instance, err := rds.LookupInstance(ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: pulumi.StringRef(name)})
		if err != nil {
			return nil, fmt.Errorf("read instance: %w", err)
		}
		return instance.Tags, nil
	})
}

func (a *Args) findRepository(ctx *pulumi.Context) ([]resource, error) {
	repositories, err := ecr.GetRepositories(ctx)
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	return withTags(named("ECR repository", []string{a.Name}, repositories.Names), func(name string) (map[string]string, error) {
		repository, err := ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: name})
		if err != nil {
			return nil, fmt.Errorf("read repository: %w", err)
		}
		return repository.Tags, nil
	})
}

func (a *Args) findLogGroup(ctx *pulumi.Context) ([]resource, error) {
	groups, err := cloudwatch.GetLogGroups(ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: pulumi.StringRef(a.Names.LogGroup)})
	if err != nil {
		return nil, fmt.Errorf("list log groups: %w", err)
	}
	found := named("log group", []string{a.Names.LogGroup}, groups.LogGroupNames)
	return withTags(found, func(name string) (map[string]string, error) {
		group, err := cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: name})
		if err != nil {
			return nil, fmt.Errorf("read log group: %w", err)
		}
		return group.Tags, nil
	})
}
