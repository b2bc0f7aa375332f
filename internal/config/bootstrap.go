package config

import (
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Bootstrap is the configuration of the stack that a pipeline needs before there is any other, checked.
type Bootstrap struct {
	AppName    string
	Region     string
	Repository string // on GitHub, as its tokens call it: OWNER@ID/NAME@ID, or OWNER/NAME where it is an old one
	Branch     string // from which it deploys
	// Stacks are those that the repository deploys.
	Stacks []Deployed
	// NewProvider is false where the account has GitHub's identity provider already: there can be only one.
	NewProvider bool
	State       bool // a bucket for Pulumi's state
	Key         bool // a key for the secrets in it, instead of a passphrase
	// DeletionProtection makes Pulumi refuse to delete the state and its key.
	DeletionProtection bool
}

// Deployed is a stack that a pipeline deploys.
type Deployed struct {
	Environment string
	Name        string // prefix of its AWS names
}

var (
	// repository is how GitHub's tokens spell it: with the ids of owner and repository since July 2026, except in a repository
	// that was there before and was neither renamed nor moved. Source:
	// https://docs.github.com/en/actions/reference/security/oidc
	repository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[A-Za-z0-9._-]{1,100}|@[0-9]+/[A-Za-z0-9._-]{1,100}@[0-9]+)$`)
	branch     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
)

// ParseBootstrap checks the configuration of the bootstrap stack. The error is a *Problems with everything that is wrong.
func ParseBootstrap(values Values) (*Bootstrap, error) {
	r := newReader(values)
	isLabel := func(s string) bool { return label.MatchString(s) && len(s) <= 20 }
	b := &Bootstrap{
		AppName: r.match("appName", func(s string) bool { return isLabel(s) && len(s) >= 2 },
			"must be 2 to 20 lower-case letters, digits and single hyphens, with a letter first", "threa"),
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
		r.rejectElement("environments", "empty", "must name the stacks that are deployed", "pulumi config set --path 'environments[0]' prod")
	}
	seen := map[string]bool{}
	for i, environment := range environments {
		mend := "pulumi config set --path 'environments[" + strconv.Itoa(i) + "]' staging"
		switch name := AWSName(b.AppName, environment); {
		case !isLabel(environment):
			r.rejectElement("environments", strconv.Quote(environment),
				"must be 1 to 20 lower-case letters, digits and single hyphens, with a letter first", mend)
		case seen[environment]:
			r.rejectElement("environments", strconv.Quote(environment), "is there twice", mend)
		case len(name) > nameLimit && isLabel(b.AppName):
			r.rejectElement("environments", strconv.Quote(environment), "makes the AWS names too long: "+name+" has "+
				strconv.Itoa(len(name))+" characters of at most "+strconv.Itoa(nameLimit), mend)
		default:
			b.Stacks = append(b.Stacks, Deployed{environment, name})
		}
		seen[environment] = true
	}
	r.misspelt()
	if len(r.problems) > 0 {
		return nil, &Problems{Stack: values.Stack, List: r.problems}
	}
	return b, nil
}

func (r *reader) repository() string {
	const key = "repository"
	value := r.text(key)
	if !repository.MatchString(value) {
		r.rejectElement(key, strconv.Quote(value), "must be the repository as GitHub's tokens call it: OWNER@ID/NAME@ID, or OWNER/NAME where it is older than July 2026",
			`pulumi config set repository "$(gh api repos/octo-org/threa --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"')"`)
	}
	return value
}

// LoadBootstrap is ParseBootstrap for the configuration of a running program, which must have been started with WithKeys.
func LoadBootstrap(ctx *pulumi.Context) (*Bootstrap, error) {
	values, err := valuesOf(ctx)
	if err != nil {
		return nil, err
	}
	return ParseBootstrap(values)
}

// Tags are put on everything that the bootstrap stack makes.
func (b *Bootstrap) Tags() pulumi.StringMap {
	return pulumi.StringMap{
		naming.TagProject:   pulumi.String(b.AppName),
		naming.TagManagedBy: pulumi.String(naming.ManagedBy),
		naming.TagStack:     pulumi.String(b.AppName + "-bootstrap"),
	}
}
