package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/claim"
)

// connectCloudWatch connects with CloudWatch in the stack's region by the AWS SDK, with the credentials of Pulumi's AWS
// provider: those of its configuration (aws:profile or aws:accessKey), or else of the environment. It returns nil if the
// SDK has no credentials of the stack's account, as with aws:assumeRoles. Tests replace it.
var connectCloudWatch = func(region, account string) func(*pulumi.Context) claim.CloudWatch {
	return func(ctx *pulumi.Context) claim.CloudWatch {
		settings, err := awsSettings(ctx, region)
		if err != nil {
			return nil
		}
		identity, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx.Context(), &sts.GetCallerIdentityInput{})
		if err != nil || aws.ToString(identity.Account) != account {
			return nil
		}
		return cloudwatch.NewFromConfig(settings)
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
		options = append(options, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key, secret, token)))
	}
	settings, err := awsconfig.LoadDefaultConfig(ctx.Context(), options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS settings: %w", err)
	}
	return settings, nil
}
