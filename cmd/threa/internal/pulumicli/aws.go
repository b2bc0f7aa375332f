package pulumicli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// assumeRole is the configuration key of the role that Pulumi's AWS provider assumes.
const assumeRole = "aws:assumeRole"

// AWSConfig returns the configuration for AWS clients. Like Pulumi's AWS provider, it takes the region, the profile and
// the role from the stack's configuration, and everything else from the environment.
func (c Command) AWSConfig(ctx context.Context) (aws.Config, error) {
	values, err := c.Config(ctx)
	if err != nil {
		return aws.Config{}, err
	}
	settings, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(values["aws:region"].Value), config.WithSharedConfigProfile(values["aws:profile"].Value))
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	role := values[assumeRole]
	if role.Secret { // with an encrypted external ID the whole object is hidden
		text, err := c(ctx, nil, "config", "get", assumeRole)
		if err != nil {
			return aws.Config{}, fmt.Errorf("read %s: %w", assumeRole, err)
		}
		role.Value = strings.TrimSpace(string(text))
	}
	if role.Value == "" {
		return settings, nil
	}
	provider, err := roleProvider(settings, role.Value)
	if err != nil {
		return aws.Config{}, err
	}
	settings.Credentials = aws.NewCredentialsCache(provider)
	return settings, nil
}

// roleProvider returns the credentials of the role that the value of aws:assumeRole describes. The error never quotes
// the value, which may hold an external ID.
func roleProvider(settings aws.Config, value string) (aws.CredentialsProvider, error) {
	var role struct{ RoleARN, SessionName, ExternalID, Duration string }
	if json.Unmarshal([]byte(value), &role) != nil || role.RoleARN == "" {
		return nil, errors.New(assumeRole + " must be an object with roleArn. " +
			"Set it: pulumi config set --path aws:assumeRole.roleArn <ARN>")
	}
	duration := stscreds.DefaultDuration
	if role.Duration != "" {
		var err error
		if duration, err = time.ParseDuration(role.Duration); err != nil {
			return nil, fmt.Errorf("%s.duration must be a duration such as 1h: %w", assumeRole, err)
		}
	}
	return stscreds.NewAssumeRoleProvider(sts.NewFromConfig(settings), role.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.Duration, o.RoleSessionName = duration, role.SessionName
		if role.ExternalID != "" {
			o.ExternalID = &role.ExternalID
		}
	}), nil
}
