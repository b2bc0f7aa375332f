// Package ecs mocks the AWS SDK's client of ECS.
package ecs

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/mocks"
)

// TaskDefinition is the type of the newest task definition in mocks.AWS.Existing: image, architecture, secrets (names
// of parameters). Without a list, ECS has none.
const TaskDefinition = "taskDefinition"

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// DescribeTaskDefinition returns the task definition.
func (c Client) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	if len(c.Existing[TaskDefinition]) == 0 {
		return nil, &types.ClientException{}
	}
	item := c.Existing[TaskDefinition][0]
	app := types.ContainerDefinition{Name: in.TaskDefinition, Image: aws.String(fmt.Sprint(item["image"]))}
	names, _ := item["secrets"].([]string)
	for _, name := range names {
		app.Secrets = append(app.Secrets, types.Secret{
			ValueFrom: aws.String("arn:aws:ssm:" + mocks.Region + ":" + mocks.Account + ":parameter" + name)})
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{
		ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("other")}, app},
		RuntimePlatform: &types.RuntimePlatform{
			CpuArchitecture: types.CPUArchitecture(fmt.Sprint(item["architecture"])),
		},
	}}, c.Refuse("ecs:DescribeTaskDefinition")
}

// DescribeClusters returns the cluster of a name, with its tags.
func (c Client) DescribeClusters(_ context.Context, in *ecs.DescribeClustersInput, _ ...func(*ecs.Options),
) (*ecs.DescribeClustersOutput, error) {
	out := &ecs.DescribeClustersOutput{}
	for _, item := range c.Existing["aws:ecs/cluster:Cluster"] {
		if item["name"] == in.Clusters[0] {
			cluster := types.Cluster{Status: aws.String("ACTIVE")}
			if item["deleted"] != nil {
				cluster.Status = aws.String("INACTIVE")
			}
			for key, value := range item.Tags() {
				cluster.Tags = append(cluster.Tags, types.Tag{Key: &key, Value: &value})
			}
			out.Clusters = append(out.Clusters, cluster)
		}
	}
	return out, c.Refuse("ecs:DescribeClusters")
}
