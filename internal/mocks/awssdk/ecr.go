package awssdk

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"threa-infra/internal/mocks"
)

// ECR is the part of the AWS SDK's client that looks up repositories.
type ECR struct{ *mocks.AWS }

// DescribeRepositories returns the repository of a name.
func (e ECR) DescribeRepositories(_ context.Context, in *ecr.DescribeRepositoriesInput, _ ...func(*ecr.Options),
) (*ecr.DescribeRepositoriesOutput, error) {
	if err := e.Refuse("ecr:DescribeRepositories"); err != nil {
		return nil, err
	}
	name := in.RepositoryNames[0]
	if e.repository(name) == nil {
		return nil, &types.RepositoryNotFoundException{}
	}
	return &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{{RepositoryArn: &name}}}, nil
}

// ListTagsForResource returns the tags of a repository.
func (e ECR) ListTagsForResource(_ context.Context, in *ecr.ListTagsForResourceInput, _ ...func(*ecr.Options),
) (*ecr.ListTagsForResourceOutput, error) {
	out := &ecr.ListTagsForResourceOutput{}
	for key, value := range e.repository(*in.ResourceArn).Tags() {
		out.Tags = append(out.Tags, types.Tag{Key: &key, Value: &value})
	}
	return out, nil
}

func (e ECR) repository(name string) mocks.Item {
	for _, item := range e.Existing["aws:ecr/repository:Repository"] {
		if item["name"] == name {
			return item
		}
	}
	return nil
}
