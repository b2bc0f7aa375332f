package claim

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the claim. Every field is required unless it says otherwise.
type Args struct {
	// Name is the prefix of the stack's AWS names.
	Name string
	// Region is the AWS region of the stack.
	Region string
	// AccountID is the AWS account of the credentials.
	AccountID string
	// CallerARN is the identity of the credentials. The owner record says who created it.
	CallerARN string
	// Names are the AWS names that the stack will use.
	Names Names
	// CloudWatch connects with CloudWatch to look up alarms and dashboards. If it fails, that check is skipped with a
	// warning.
	CloudWatch func(*pulumi.Context) (CloudWatch, error)
	// Fixed maps the configuration keys that can never change to their values.
	Fixed map[string]string
	// Tags are the stack's tags, with plain values.
	Tags pulumi.StringMap
}

// Claim is the owner record and the id that proves who the owner is.
type Claim struct {
	pulumi.ResourceState
}

// recorded are the properties that keep the values of the first deployment: they hold what cannot change.
var recorded = []string{"name", "description", "tags"}

// New checks that the AWS names are the stack's or nobody's, and claims them. It returns once they are the stack's:
// nothing else may be registered before. SSM refuses to create a parameter twice, so of two stacks that claim the same
// names at the same time the second one fails.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Claim, error) {
	existing, parameters, err := args.findRecord(ctx)
	if err != nil {
		return nil, err
	}
	var leftovers []resource
	if existing == nil {
		if leftovers, err = args.checkUnmanaged(ctx, parameters); err != nil {
			return nil, err
		}
	}
	component := &Claim{}
	if err := ctx.RegisterComponentResource("threa:claim:Claim", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register claim: %w", err)
	}
	parent := pulumi.Parent(component)
	stash, record, err := newIdentity(ctx, args, parent)
	if err != nil {
		return nil, err
	}
	if len(leftovers) > 0 {
		return nil, args.refuseLeftovers(leftovers, record)
	}
	if err := args.checkOwner(ctx, existing, record.ID); err != nil {
		return nil, err
	}
	parameter, err := ssm.NewParameter(ctx, name+"-stack", &ssm.ParameterArgs{
		Name:        pulumi.String(args.ownerRecord()),
		Description: pulumi.String("The Pulumi stack that owns everything named " + args.Name),
		Type:        pulumi.String("String"),
		Value:       recordOf(ctx, stash),
		Tags:        args.tags(),
	}, parent, pulumi.IgnoreChanges(recorded), pulumi.Aliases(formerNames(ctx)))
	if err != nil {
		return nil, fmt.Errorf("create owner record: %w", err)
	}
	if err := args.checkState(ctx, existing, parameter); err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"name": parameter.Name})
}

// formerNames are the URNs that the parameter had while it belonged to the secrets, so that a stack of then keeps it.
func formerNames(ctx *pulumi.Context) []pulumi.Alias {
	secrets := fmt.Sprintf("urn:pulumi:%s::%s::threa:secrets:Secrets::secrets", ctx.Stack(), ctx.Project())
	return []pulumi.Alias{{Name: pulumi.String("secrets-owner"), ParentURN: pulumi.URN(secrets)}}
}

func (a *Args) ownerRecord() string { return naming.Stack{Name: a.Name}.OwnerRecord() }

// tag is the tag of the parameter that keeps the value of a key.
func tag(key string) string { return "threa:" + key }

func (a *Args) tags() pulumi.StringMap {
	all := maps.Clone(a.Tags)
	for key, value := range a.Fixed {
		all[tag(key)] = pulumi.String(value)
	}
	return all
}
