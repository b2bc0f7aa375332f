package claim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/ownerrecord"
)

// Names are the AWS names, beside the prefix itself, that are looked up before the first deployment: those that any
// configuration may use.
type Names struct {
	// Roles are IAM roles. The first one's trust policy names the stack's region.
	Roles []string
	// LogGroup is a CloudWatch log group.
	LogGroup string
	// Alarms are CloudWatch alarms.
	Alarms []string
	// Parameters are SSM parameters.
	Parameters []string
}

// resource is a thing in AWS that has one of the stack's names.
type resource struct {
	kind, name string
	tags       map[string]string
}

// checkUnmanaged refuses to start where something has the stack's names although no owner record exists: the deployment
// of another program, or something that was made by hand. Creating it again would fail halfway, or silently overwrite it:
// PutMetricAlarm, PutDashboard and CreateCluster take what exists.
//
// It returns what has the stack's tags.
func (a *Args) checkUnmanaged(ctx *pulumi.Context, parameters []string) ([]resource, error) {
	watch, skipped := a.CloudWatch(ctx)
	found, err := lookUp(ctx, a.lookups(parameters, watch))
	if err != nil {
		return nil, fmt.Errorf("check that the AWS names %s and %s-… are free: %w\n"+
			"    If AWS denies access to a role of the bootstrap stack, update it:  cd bootstrap && pulumi up", a.Name, a.Name, err)
	}
	if err := errors.Join(a.checkRegion(ctx, found), a.warnSkipped(ctx, skipped)); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(found, func(r resource) bool { return !a.isOurs(r, found) }) {
		return found, nil
	}
	return nil, fmt.Errorf("the AWS names %s and %s-… in account %s, %s, are in use, but not by a stack of this program:\n%s\n"+
		"    Nothing in AWS was changed. Give this stack names of its own:  pulumi config set environment <name>\n"+
		"    or delete what is listed with the program that created it",
		a.Name, a.Name, a.AccountID, a.Region, list(found))
}

// refuseLeftovers refuses resources with the stack's tags when there is no owner record. Only the user knows whether they
// are in this state or in another one. record is the one that this state's stack had.
func (a *Args) refuseLeftovers(found []resource, record ownerrecord.Record) error {
	value := record.String()
	if record.ID == "" {
		value = record.Stack
	}
	return fmt.Errorf("the AWS names %s and %s-… in account %s, %s, are in use by resources with the tags of this stack, but there is "+
		"no owner record:\n%s\n"+
		"    Nothing in AWS was changed. If the state of this stack has these resources, write the record again:\n"+
		"    aws ssm put-parameter --region %s --name %s --type String --value '%s'\n"+
		"    If they are a stack of another backend, log in there:  pulumi login <backend>\n"+
		"    If a destroy left them, delete them. Otherwise give this stack names of its own:  pulumi config set environment <name>",
		a.Name, a.Name, a.AccountID, a.Region, list(found), a.Region, a.ownerRecord(), value)
}

func list(found []resource) string {
	var lines []string
	for _, one := range found {
		lines = append(lines, fmt.Sprintf("    %s %s (%s)", one.kind, one.name, describeTags(one.tags)))
	}
	return strings.Join(lines, "\n")
}

// isOurs tells whether a resource has the stack's tags. One without tags is the stack's if everything that has tags is:
// a dashboard cannot have any.
func (a *Args) isOurs(one resource, found []resource) bool {
	if len(one.tags) > 0 {
		return a.hasTags(one)
	}
	tagged := slices.DeleteFunc(slices.Clone(found), func(r resource) bool { return len(r.tags) == 0 })
	return len(tagged) > 0 && !slices.ContainsFunc(tagged, func(r resource) bool { return !a.hasTags(r) })
}

func (a *Args) hasTags(one resource) bool {
	for key, want := range a.Tags {
		if value, plain := want.(pulumi.String); plain && one.tags[key] != string(value) {
			return false
		}
	}
	return true
}

func describeTags(tags map[string]string) string {
	if len(tags) == 0 {
		return "no tags"
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, key+"="+tags[key])
	}
	return strings.Join(all, ", ")
}

// lookUp runs all lookups at the same time and returns what they find, sorted.
func lookUp(ctx *pulumi.Context, lookups map[string]lookup) ([]resource, error) {
	var running sync.WaitGroup
	var mutex sync.Mutex
	var all []resource
	var problems []error
	for what, find := range lookups {
		running.Go(func() {
			found, err := find(ctx)
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, found...)
			if err != nil {
				problems = append(problems, fmt.Errorf("look up %s: %w", what, err))
			}
		})
	}
	running.Wait()
	slices.SortFunc(all, func(a, b resource) int { return strings.Compare(a.kind+a.name, b.kind+b.name) })
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return all, errors.Join(problems...)
}
