package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/ownership"
)

// connectCloudWatch connects with CloudWatch in the stack's region by the AWS SDK, with the credentials of Pulumi's
// AWS provider: those of its configuration (aws:profile or aws:accessKey), or else of the environment. It fails if
// these are not the credentials of callerARN, as with aws:assumeRoles. Tests replace it.
var connectCloudWatch = func(region, callerARN string) func(*pulumi.Context) (ownership.CloudWatch, error) {
	return func(ctx *pulumi.Context) (ownership.CloudWatch, error) {
		settings, err := awsSettings(ctx, region)
		if err != nil {
			return nil, err
		}
		identity, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx.Context(), &sts.GetCallerIdentityInput{})
		if err != nil {
			return nil, fmt.Errorf("find credentials of the AWS SDK: %w", err)
		}
		if actual := aws.ToString(identity.Arn); withoutSession(actual) != withoutSession(callerARN) {
			return nil, fmt.Errorf("the AWS SDK has the credentials of %s, Pulumi's AWS provider those of %s", actual, callerARN)
		}
		return cloudwatch.NewFromConfig(settings), nil
	}
}

func awsSettings(ctx *pulumi.Context, region string) (aws.Config, error) {
	options := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(region)}
	if profile, set := ctx.GetConfig("aws:profile"); set {
		options = append(options, awsconfig.WithSharedConfigProfile(profile))
	}
	if key, set := ctx.GetConfig("aws:accessKey"); set {
		secret, _ := ctx.GetConfig("aws:secretKey")
		token, _ := ctx.GetConfig("aws:token")
		options = append(options, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key, secret,
			token)))
	}
	settings, err := awsconfig.LoadDefaultConfig(ctx.Context(), options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS settings: %w", err)
	}
	return settings, nil
}

// withoutSession returns the ARN of a caller without the name of the session, which ends the ARN of an assumed role and
// differs in each client. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func withoutSession(arn string) string {
	if end := strings.LastIndex(arn, "/"); end >= 0 && strings.Contains(arn, ":assumed-role/") {
		return arn[:end]
	}
	return arn
}
