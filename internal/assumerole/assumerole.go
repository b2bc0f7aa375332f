// Package assumerole gives clients of the AWS SDK the role that Pulumi's AWS provider assumes, and compares callers.
package assumerole

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Key is the configuration key of the role.
const Key = "aws:assumeRole"

// Settings returns the settings with the credentials of the role that the value of Key describes. The error never
// quotes the value, which may hold an external ID.
func Settings(settings aws.Config, value string) (aws.Config, error) {
	var role struct{ RoleARN, SessionName, ExternalID, Duration string }
	if json.Unmarshal([]byte(value), &role) != nil || role.RoleARN == "" {
		return aws.Config{}, errors.New(Key + " must be an object with roleArn. " +
			"Set it: pulumi config set --path aws:assumeRole.roleArn <ARN>")
	}
	duration := stscreds.DefaultDuration
	if role.Duration != "" {
		var err error
		if duration, err = time.ParseDuration(role.Duration); err != nil {
			return aws.Config{}, fmt.Errorf("%s.duration must be a duration such as 1h: %w", Key, err)
		}
	}
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(settings), role.RoleARN,
		func(o *stscreds.AssumeRoleOptions) {
			o.Duration, o.RoleSessionName = duration, role.SessionName
			if role.ExternalID != "" {
				o.ExternalID = &role.ExternalID
			}
		})
	settings.Credentials = aws.NewCredentialsCache(provider)
	return settings, nil
}

// WithoutSession returns the ARN of a caller without the session name at the end of an assumed role's ARN, which
// differs in each client. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func WithoutSession(arn string) string {
	if end := strings.LastIndex(arn, "/"); end >= 0 && strings.Contains(arn, ":assumed-role/") {
		return arn[:end]
	}
	return arn
}
