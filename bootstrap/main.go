// Bootstrap creates what a pipeline on GitHub needs before it can deploy Threa: GitHub's identity provider, the roles
// that workflows assume, and a bucket for Pulumi's state. With the roles, GitHub stores no access keys.
//
//	GitHub ──(token of a run)──> identity provider ──> role deploy-<stack>   previews, deploys, destroys
//	                                            └────> role preview-<stack>  only reads
//	                                                     └── state: bucket, key
//
// A user who may create roles runs it once, and again when the program gets a new resource type. No pipeline runs it: a
// pipeline that could change its own role could give itself any permission.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
	"threa-infra/internal/program"
	"threa-infra/internal/steps"
)

func main() {
	program.Run(deploy)
}

// builder holds what the steps share.
type builder struct {
	ctx      *pulumi.Context
	cfg      *config.Bootstrap
	tags     pulumi.StringMap
	account  string
	state    state
	provider pulumi.StringOutput // ARN of the identity provider
	subnets  map[string][]string // ids of the subnets by the name of their stack
}

func deploy(ctx *pulumi.Context) error {
	values, err := program.Values(ctx)
	if err != nil {
		return program.Rejected(err)
	}
	cfg, err := config.ParseBootstrap(values)
	if err != nil {
		return program.Rejected(err)
	}
	caller, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
	if err != nil {
		return fmt.Errorf("get the AWS account: %w", err)
	}
	b := &builder{ctx: ctx, cfg: cfg, tags: pulumi.ToStringMap(cfg.Tags()), account: caller.AccountId}
	return steps.Run(
		b.checkRemoval, b.createBucket, b.createKey, b.createProvider, b.lookupSubnets, b.createRoles, b.exportOutputs,
	)
}

// exportOutputs exports the next commands and the variables to set on GitHub.
func (b *builder) exportOutputs() error {
	if b.state.key != nil {
		b.ctx.Export("secretsKeyArn", b.state.key.Arn)
	}
	next := pulumi.StringArray{pulumi.String("cd ..  # to the project of the stacks")}
	variables := pulumi.StringMap{"AWS_ACCOUNT_ID": pulumi.String(b.account), "AWS_REGION": pulumi.String(b.cfg.Region)}
	if b.state.bucket != "" {
		backend := fmt.Sprintf("s3://%s?region=%s", b.state.bucket, b.cfg.Region)
		b.ctx.Export("backendUrl", pulumi.String(backend))
		next = append(next, pulumi.Sprintf("pulumi login '%s'", backend))
		variables["PULUMI_BACKEND_URL"] = pulumi.String(backend)
	}
	for name, environment := range map[string]string{
		"PREVIEW_ENVIRONMENT": b.cfg.PreviewEnvironment, "DRIFT_ENVIRONMENT": b.cfg.DriftEnvironment,
	} {
		if environment != "" {
			variables[name] = pulumi.String(environment)
		}
	}
	for _, stack := range b.cfg.Stacks {
		provider := ""
		if b.state.key != nil {
			provider = fmt.Sprintf(" --secrets-provider '%s'", b.names().SecretsProvider(b.cfg.Region, stack.Name))
		}
		next = append(next, pulumi.Sprintf("pulumi stack init %s%s", stack.Environment, provider),
			pulumi.Sprintf("pulumi config set --stack %s --secret dbPassword", stack.Environment))
	}
	b.ctx.Export("nextSteps", next)
	b.ctx.Export("githubVariables", variables)
	return nil
}
