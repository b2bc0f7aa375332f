package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/assumerole"
	"threa-infra/internal/preconditions"
	"threa-infra/monitoring"
	"threa-infra/ownership"
)

// clients are clients of the AWS SDK, for questions that Pulumi's AWS provider cannot ask.
type clients struct {
	callerARN    string
	names        ownership.SDK
	roles        ownership.Roles
	logs         monitoring.Logs
	images       compute.Registry
	tasks        compute.TaskDefinitions
	certificates ingress.Certificates
	classes      database.Classes
	nodeTypes    cache.NodeTypes
}

// connectSDK creates clients for the stack's region with the credentials of Pulumi's AWS provider: those of its
// configuration (aws:profile or aws:accessKey, then aws:assumeRole), otherwise those of the environment. Tests replace
// it.
var connectSDK = func(ctx *pulumi.Context, region string) (*clients, error) {
	settings, err := awsSettings(ctx, region)
	if err != nil {
		return nil, err
	}
	identity, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("find credentials of the AWS SDK: %w", err)
	}
	roles, images, tasks := iam.NewFromConfig(settings), ecr.NewFromConfig(settings), ecs.NewFromConfig(settings)
	return &clients{
		callerARN: aws.ToString(identity.Arn),
		names: ownership.SDK{
			CloudWatch: cloudwatch.NewFromConfig(settings), Roles: roles, Repositories: images, Clusters: tasks,
		},
		roles: roles, logs: cloudwatchlogs.NewFromConfig(settings), images: images, tasks: tasks,
		certificates: acm.NewFromConfig(settings), classes: rds.NewFromConfig(settings),
		nodeTypes: elasticache.NewFromConfig(settings),
	}, nil
}

// sdk returns the clients of the AWS SDK. It fails if they have other credentials than Pulumi's AWS provider, as with
// aws:assumeRoleWithWebIdentity.
func (s *stack) sdk() (*clients, error) {
	connected, err := s.started.sdk()
	if err == nil && assumerole.WithoutSession(connected.callerARN) != assumerole.WithoutSession(s.callerARN) {
		return nil, fmt.Errorf("the AWS SDK has the credentials of %s, Pulumi's AWS provider those of %s",
			connected.callerARN, s.callerARN)
	}
	return connected, err
}

// bySDK returns a check that asks AWS through the SDK. It skips the question if there are no clients.
func (s *stack) bySDK(question string, ask func(*clients) error) func() error {
	return func() error {
		connected, err := s.sdk()
		if err != nil {
			return preconditions.Skip(question, err)
		}
		return ask(connected)
	}
}

func awsSettings(ctx *pulumi.Context, region string) (aws.Config, error) {
	// With the default of 3 attempts, throttling would fail a deployment. The provider makes 25.
	const attempts = 10
	options := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithRegion(region), awsconfig.WithRetryMaxAttempts(attempts),
	}
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
	if role, set := ctx.GetConfig(assumerole.Key); set {
		return assumerole.Settings(settings, role) //nolint:wrapcheck // it names the key
	}
	return settings, nil
}
