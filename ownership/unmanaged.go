package ownership

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
)

// resource is a resource in AWS that has one of the stack's names.
type resource struct {
	kind, name string
	tags       map[string]string
}

// checkUnmanaged refuses unmanaged resources with the stack's names. To create them again would fail halfway, or
// silently overwrite them: PutMetricAlarm, PutDashboard and CreateCluster accept a name in use. A stack with an owner
// record has passed this check before.
func (b *builder) checkUnmanaged() error {
	if b.existing != nil {
		return nil
	}
	watch, skipped := b.CloudWatch(b.ctx)
	found, err := runLookups(b.lookups(watch))
	n := b.Names
	if err != nil {
		return fmt.Errorf("check that the AWS names %s and %s-… are free: %w\n"+
			"    If AWS denies access to a role of the bootstrap stack, update it:  cd bootstrap && pulumi up", n.Name, n.Name,
			err)
	}
	if err := errors.Join(b.checkRegion(found), b.warnSkipped(skipped)); err != nil {
		return err
	}
	if !slices.ContainsFunc(found, func(r resource) bool { return !b.isOwn(r, found) }) {
		b.leftovers = found
		return nil
	}
	return fmt.Errorf("the AWS names %s and %s-… in account %s, %s, are in use, but not by a stack of this program:\n%s\n"+
		"    Nothing in AWS was changed. Give this stack names of its own:  pulumi config set environment <name>\n"+
		"    or delete what is listed with the program that created it",
		n.Name, n.Name, n.AccountID, n.Region, list(found))
}

// warnSkipped warns that alarms and dashboards are not checked, unless the reason is nil.
func (b *builder) warnSkipped(reason error) error {
	if reason == nil {
		return nil
	}
	note := fmt.Sprintf("not checked: whether alarms %s-… or a dashboard %s exist already: %v", b.Names.Name, b.Names.Name,
		reason)
	if err := b.ctx.Log.Warn(note, nil); err != nil {
		return fmt.Errorf("write to the log: %w", err)
	}
	return nil
}

// checkRegion refuses the names of a stack of this program in another region. Each region has its own owner record, but
// the account has only one role of a name, and the role's trust policy names its region.
func (b *builder) checkRegion(found []resource) error {
	name := b.Names.ExecutionRole()
	i := slices.IndexFunc(found, func(r resource) bool { return r.kind == kindRole && r.name == name })
	if i < 0 || !b.hasTags(found[i]) {
		return nil
	}
	role, err := awsiam.LookupRole(b.ctx, &awsiam.LookupRoleArgs{Name: name})
	if err != nil {
		return fmt.Errorf("look up the region of role %s: %w", name, err)
	}
	region := iampolicy.SourceRegion(role.AssumeRolePolicy)
	if region == "" || region == b.Names.Region {
		return nil
	}
	return fmt.Errorf("the AWS names of this stack, %s and %s-…, belong to a stack in %s in this account. "+
		"IAM roles, dashboards and budgets have no region: an account has each name once.\n"+
		"    Give this one an environment of its own:  pulumi config set environment <name>\n"+
		"    or, when this is that stack:  pulumi config set aws:region %s", b.Names.Name, b.Names.Name, region, region)
}

// isOwn tells whether a resource has the stack's tags. A resource without tags, such as a dashboard, is the stack's own
// if every resource with tags is.
func (b *builder) isOwn(r resource, found []resource) bool {
	if len(r.tags) > 0 {
		return b.hasTags(r)
	}
	tagged := slices.DeleteFunc(slices.Clone(found), func(r resource) bool { return len(r.tags) == 0 })
	return len(tagged) > 0 && !slices.ContainsFunc(tagged, func(r resource) bool { return !b.hasTags(r) })
}

func (b *builder) hasTags(r resource) bool {
	for key, want := range b.Tags {
		if value, plain := want.(pulumi.String); plain && r.tags[key] != string(value) {
			return false
		}
	}
	return true
}

func list(found []resource) string {
	var lines []string
	for _, r := range found {
		var tags []string
		for _, key := range slices.Sorted(maps.Keys(r.tags)) {
			tags = append(tags, key+"="+r.tags[key])
		}
		if len(tags) == 0 {
			tags = []string{"no tags"}
		}
		lines = append(lines, fmt.Sprintf("    %s %s (%s)", r.kind, r.name, strings.Join(tags, ", ")))
	}
	return strings.Join(lines, "\n")
}

// runLookups runs all lookups at the same time and returns the resources, sorted.
func runLookups(lookups []lookup) ([]resource, error) {
	found, problems := make([][]resource, len(lookups)), make([]error, len(lookups))
	var running sync.WaitGroup
	for i, l := range lookups {
		running.Go(func() { found[i], problems[i] = l.run() })
	}
	running.Wait()
	resources := slices.Concat(found...)
	slices.SortFunc(resources, func(a, b resource) int { return strings.Compare(a.kind+a.name, b.kind+b.name) })
	return resources, errors.Join(problems...)
}
