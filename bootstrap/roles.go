package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/iampolicy"
)

// The issuer of GitHub's tokens, and the audience of those that AWS accepts. Source:
// https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
const (
	issuer   = "token.actions.githubusercontent.com"
	audience = "sts.amazonaws.com"
)

// How long a run keeps a role at most. A first deployment takes 15 minutes, a slow one an hour.
const (
	deploySeconds  = 2 * 60 * 60
	previewSeconds = 60 * 60 // the shortest limit of IAM
)

// createProvider makes GitHub an identity provider of the account, unless it is one. AWS knows GitHub's certificates,
// so no thumbprint is needed. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func (b *builder) createProvider() error {
	if !b.cfg.NewProvider {
		b.provider = pulumi.String(b.names().IdentityProviderARN(issuer)).ToStringOutput()
		return nil
	}
	provider, err := iam.NewOpenIdConnectProvider(b.ctx, "github", &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String("https://" + issuer),
		ClientIdLists: pulumi.ToStringArray([]string{audience}),
		Tags:          b.tags,
	}, pulumi.RetainOnDelete(true)) // others in the account may use it
	if err != nil {
		return fmt.Errorf("create identity provider: %w", err)
	}
	b.provider = provider.Arn
	return nil
}

// run identifies runs of a workflow by claims of GitHub's token. Source:
// https://docs.github.com/en/actions/reference/security/oidc
type run struct {
	subject string // the repository, and the environment, branch or event
	branch  string // "" for any; the subject of an environment does not name it
	// person excludes Dependabot, whose pull requests run third-party code. Source:
	// https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/dependabot-on-actions
	person bool
}

// trust allows only these runs to assume a role. Source of the claims ref and actor:
// https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
func trust(provider string, runs ...run) iampolicy.Document {
	var statements []iampolicy.Statement
	for _, run := range runs {
		claims := map[string]any{issuer + ":aud": audience, issuer + ":sub": run.subject}
		if run.branch != "" {
			claims[issuer+":ref"] = "refs/heads/" + run.branch
		}
		condition := iampolicy.Condition{"StringEquals": claims}
		if run.person {
			condition["StringNotEquals"] = map[string]any{issuer + ":actor": "dependabot[bot]"}
			condition["Null"] = map[string]any{issuer + ":actor": "false"}
		}
		statements = append(statements, iampolicy.Statement{
			Effect:    "Allow",
			Principal: map[string]string{"Federated": provider},
			Action:    []string{"sts:AssumeRoleWithWebIdentity"},
			Condition: condition,
		})
	}
	return iampolicy.New(statements...)
}

// role is an IAM role of a stack.
type role struct {
	name, description string
	runs              []run // that may assume it
	seconds           int   // of a session at most
	scope             deployrole.Scope
	policies          func(deployrole.Scope) ([]string, error)
}

// createRoles creates two roles for each stack. Only runs on the branch and in the stack's environment on GitHub get
// the deploy role. So a run cannot bypass the environment's protection, such as a reviewer, and no other branch can
// deploy by naming the environment. Pull requests get the preview role, in the environment for previews if there is
// one. GitHub gives no token to pull requests of forks.
func (b *builder) createRoles() error {
	for _, stack := range b.cfg.Stacks {
		if err := b.createBoundary(stack); err != nil {
			return err
		}
		for _, role := range b.roles(stack) {
			if err := b.createRole(role); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) roles(stack config.Deployed) []role {
	scope := b.scope(stack)
	repository := "repo:" + b.cfg.Repository + ":"
	pullRequest := run{subject: repository + "pull_request", person: true}
	if b.cfg.PreviewEnvironment != "" {
		pullRequest.subject = repository + "environment:" + b.cfg.PreviewEnvironment
	}
	nightly := run{subject: repository + "ref:refs/heads/" + b.cfg.Branch, branch: b.cfg.Branch}
	if b.cfg.DriftEnvironment != "" {
		nightly.subject = repository + "environment:" + b.cfg.DriftEnvironment
	}
	return []role{
		{
			name:        deployrole.DeployName(stack.Name),
			description: "Pipeline of " + b.cfg.Repository + " that deploys " + stack.Name,
			runs:        []run{{subject: repository + "environment:" + stack.Environment, branch: b.cfg.Branch}},
			seconds:     deploySeconds, scope: scope, policies: deployrole.Deploy,
		},
		{
			name:        deployrole.PreviewName(stack.Name),
			description: "Pipeline of " + b.cfg.Repository + " that looks at " + stack.Name,
			runs:        []run{nightly, pullRequest},
			seconds:     previewSeconds, scope: scope, policies: deployrole.Preview,
		},
	}
}

func (b *builder) createRole(r role) error {
	created, err := iam.NewRole(b.ctx, r.name, &iam.RoleArgs{
		Name:               pulumi.String(r.name),
		Description:        pulumi.String(r.description),
		MaxSessionDuration: pulumi.Int(r.seconds),
		AssumeRolePolicy: b.provider.ApplyT(func(arn string) pulumi.StringOutput {
			return pulumi.JSONMarshal(trust(arn, r.runs...))
		}).(pulumi.StringOutput),
		// IAM refuses to delete a role with policies, so a policy added by hand would stop a destroy.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                b.tags,
	})
	if err != nil {
		return fmt.Errorf("create role %s: %w", r.name, err)
	}
	texts, err := r.policies(r.scope)
	if err != nil {
		return fmt.Errorf("build policies of %s: %w", r.name, err)
	}
	for i, text := range texts {
		name := fmt.Sprintf("%s-%d", r.name, i+1)
		policy, err := b.createPolicy(name, "A part of what "+r.name+" may do", text)
		if err != nil {
			return err
		}
		_, err = iam.NewRolePolicyAttachment(b.ctx, name, &iam.RolePolicyAttachmentArgs{
			Role: created.Name, PolicyArn: policy.Arn,
		})
		if err != nil {
			return fmt.Errorf("attach policy %s: %w", name, err)
		}
	}
	return nil
}
