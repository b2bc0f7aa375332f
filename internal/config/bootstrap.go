package config

import (
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Bootstrap is the checked configuration of the bootstrap stack, which creates what a pipeline needs.
type Bootstrap struct {
	AppName    string
	Region     string
	Repository string // as in GitHub's tokens: OWNER@ID/NAME@ID, or OWNER/NAME for an old repository
	Branch     string // the branch that is deployed
	// Stacks are the stacks that the repository deploys.
	Stacks []Deployed
	// NewProvider is false if the account already has GitHub's identity provider. An account can have only one.
	NewProvider bool
	State       bool // create a bucket for Pulumi's state
	Key         bool // create a KMS key for the secrets in it, instead of a passphrase
	// DeletionProtection protects the state and its key from deletion.
	DeletionProtection bool
}

// Deployed identifies a stack that the pipeline deploys.
type Deployed struct {
	Environment string
	Name        string // prefix of its AWS names
}

var (
	// repository matches the name in GitHub's tokens. It contains the ids of owner and repository since July 2026, except
	// for a repository that is older and has not been renamed or moved. Source:
	// https://docs.github.com/en/actions/reference/security/oidc
	repository = regexp.MustCompile(
		`^[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[A-Za-z0-9._-]{1,100}|@[0-9]+/[A-Za-z0-9._-]{1,100}@[0-9]+)$`,
	)
	branch = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
)

// ParseBootstrap checks the configuration of the bootstrap stack. The error is a *Problems that lists every problem.
func ParseBootstrap(values Values) (*Bootstrap, error) {
	r := newReader(values)
	isLabel := func(s string) bool { return label.MatchString(s) && len(s) <= 20 }
	b := &Bootstrap{
		AppName: r.match("appName", func(s string) bool { return isLabel(s) && len(s) >= 2 },
			"must be 2 to 20 lower-case letters, digits and single hyphens, and begin with a letter", "threa"),
		Region:      r.region(),
		Repository:  r.repository(),
		Branch:      r.match("branch", branch.MatchString, "must be the branch that is deployed, without wildcards", "main"),
		NewProvider: r.oneOf("identityProvider", "new", "existing") == "new",
		State:       r.boolean("stateBucket"),
		Key:         r.oneOf("secretsProvider", "passphrase", "kms") == "kms",

		DeletionProtection: r.boolean("deletionProtection"),
	}
	environments := r.list("environments")
	if len(environments) == 0 {
		r.rejectElement("environments", "empty", "must list the stacks to deploy",
			"pulumi config set --path 'environments[0]' prod")
	}
	seen := map[string]bool{}
	for i, environment := range environments {
		fix := "pulumi config set --path 'environments[" + strconv.Itoa(i) + "]' staging"
		switch name := AWSName(b.AppName, environment); {
		case !isLabel(environment):
			r.rejectElement("environments", strconv.Quote(environment),
				"must be 1 to 20 lower-case letters, digits and single hyphens, and begin with a letter", fix)
		case seen[environment]:
			r.rejectElement("environments", strconv.Quote(environment), "is listed twice", fix)
		case len(name) > nameLimit && isLabel(b.AppName):
			r.rejectElement("environments", strconv.Quote(environment), tooLong(name), fix)
		default:
			b.Stacks = append(b.Stacks, Deployed{environment, name})
		}
		seen[environment] = true
	}
	r.unknownKeys()
	if len(r.problems) > 0 {
		return nil, &Problems{Stack: values.Stack, List: r.problems}
	}
	return b, nil
}

func (r *reader) repository() string {
	const key = "repository"
	value := r.text(key)
	if !repository.MatchString(value) {
		r.rejectElement(
			key,
			strconv.Quote(value),
			"must be the repository as in GitHub's tokens: OWNER@ID/NAME@ID, or OWNER/NAME if it is older than July 2026",
			`pulumi config set repository "$(gh api repos/octo-org/threa --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"')"`,
		)
	}
	return value
}

// LoadBootstrap parses the configuration of a running program. The program must run with the option WithKeys.
func LoadBootstrap(ctx *pulumi.Context) (*Bootstrap, error) {
	values, err := valuesOf(ctx)
	if err != nil {
		return nil, err
	}
	return ParseBootstrap(values)
}

// Tags returns the tags of every resource of the bootstrap stack.
func (b *Bootstrap) Tags() pulumi.StringMap {
	return pulumi.StringMap{
		naming.TagProject:   pulumi.String(b.AppName),
		naming.TagManagedBy: pulumi.String(naming.ManagedBy),
		naming.TagStack:     pulumi.String(b.AppName + "-bootstrap"),
	}
}
