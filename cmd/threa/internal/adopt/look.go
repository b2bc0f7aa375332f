package adopt

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/cmd/threa/awsquery"
	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
)

// deployment is what AWS has under the stack's names.
type deployment struct {
	database   *rdstypes.DBInstance
	tags       map[string]string            // of the database
	service    *ecstypes.Service            // nil without one
	definition *ecstypes.TaskDefinition     // nil without a service
	digest     string                       // of the image that runs, empty if it is not known
	cluster    *cachetypes.CacheCluster     // of the Terraform program; nil without one
	group      *cachetypes.ReplicationGroup // of this program; nil without one
	retention  int32                        // of the log group in days; 0 without a log group
	url        string                       // of the database, a secret; empty without the parameter
	vpc        vpc
}

type vpc struct {
	ID        string `xml:"vpcId"`
	CIDR      string `xml:"cidrBlock"`
	IsDefault bool   `xml:"isDefault"`
	Tags      []struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	} `xml:"tagSet>item"`
}

// look looks up the deployment. It changes nothing.
func (a *Adoption) look(ctx context.Context) (*deployment, error) {
	d := &deployment{}
	for _, lookup := range []struct {
		object string
		run    func(context.Context, *deployment) error
	}{
		{"the database", a.findDatabase}, {"the VPC", a.findVPC}, {"the service", a.findService},
		{"the image", a.findImage}, {"the cache", a.findCache}, {"the log group", a.findLogs},
		{"the database's URL", a.findURL},
	} {
		if err := lookup.run(ctx, d); err != nil {
			return nil, fmt.Errorf("look up %s: %w", lookup.object, err)
		}
	}
	return d, nil
}

func (a *Adoption) findDatabase(ctx context.Context, d *deployment) error {
	answer, err := rds.NewFromConfig(a.Settings).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
		DBInstanceIdentifier: &a.names.Name,
	})
	if recovery.IsNotFound(err) {
		return fmt.Errorf("found no deployment to adopt: RDS in account %s, %s, has no instance %s. Check appName, "+
			"environment and aws:region, or create a new deployment:  pulumi up", a.names.AccountID, a.names.Region,
			a.names.Name)
	}
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	d.database, d.tags = &answer.DBInstances[0], map[string]string{}
	for _, tag := range d.database.TagList {
		d.tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	if status := aws.ToString(d.database.DBInstanceStatus); status != "available" {
		return fmt.Errorf("the database %s is %s. Run the command again when it is available", a.names.Name, status)
	}
	return nil
}

func (a *Adoption) findVPC(ctx context.Context, d *deployment) error {
	if d.database.DBSubnetGroup == nil {
		return nil
	}
	var answer struct {
		VPCs []vpc `xml:"vpcSet>item"`
	}
	query := map[string]string{"VpcId.1": aws.ToString(d.database.DBSubnetGroup.VpcId)}
	if err := awsquery.New(a.Settings).Query(ctx, "ec2", "DescribeVpcs", query, &answer); err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	if len(answer.VPCs) > 0 {
		d.vpc = answer.VPCs[0]
	}
	return nil
}

func (a *Adoption) findService(ctx context.Context, d *deployment) error {
	client := ecs.NewFromConfig(a.Settings)
	services, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: &a.names.Name, Services: []string{a.names.Name},
	})
	if recovery.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	for _, service := range services.Services {
		if aws.ToString(service.Status) != "ACTIVE" {
			continue
		}
		answer, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: service.TaskDefinition,
		})
		if err != nil {
			return err //nolint:wrapcheck // the caller says what it looks up
		}
		d.service, d.definition = &service, answer.TaskDefinition
	}
	return nil
}

// app returns the app's container. It is empty without one.
func (d *deployment) app(names naming.Stack) ecstypes.ContainerDefinition {
	if d.definition != nil {
		for _, container := range d.definition.ContainerDefinitions {
			if aws.ToString(container.Name) == names.Name {
				return container
			}
		}
	}
	return ecstypes.ContainerDefinition{}
}

func (a *Adoption) findCache(ctx context.Context, d *deployment) error {
	client := elasticache.NewFromConfig(a.Settings)
	groups, err := client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{
		ReplicationGroupId: &a.names.Name,
	})
	if err == nil && len(groups.ReplicationGroups) > 0 {
		d.group = &groups.ReplicationGroups[0]
	}
	if err != nil && !recovery.IsNotFound(err) {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	clusters, err := client.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{
		CacheClusterId: &a.names.Name,
	})
	if err == nil && len(clusters.CacheClusters) > 0 {
		d.cluster = &clusters.CacheClusters[0]
	}
	if err != nil && !recovery.IsNotFound(err) {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	return nil
}

func (a *Adoption) findLogs(ctx context.Context, d *deployment) error {
	name := a.names.LogGroup()
	answer, err := cloudwatchlogs.NewFromConfig(a.Settings).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: &name,
	})
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	for _, group := range answer.LogGroups {
		if aws.ToString(group.LogGroupName) == name {
			d.retention = cmp.Or(aws.ToInt32(group.RetentionInDays), resources.LongestRetention)
		}
	}
	return nil
}

func (a *Adoption) findURL(ctx context.Context, d *deployment) error {
	answer, err := ssm.NewFromConfig(a.Settings).GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(a.names.Parameter(naming.ParameterDatabaseURL)), WithDecryption: aws.Bool(true),
	})
	if recovery.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	d.url = aws.ToString(answer.Parameter.Value)
	return nil
}
