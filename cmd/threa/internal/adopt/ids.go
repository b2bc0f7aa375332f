package adopt

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/cmd/threa/awsquery"
	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/resources"
)

const (
	alarms         = "aws:cloudwatch/metricAlarm:MetricAlarm"
	cacheSubnets   = "aws:elasticache/subnetGroup:SubnetGroup"
	capacity       = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
	clusters       = "aws:ecs/cluster:Cluster"
	dashboards     = "aws:cloudwatch/dashboard:Dashboard"
	dbParameters   = "aws:rds/parameterGroup:ParameterGroup"
	dbSubnets      = "aws:rds/subnetGroup:SubnetGroup"
	lifecycle      = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
	parameters     = resources.Parameter
	rolePolicies   = resources.RolePolicy
	roles          = resources.Role
	routes         = resources.Route
	securityGroups = resources.SecurityGroup
	services       = resources.Service
	taskDefinition = resources.TaskDefinition
)

// overwritten has the property with the import id of types that threa recover never imports, because creating them
// again overwrites what AWS has.
var overwritten = map[string]string{dashboards: "dashboardName", capacity: "clusterName"}

// inputs are the inputs of a resource.
type inputs map[string]any

// text returns a string among the inputs.
func (in inputs) text(key string) *string {
	value, _ := in[key].(string)
	return &value
}

// findIDs returns the ids of the resources that a preview would create and AWS has, by their URN.
func (a *Adoption) findIDs(ctx context.Context, d *deployment, steps []step) (map[string]string, error) {
	ids := map[string]string{}
	for _, s := range steps {
		if s.Op != apitype.OpCreate || s.NewState == nil || !s.NewState.Custom {
			continue
		}
		id, err := a.importID(ctx, d, *s.NewState)
		if err != nil {
			return nil, fmt.Errorf("look up %s %s: %w", s.NewState.Type, s.NewState.URN.Name(), err)
		}
		if id != "" {
			ids[s.URN] = id
		}
	}
	return ids, nil
}

// importID returns the id of the resource in AWS that a preview would create. It is empty if AWS has none, and for
// types whose existence is not checked: an up creates these again, and threa recover imports what it cannot create.
func (a *Adoption) importID(ctx context.Context, d *deployment, planned apitype.ResourceV3) (string, error) {
	kind, in := string(planned.Type), inputs(planned.Inputs)
	if kind == securityGroups { // another program has not given it the stack's tags
		return a.api.GroupID(ctx, *in.text("name"), d.vpc.ID) //nolint:wrapcheck // the caller says what it looks up
	}
	row, _ := resources.Find(kind)
	exists := existence[kind]
	if exists == nil && row.ImportID != resources.Lookup {
		return "", nil
	}
	id, err := *in.text(overwritten[kind]), error(nil)
	if id == "" {
		id, err = a.api.ImportID(ctx, kind, planned.Inputs)
	}
	if err != nil || id == "" || exists == nil {
		return id, err //nolint:wrapcheck // the caller says what it looks up
	}
	switch found, err := exists(ctx, a.Settings, in); {
	case recovery.IsNotFound(err):
		return "", nil
	case err != nil || !found:
		return "", err
	}
	return id, nil
}

// existence asks AWS whether it has the resource with these inputs, whose id follows from them.
var existence = map[string]func(context.Context, aws.Config, inputs) (bool, error){
	alarms: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		answer, err := cloudwatch.NewFromConfig(s).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
			AlarmNames: []string{*in.text("name")},
		})
		return err == nil && len(answer.MetricAlarms) > 0, err
	},
	dashboards: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := cloudwatch.NewFromConfig(s).GetDashboard(ctx, &cloudwatch.GetDashboardInput{
			DashboardName: in.text("dashboardName"),
		})
		return err == nil, err
	},
	resources.LogGroup: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		answer, err := cloudwatchlogs.NewFromConfig(s).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{
			LogGroupNamePrefix: in.text("name"),
		})
		return err == nil && slices.ContainsFunc(answer.LogGroups, func(g logstypes.LogGroup) bool {
			return aws.ToString(g.LogGroupName) == *in.text("name")
		}), err
	},
	resources.Repository: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := ecr.NewFromConfig(s).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{
			RepositoryNames: []string{*in.text("name")},
		})
		return err == nil, err
	},
	lifecycle: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := ecr.NewFromConfig(s).GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{
			RepositoryName: in.text("repository"),
		})
		return err == nil, err
	},
	clusters: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		cluster, err := findCluster(ctx, s, *in.text("name"))
		return cluster != nil, err
	},
	capacity: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		cluster, err := findCluster(ctx, s, *in.text("clusterName"))
		return cluster != nil && len(cluster.CapacityProviders) > 0, err
	},
	services: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		answer, err := ecs.NewFromConfig(s).DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: in.text("cluster"), Services: []string{*in.text("name")},
		})
		return err == nil && len(answer.Services) > 0 && aws.ToString(answer.Services[0].Status) == active, err
	},
	routes: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		var answer struct {
			Tables []struct{} `xml:"routeTableSet>item"`
		}
		err := awsquery.New(s).Query(ctx, "ec2", "DescribeRouteTables", map[string]string{
			"Filter.1.Name": "route-table-id", "Filter.1.Value.1": *in.text("routeTableId"),
			"Filter.2.Name": "route.destination-cidr-block", "Filter.2.Value.1": *in.text("destinationCidrBlock"),
		}, &answer)
		return len(answer.Tables) > 0, err
	},
	roles: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		query := map[string]string{"RoleName": *in.text("name")}
		err := awsquery.New(s).Query(ctx, "iam", "GetRole", query, nil)
		return err == nil, err
	},
	rolePolicies: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		query := map[string]string{"RoleName": *in.text("role"), "PolicyName": *in.text("name")}
		err := awsquery.New(s).Query(ctx, "iam", "GetRolePolicy", query, nil)
		return err == nil, err
	},
	parameters: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := ssm.NewFromConfig(s).GetParameter(ctx, &ssm.GetParameterInput{Name: in.text("name")})
		return err == nil, err
	},
	dbSubnets: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := rds.NewFromConfig(s).DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{
			DBSubnetGroupName: in.text("name"),
		})
		return err == nil, err
	},
	dbParameters: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := rds.NewFromConfig(s).DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{
			DBParameterGroupName: in.text("name"),
		})
		return err == nil, err
	},
	cacheSubnets: func(ctx context.Context, s aws.Config, in inputs) (bool, error) {
		_, err := elasticache.NewFromConfig(s).DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{
			CacheSubnetGroupName: in.text("name"),
		})
		return err == nil, err
	},
}

// active is the status of a cluster or service that was not deleted.
const active = "ACTIVE"

// findCluster returns an ECS cluster with its capacity providers, or nil.
func findCluster(ctx context.Context, settings aws.Config, name string) (*ecstypes.Cluster, error) {
	answer, err := ecs.NewFromConfig(settings).DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
	if err != nil || len(answer.Clusters) == 0 || aws.ToString(answer.Clusters[0].Status) != active {
		return nil, err //nolint:wrapcheck // the caller says what it looks up
	}
	return &answer.Clusters[0], nil
}
