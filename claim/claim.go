package claim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is what a stack claims.
type Args struct {
	Name      string // prefix of the AWS names
	Region    string
	AccountID string
	// RoleName is the name of a role of the stack whose trust policy names the region.
	RoleName string
	// Fixed maps the keys of the configuration that can never change to their values.
	Fixed map[string]string
	Tags  pulumi.StringMap
}

// Claim is the parameter.
type Claim struct {
	pulumi.ResourceState
}

// recorded are the properties that stay as they were when the stack was made: they hold what cannot change.
var recorded = []string{"name", "description", "tags"}

// New claims the names of a stack, and returns once they are the stack's: nothing else may be registered before. SSM
// refuses to create a parameter twice, so of two stacks with the same names the second fails in any case.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Claim, error) {
	if err := refuseAnothers(ctx, args); err != nil {
		return nil, err
	}
	component := &Claim{}
	if err := ctx.RegisterComponentResource("threa:claim:Claim", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register claim: %w", err)
	}
	parameter, err := ssm.NewParameter(ctx, name+"-stack", &ssm.ParameterArgs{
		Name:        pulumi.String(parameterName(args.Name)),
		Description: pulumi.String("The Pulumi stack that owns everything named " + args.Name),
		Type:        pulumi.String("String"),
		Value:       pulumi.String(owner(ctx)),
		Tags:        args.tags(),
	}, pulumi.Parent(component), pulumi.IgnoreChanges(recorded), pulumi.Aliases(before(ctx)))
	if err != nil {
		return nil, fmt.Errorf("claim the prefix /%s: %w", args.Name, err)
	}
	if err := args.hold(ctx, parameter); err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"name": parameter.Name})
}

// before is what the parameter was called while it belonged to the secrets, so that a stack of then keeps it.
func before(ctx *pulumi.Context) []pulumi.Alias {
	secrets := fmt.Sprintf("urn:pulumi:%s::%s::threa:secrets:Secrets::secrets", ctx.Stack(), ctx.Project())
	return []pulumi.Alias{{Name: pulumi.String("secrets-owner"), ParentURN: pulumi.URN(secrets)}}
}

// refuseAnothers looks whose the names are, before anything is registered. It asks for no secret: who owns the names is
// a parameter in the clear.
func refuseAnothers(ctx *pulumi.Context, args *Args) error {
	found, err := ssm.GetParametersByPath(ctx, &ssm.GetParametersByPathArgs{
		Path: "/" + args.Name, WithDecryption: pulumi.BoolRef(false),
	})
	if err != nil {
		return fmt.Errorf("find out whose the names %s and %s-… are: %w", args.Name, args.Name, err)
	}
	parameter := parameterName(args.Name)
	if i := slices.Index(found.Names, parameter); i >= 0 && found.Values[i] != owner(ctx) {
		return fmt.Errorf("the AWS names of this stack, %s and %s-…, belong to stack %s in this account and region.\n"+
			"    Give this one an environment of its own:  pulumi config set environment <name>\n"+
			"    or, when this is that stack under a new name:  aws ssm put-parameter --overwrite --region %s --name %s --value %s",
			args.Name, args.Name, found.Values[i], args.Region, parameter, owner(ctx))
	}
	return args.refuseAnotherRegions(ctx)
}

// parameterName is the parameter that says whose the prefix is.
func parameterName(name string) string { return "/" + name + "/stack" }

// owner is how a stack signs: without the organization, which changes when a team moves its state to another backend.
func owner(ctx *pulumi.Context) string {
	return ctx.Project() + "/" + ctx.Stack()
}

// tag is where the parameter keeps the value of a key.
func tag(key string) string { return "threa:" + key }

func (a *Args) tags() pulumi.StringMap {
	all := maps.Clone(a.Tags)
	for key, value := range a.Fixed {
		all[tag(key)] = pulumi.String(value)
	}
	return all
}

// compare reports each difference between what was claimed and what is wanted now.
func (a *Args) compare(was record) error {
	var problems []error
	if was.account != a.AccountID {
		problems = append(problems, fmt.Errorf("the stack was made in the AWS account %s, but the credentials are of %s. "+
			"Take those of %s, such as:  export AWS_PROFILE=<profile>", was.account, a.AccountID, was.account))
	}
	if was.region != a.Region {
		problems = append(problems, fixed("aws:region", a.Region, was.region))
	}
	for _, key := range slices.Sorted(maps.Keys(a.Fixed)) {
		if before, noted := was.tags[tag(key)]; noted && before != a.Fixed[key] {
			problems = append(problems, fixed(key, a.Fixed[key], before))
		}
	}
	if len(problems) == 0 && was.name != parameterName(a.Name) {
		problems = append(problems, fmt.Errorf("the AWS names begin with %s now, but %s was claimed", a.Name, was.name))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("this is chosen before the first up and cannot change on a running stack, whose database, images and cache "+
		"would be lost; nothing was changed:\n%w\n"+
		"    To move, make a second stack and give it the data of this one: restoreFromSnapshot. "+
		"In the same account, in any region, it needs an environment of its own", errors.Join(problems...))
}

func fixed(key, wanted, before string) error {
	full := key
	if !strings.Contains(key, ":") {
		full = "threa:" + key
	}
	return fmt.Errorf("%s is %q, but the stack was made with %q.\n    pulumi config set %s %s", full, wanted, before, key, before)
}
