package config

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"threa-infra/internal/naming"
)

// Bootstrap is the checked configuration of the bootstrap stack, which creates what a pipeline needs.
type Bootstrap struct {
	AppName    string `key:"appName"`
	Region     string
	Repository string `key:"repository"` // as in GitHub's tokens: OWNER@ID/NAME@ID, or OWNER/NAME for an old repository
	Branch     string `key:"branch"`     // the branch that is deployed
	// Stacks are the stacks that the repository deploys.
	Stacks []Deployed
	// NewProvider is false if the account already has GitHub's identity provider. An account can have only one.
	NewProvider bool
	Project     string `key:"project"` // of those stacks, in Pulumi
	// PreviewEnvironment and DriftEnvironment are the environments on GitHub in which previews of pull requests and the
	// nightly check must run. Empty for none.
	PreviewEnvironment string `key:"previewEnvironment"`
	DriftEnvironment   string `key:"driftEnvironment"`
	// TaskPolicies are the ARNs of the managed policies that a deployment may attach to the role of the app.
	TaskPolicies []string
	State        bool `key:"stateBucket"` // create a bucket for Pulumi's state
	Key          bool // create a KMS key for the secrets in it, instead of a passphrase
	// DeletionProtection protects the state and its key from deletion.
	DeletionProtection bool `key:"deletionProtection"`
}

// Deployed identifies a stack that the pipeline deploys.
type Deployed struct {
	Environment string
	Name        string // prefix of its AWS names
	Zone        string // id of the hosted zone that a deployment may change, empty for none
}

// ParseBootstrap checks the configuration of the bootstrap stack. The error is a *Problems that lists every problem.
func ParseBootstrap(values Values) (*Bootstrap, error) {
	b, r := readBootstrap(values)
	return b, r.finish(func(other Values) []Problem {
		_, again := readBootstrap(other)
		return again.problems
	})
}

func readBootstrap(values Values) (*Bootstrap, *reader) {
	r := &reader{Values: values, rules: rules["threa-bootstrap"]}
	b := &Bootstrap{
		Region:      r.region(),
		NewProvider: r.value("identityProvider") == "new",
		Key:         r.value("secretsProvider") == "kms",
	}
	r.fill(b)
	b.Stacks, b.TaskPolicies = r.deployed(b.AppName), r.policyARNs()
	r.checkZones(b)
	if r.isValid("appName") && pipelineRole.MatchString(b.AppName) {
		r.rejectValue("appName", "must not be deploy or preview, or begin with deploy- or preview-: "+
			"the app's roles would have names of the pipeline's roles")
	}
	for _, key := range []string{"previewEnvironment", "driftEnvironment"} {
		if slices.ContainsFunc(b.Stacks, func(s Deployed) bool { return s.Environment == r.text(key) }) {
			r.rejectValue(key, "must not be the environment of a stack, which the deploy role trusts")
		}
	}
	return b, r
}

// pipelineRole matches the names of apps whose roles would have the names of the pipeline's roles.
var pipelineRole = regexp.MustCompile(`^(deploy|preview)(-|$)`)

// checkZones sets the hosted zones of the stacks.
func (r *reader) checkZones(b *Bootstrap) {
	rule := rules["threa"]["hostedZoneId"]
	zones := r.table("hostedZoneIds")
	for _, environment := range slices.Sorted(maps.Keys(zones)) {
		zone := zones[environment]
		i := slices.IndexFunc(b.Stacks, func(s Deployed) bool { return s.Environment == environment })
		if i < 0 || zone == "" || !rule.allows(zone) {
			path := shellescape.Quote("hostedZoneIds." + environment)
			fix := "pulumi config rm --path " + path
			if meant := clean(zone); i >= 0 && meant != "" && rule.allows(meant) {
				fix = "pulumi config set --path " + path + " " + meant
			}
			r.reject("hostedZoneIds."+environment, strconv.Quote(zone),
				"must be the id of a hosted zone in Route 53, for a stack of environments", fix)
			continue
		}
		b.Stacks[i].Zone = strings.TrimPrefix(zone, "/hostedzone/")
	}
}

// snapshotOrReplica matches environments whose databases or snapshots could have the names of prod's.
var snapshotOrReplica = regexp.MustCompile(`^(replica|final)(-|$)`)

// deployed returns the stacks of the environments.
func (r *reader) deployed(appName string) []Deployed {
	label := rules["threa"]["environment"]
	environments := r.list("environments")
	if environments != nil && len(environments) == 0 {
		r.reject("environments", "empty", "must list the stacks to deploy",
			"pulumi config set --path 'environments[0]' prod")
	}
	var stacks []Deployed
	r.checkElements("environments", environments, func(before []string, environment string) string {
		switch name := AWSName(appName, environment); {
		case !label.allows(environment):
			return "must be 1 to 20 lower-case letters, digits and single hyphens, and begin with a letter"
		case slices.Contains(before, environment):
			return "is listed twice"
		case snapshotOrReplica.MatchString(environment):
			return "must be another one: replica and final begin names of the databases and snapshots of " + production
		case len(name) > nameLimit && r.isValid("appName"):
			return tooLong(name)
		default:
			stacks = append(stacks, Deployed{Environment: environment, Name: name})
			return ""
		}
	}, lowered)
	return stacks
}

// Tags returns the tags of every resource of the bootstrap stack.
func (b *Bootstrap) Tags() map[string]string {
	return map[string]string{
		naming.TagProject:   b.AppName,
		naming.TagManagedBy: naming.ManagedBy,
		naming.TagStack:     naming.Bootstrap{App: b.AppName}.Stack(),
	}
}
