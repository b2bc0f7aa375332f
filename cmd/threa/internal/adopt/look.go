package adopt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
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
	retention  int32                        // of the log group in days; 0 without a log group, or forever
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
		{"the image", a.findImage}, {"the cache", a.findCache}, {"the log group", a.findLogs}, {"the database's URL", a.findURL},
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
		return fmt.Errorf("there is no deployment to adopt: RDS in account %s, %s, has no instance %s. Check appName, "+
			"environment and aws:region, or create a new deployment:  pulumi up", a.names.AccountID, a.names.Region, a.names.Name)
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
		answer, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: service.TaskDefinition})
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

// findImage finds the digest of the image that the tasks run. A tag such as latest may have moved since they started.
func (a *Adoption) findImage(ctx context.Context, d *deployment) error {
	repository, reference, inRepository := strings.Cut(aws.ToString(d.app(a.names).Image), "/"+a.names.Name)
	if !inRepository || !strings.HasPrefix(repository, a.names.AccountID+".dkr.ecr.") {
		return nil
	}
	if digest, pinned := strings.CutPrefix(reference, "@"); pinned {
		d.digest = digest
		return nil
	}
	client := ecs.NewFromConfig(a.Settings)
	tasks, err := client.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &a.names.Name, ServiceName: &a.names.Name})
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	if len(tasks.TaskArns) > 0 {
		answer, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &a.names.Name, Tasks: tasks.TaskArns})
		if err != nil {
			return err //nolint:wrapcheck // the caller says what it looks up
		}
		for _, task := range answer.Tasks {
			for _, container := range task.Containers {
				if aws.ToString(container.Name) == a.names.Name && aws.ToString(container.ImageDigest) != "" &&
					aws.ToString(task.TaskDefinitionArn) == aws.ToString(d.definition.TaskDefinitionArn) {
					d.digest = aws.ToString(container.ImageDigest)
					return nil
				}
			}
		}
	}
	d.digest, err = a.digest(ctx, cmp.Or(strings.TrimPrefix(reference, ":"), "latest"))
	return err
}

// digest returns the digest of an image in the stack's repository. It is empty if there is none.
func (a *Adoption) digest(ctx context.Context, tag string) (string, error) {
	answer, err := ecr.NewFromConfig(a.Settings).DescribeImages(ctx, &ecr.DescribeImagesInput{
		RepositoryName: &a.names.Name, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: &tag}},
	})
	if recovery.IsNotFound(err) || err == nil && len(answer.ImageDetails) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err //nolint:wrapcheck // the caller says what it looks up
	}
	return aws.ToString(answer.ImageDetails[0].ImageDigest), nil
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
	clusters, err := client.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: &a.names.Name})
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
			d.retention = aws.ToInt32(group.RetentionInDays)
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

// describe returns which deployment AWS has, and who manages it.
func (d *deployment) describe(names naming.Stack) string {
	db := d.database
	lines := []string{
		fmt.Sprintf("Deployment %s in account %s, %s, with the tags %s:", names.Name, names.AccountID, names.Region,
			formatTags(d.tags)),
		fmt.Sprintf("    database  PostgreSQL %s on %s, %s, created %s", aws.ToString(db.EngineVersion),
			aws.ToString(db.DBInstanceClass), aws.ToString(db.DbiResourceId), created(db)),
	}
	if d.service != nil {
		lines = append(lines, fmt.Sprintf("    service   %d task(s) with %s CPU units and %s MiB, image %s", d.service.DesiredCount,
			aws.ToString(d.definition.Cpu), aws.ToString(d.definition.Memory), aws.ToString(d.app(names).Image)))
	}
	switch {
	case d.cluster != nil:
		lines = append(lines, fmt.Sprintf("    cache     cluster %s on %s", names.Name, aws.ToString(d.cluster.CacheNodeType)))
	case d.group != nil:
		lines = append(lines, fmt.Sprintf("    cache     replication group %s on %s", names.Name, aws.ToString(d.group.CacheNodeType)))
	}
	return strings.Join(lines, "\n")
}

func created(db *rdstypes.DBInstance) string {
	return aws.ToTime(db.InstanceCreateTime).UTC().Format("2006-01-02 15:04:05 UTC")
}

func formatTags(tags map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, key+"="+tags[key])
	}
	return cmp.Or(strings.Join(list, ", "), "(none)")
}
