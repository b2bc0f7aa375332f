// Package iam mocks the AWS SDK's client of IAM.
package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// GetRole returns a role of IAM.
func (c Client) GetRole(_ context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	for _, item := range c.Existing[resources.Role] {
		if item["name"] == *in.RoleName {
			role := &types.Role{RoleName: in.RoleName}
			for key, value := range item.Tags() {
				role.Tags = append(role.Tags, types.Tag{Key: &key, Value: &value})
			}
			return &iam.GetRoleOutput{Role: role}, c.Refuse("iam:GetRole")
		}
	}
	if err := c.Refuse("iam:GetRole"); err != nil {
		return nil, err
	}
	return nil, &types.NoSuchEntityException{}
}
