package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/iampolicy"
)

// GitHub's tokens: who issues them, and for whom those are that AWS takes. Source:
// https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
const (
	issuer   = "token.actions.githubusercontent.com"
	audience = "sts.amazonaws.com"
)

// sessionSeconds is how long a run may keep a role: a first deployment takes 15 minutes, one that AWS lets wait an hour.
const sessionSeconds = 2 * 60 * 60

// newProvider makes GitHub an identity provider of the account, where it is none yet, and returns its ARN. AWS knows the
// certificates of GitHub: a thumbprint is no longer needed. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func newProvider(ctx *pulumi.Context, cfg *config.Bootstrap, account string) (pulumi.StringOutput, error) {
	if !cfg.NewProvider {
		return pulumi.Sprintf("arn:aws:iam::%s:oidc-provider/%s", account, issuer), nil
	}
	provider, err := iam.NewOpenIdConnectProvider(ctx, "github", &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String("https://" + issuer),
		ClientIdLists: pulumi.ToStringArray([]string{audience}),
		Tags:          cfg.Tags(),
	}, pulumi.RetainOnDelete(true)) // others in the account may use it by now
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("make GitHub an identity provider: %w", err)
	}
	return provider.Arn, nil
}

// run is what GitHub's token says of a run of a workflow: its subject, which names the repository and one thing more, and
// the branch, which a subject that names an environment leaves out. Source:
// https://docs.github.com/en/actions/reference/security/oidc
type run struct {
	subject string
	branch  string // "" for any
}

// trust lets these runs take a role, and nobody else. AWS looks at the branch since January 2026. Source:
// https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
func trust(provider string, runs ...run) iampolicy.Document {
	var statements []iampolicy.Statement
	for _, one := range runs {
		said := map[string]string{issuer + ":aud": audience, issuer + ":sub": one.subject}
		if one.branch != "" {
			said[issuer+":ref"] = "refs/heads/" + one.branch
		}
		statements = append(statements, iampolicy.Statement{
			Effect:    "Allow",
			Principal: map[string]string{"Federated": provider},
			Action:    []string{"sts:AssumeRoleWithWebIdentity"},
			Condition: iampolicy.Condition{"StringEquals": said},
		})
	}
	return iampolicy.New(statements...)
}

// newRoles makes the two roles of a stack. The one that deploys is for the branch and the stack's environment on GitHub, so
// that what protects the environment, such as a reviewer, cannot be gone around, and no other branch can deploy by naming
// it. Pull requests get the one that only looks.
func newRoles(ctx *pulumi.Context, cfg *config.Bootstrap, account string, provider pulumi.StringOutput, place *state, stack config.Deployed) error {
	scope := deployrole.Scope{Account: account, Region: cfg.Region, Name: stack.Name, Bucket: place.bucket}
	of := "repo:" + cfg.Repository + ":"
	for _, one := range []role{
		{
			name: deployrole.DeployName(stack.Name), description: "Pipeline of " + cfg.Repository + " that deploys " + stack.Name,
			runs: []run{{subject: of + "environment:" + stack.Environment, branch: cfg.Branch}},
			may:  deployrole.Deploy,
		},
		{
			name: deployrole.PreviewName(stack.Name), description: "Pipeline of " + cfg.Repository + " that looks at " + stack.Name,
			runs: []run{{subject: of + "ref:refs/heads/" + cfg.Branch}, {subject: of + "pull_request"}},
			may:  deployrole.Preview,
		},
	} {
		if err := one.create(ctx, cfg, provider, place, scope); err != nil {
			return err
		}
	}
	return nil
}

// role is a role to be made.
type role struct {
	name, description string
	runs              []run // that may take it
	may               func(deployrole.Scope) ([]string, error)
}

func (r role) create(ctx *pulumi.Context, cfg *config.Bootstrap, provider pulumi.StringOutput, place *state, scope deployrole.Scope) error {
	made, err := iam.NewRole(ctx, r.name, &iam.RoleArgs{
		Name:               pulumi.String(r.name),
		Description:        pulumi.String(r.description),
		MaxSessionDuration: pulumi.Int(sessionSeconds),
		AssumeRolePolicy: provider.ApplyT(func(arn string) pulumi.StringOutput {
			return trust(arn, r.runs...).JSON()
		}).(pulumi.StringOutput),
		// IAM refuses to delete a role that has policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                cfg.Tags(),
	})
	if err != nil {
		return fmt.Errorf("create role %s: %w", r.name, err)
	}
	documents, err := r.policies(place, scope)
	if err != nil {
		return fmt.Errorf("write the policies of %s: %w", r.name, err)
	}
	for i, document := range documents {
		name := fmt.Sprintf("%s-%d", r.name, i+1)
		policy, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
			Name:        pulumi.String(name),
			Description: pulumi.String("A part of what " + r.name + " may do"),
			Policy:      document,
			Tags:        cfg.Tags(),
		})
		if err != nil {
			return fmt.Errorf("create policy %s: %w", name, err)
		}
		if _, err := iam.NewRolePolicyAttachment(ctx, name, &iam.RolePolicyAttachmentArgs{Role: made.Name, PolicyArn: policy.Arn}); err != nil {
			return fmt.Errorf("attach policy %s: %w", name, err)
		}
	}
	return nil
}

// anyKey is as long as the ID of any key: what a new key is called is known only when it exists, but how many policies
// there are has to be known before.
const anyKey = "00000000-0000-0000-0000-000000000000"

// policies are what a role may do, in parts that fit.
func (r role) policies(place *state, scope deployrole.Scope) ([]pulumi.StringInput, error) {
	if place.key != nil {
		scope.Key = "arn:aws:kms:" + scope.Region + ":" + scope.Account + ":key/" + anyKey
	}
	documents, err := r.may(scope)
	if err != nil {
		return nil, err
	}
	all := make([]pulumi.StringInput, len(documents))
	for i, document := range documents {
		all[i] = pulumi.String(document)
		if place.key != nil && strings.Contains(document, anyKey) {
			all[i] = place.key.ID().ToStringOutput().ApplyT(func(id string) string {
				return strings.ReplaceAll(document, anyKey, id)
			}).(pulumi.StringOutput)
		}
	}
	return all, nil
}
