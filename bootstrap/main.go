// What a pipeline on GitHub needs before it can deploy Threa: the identity provider and the roles that workflows take
// instead of keys that never end, and a place for Pulumi's state that a team shares.
//
//	GitHub ──(token of a run)──> identity provider ──> role deploy-<stack>   previews, deploys, destroys
//	                                            └────> role preview-<stack>  only looks
//	                                                     └── state: bucket, key
//
// Somebody who may make roles runs it once, and again when the program above gets a new type of resource. It belongs to
// no pipeline: a pipeline that could change its own role could do anything.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
)

func main() {
	pulumi.Run(deploy, config.WithKeys)
}

func deploy(ctx *pulumi.Context) error {
	cfg, err := config.LoadBootstrap(ctx)
	if err != nil {
		return err
	}
	caller, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
	if err != nil {
		return fmt.Errorf("find out the AWS account: %w", err)
	}
	place, err := newState(ctx, cfg, caller.AccountId)
	if err != nil {
		return err
	}
	provider, err := newProvider(ctx, cfg, caller.AccountId)
	if err != nil {
		return err
	}
	for _, stack := range cfg.Stacks {
		if err := newRoles(ctx, cfg, caller.AccountId, provider, place, stack); err != nil {
			return err
		}
	}
	export(ctx, cfg, caller.AccountId, place)
	return nil
}

// export says what to type next, and what to set on GitHub.
func export(ctx *pulumi.Context, cfg *config.Bootstrap, account string, place *state) {
	provider := ""
	if place.key != nil {
		ctx.Export("secretsKeyArn", place.key.Arn)
		provider = fmt.Sprintf(" --secrets-provider 'awskms://%s?region=%s'", keyAlias(cfg), cfg.Region)
	}
	steps := pulumi.StringArray{}
	variables := pulumi.StringMap{"AWS_ACCOUNT_ID": pulumi.String(account), "AWS_REGION": pulumi.String(cfg.Region)}
	if place.bucket != "" {
		backend := fmt.Sprintf("s3://%s?region=%s", place.bucket, cfg.Region)
		ctx.Export("backendUrl", pulumi.String(backend))
		steps = append(steps, pulumi.Sprintf("pulumi login '%s'", backend))
		variables["PULUMI_BACKEND_URL"] = pulumi.String(backend)
	}
	for _, stack := range cfg.Stacks {
		steps = append(steps, pulumi.Sprintf("pulumi stack init %s%s", stack.Environment, provider))
	}
	ctx.Export("nextSteps", steps)
	ctx.Export("githubVariables", variables)
}
