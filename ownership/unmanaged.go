package ownership

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/program"
	"threa-infra/internal/steps"
)

// checkUnmanaged refuses unmanaged resources with the stack's names. To create them again would fail halfway, or
// silently overwrite them: PutMetricAlarm, PutDashboard and CreateCluster accept a name in use. A stack with an owner
// record has passed this check before.
func (b *builder) checkUnmanaged() error {
	if b.existing != nil {
		return nil
	}
	n, lookups := b.Names, b.lookups()
	if sdk, skipped := b.SDK(); skipped == nil {
		lookups = append(b.sdkLookups(sdk), lookups...)
	} else if err := program.Warn(b.ctx, fmt.Sprintf("not checked: whether alarms or roles %s-…, or a dashboard, "+
		"repository or cluster %[1]s exist already: %v", n.Name, skipped)); err != nil {
		return err
	}
	found, err := findAll(lookups)
	if err != nil {
		return fmt.Errorf("check that the AWS names %s and %s-… are free: %w", n.Name, n.Name, err)
	}
	if err := b.checkRegion(found); err != nil || b.Adopting {
		return err
	}
	// A resource without tags, such as a dashboard, is the stack's own if every resource with tags is.
	unmanaged := func(r resource) bool { return len(r.tags) > 0 && !b.hasTags(r) }
	if len(found) == 0 || slices.ContainsFunc(found, b.hasTags) && !slices.ContainsFunc(found, unmanaged) {
		b.leftovers = found
		return nil
	}
	return fmt.Errorf("the AWS names %s and %s-… in account %s, %s, are in use, but not by a stack of this "+
		"program:\n%s\n"+
		"    Nothing in AWS was changed. If this stack is to manage them from now on, import them:  "+
		"go run ./cmd/threa adopt\n"+
		"    Otherwise give this stack other names:  pulumi config set environment <name>\n"+
		"    or delete what is listed with the program that created it",
		n.Name, n.Name, n.AccountID, n.Region, list(found))
}

// checkRegion refuses the names of a stack of this program in another region. Each region has its own owner record, but
// the account has only one role of a name, and the role's trust policy names its region.
func (b *builder) checkRegion(found []resource) error {
	name := b.Names.ExecutionRole()
	i := slices.IndexFunc(found, func(r resource) bool { return r.kind == kindRole && r.name == name })
	if i < 0 || !b.hasTags(found[i]) {
		return nil
	}
	role, err := iam.LookupRole(b.ctx, &iam.LookupRoleArgs{Name: name})
	if err != nil {
		return fmt.Errorf("look up the region of role %s: %w", name, err)
	}
	match := sourceRegion.FindStringSubmatch(role.AssumeRolePolicy)
	if match == nil || match[1] == b.Names.Region {
		return nil
	}
	return fmt.Errorf("the AWS names of this stack, %s and %s-…, belong to a stack in %s in this account. "+
		"IAM roles, dashboards and budgets have no region: an account has each name once.\n"+
		"    Give this one another environment:  pulumi config set environment <name>\n"+
		"    or, when this is that stack:  pulumi config set aws:region %s", b.Names.Name, b.Names.Name, match[1], match[1])
}

// sourceRegion matches the region in the condition aws:SourceArn of the trust policy that package compute writes.
var sourceRegion = regexp.MustCompile(`"arn:aws:ecs:([a-z0-9-]+):`)

// hasTags reports whether a resource has the stack's tags.
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

// findAll runs the lookups concurrently. It returns what they find, and every error.
func findAll(lookups []lookup) (found []resource, err error) {
	var running []func() ([]resource, error)
	for _, l := range lookups {
		running = append(running, steps.Start(l.run))
	}
	for _, wait := range running {
		resources, problem := wait()
		found, err = append(found, resources...), errors.Join(err, problem)
	}
	return found, err
}
