package ownership

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/steps"
)

// New checks that the AWS names are free or the stack's own, and creates the owner record. Nothing else may be
// registered before it returns. SSM refuses to create a parameter twice: if two stacks take the same names at the same
// time, the second one fails.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Ownership, error) {
	found, err := args.LookUp()
	if err != nil {
		return nil, err
	}
	if args.Adopting {
		found = &Found{parameters: found.parameters}
	}
	b := &builder{ctx: ctx, name: name, Args: args, Found: found}
	if err := b.checkUnmanaged(); err != nil {
		return nil, err
	}
	component := &Ownership{}
	if err := ctx.RegisterComponentResource("threa:claim:Claim", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register ownership: %w", err)
	}
	b.parent = pulumi.Parent(component)
	if err := steps.Run(b.createID, b.checkLeftovers, b.checkOwner); err != nil {
		return nil, err
	}
	checks := []func() error{b.createRecord, b.checkRecorded, args.Preconditions}
	if b.isNew { // otherwise the record comes first: a changed name explains what AWS lacks
		checks = []func() error{args.Preconditions, b.createRecord, b.checkRecorded}
	}
	if err := steps.Run(checks...); err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"name": b.parameter.Name})
}

type builder struct {
	*Args
	*Found
	ctx    *pulumi.Context
	name   string
	parent pulumi.ResourceOption

	leftovers []resource             // resources with the stack's tags, although AWS has no owner record
	stashed   pulumi.StringMapOutput // what the state keeps of the record
	isNew     bool                   // neither AWS nor the state has the owner record
	own       ownerrecord.Record     // the record with the id in the stack's state
	parameter *ssm.Parameter
}

// recordedProperties keep the values of the first deployment.
var recordedProperties = []string{"name", "description", "tags"}

func (b *builder) createRecord() (err error) {
	tags := maps.Clone(b.Tags)
	for key, value := range b.Fixed {
		tags[fixedTag(key)] = pulumi.String(value)
	}
	// Earlier versions created the parameter in the component secrets.
	secrets := fmt.Sprintf("urn:pulumi:%s::%s::threa:secrets:Secrets::secrets", b.ctx.Stack(), b.ctx.Project())
	former := []pulumi.Alias{{Name: pulumi.String("secrets-owner"), ParentURN: pulumi.URN(secrets)}}
	value := b.stashed.ApplyT(func(stashed map[string]string) string { return b.recordFrom(stashed).String() })
	b.parameter, err = ssm.NewParameter(b.ctx, b.name+"-stack", &ssm.ParameterArgs{
		Name:        pulumi.String(b.Names.OwnerRecord()),
		Description: pulumi.String("The Pulumi stack that owns everything named " + b.Names.Name),
		Type:        pulumi.String("String"),
		Value:       value.(pulumi.StringOutput),
		Tags:        tags,
	}, b.parent, pulumi.IgnoreChanges(recordedProperties), pulumi.Aliases(former))
	return steps.Wrap(err, "create owner record")
}

// fixedTag is the tag of the parameter that holds the value of a configuration key.
func fixedTag(key string) string { return "threa:" + key }

// recorded is what the parameter says about the first deployment.
type recorded struct {
	name, region, account string
	tags                  map[string]string
}

// checkRecorded waits for the parameter and compares the first deployment with the configuration. Without the wait,
// other resources would be registered under new names before the error. A record without an id does not distinguish
// two stacks of the same name: then the state must have the parameter.
func (b *builder) checkRecorded() error {
	first, known, err := await[recorded](b.ctx, "create owner record",
		pulumix.Apply3Err(b.parameter.Name, b.parameter.Arn, b.parameter.Tags, parseRecorded))
	createdByAnother := err != nil && strings.Contains(err.Error(), "ParameterAlreadyExists")
	if b.existing != nil && b.existing.ID == "" && (createdByAnother || err == nil && !known) {
		return b.refuseOwner()
	}
	if err != nil || !known { // unknown in a preview of a new stack
		return err
	}
	return b.compare(first)
}

// await waits for an output. known is false if a preview does not know the value.
func await[T any](ctx *pulumi.Context, action string, output pulumi.Output) (value T, known bool, err error) {
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
	if err != nil {
		return value, false, fmt.Errorf("%s: %w", action, err)
	}
	value, ok := result.Value.(T)
	return value, result.Known && ok, nil
}

// parseRecorded takes region and account from the ARN, arn:aws:ssm:<region>:<account>:parameter/<name>. Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
func parseRecorded(name, arn string, tags map[string]string) (recorded, error) {
	const parts = 6
	fields := strings.SplitN(arn, ":", parts)
	if len(fields) < parts {
		return recorded{}, fmt.Errorf("the ARN of parameter %s is %q", name, arn)
	}
	return recorded{name: name, region: fields[3], account: fields[4], tags: tags}, nil
}

// compare reports each difference between the first deployment and the configuration.
func (b *builder) compare(first recorded) error {
	var problems []error
	if first.account != b.Names.AccountID {
		problems = append(problems, fmt.Errorf("the stack was created in the AWS account %s, but the credentials are of %s. "+
			"Use credentials of %s, such as:  export AWS_PROFILE=<profile>", first.account, b.Names.AccountID, first.account))
	}
	changed := func(key, now, before string) {
		full := key
		if !strings.Contains(key, ":") {
			full = "threa:" + key
		}
		problems = append(problems, fmt.Errorf("%s is %q, but the stack was created with %q.\n    pulumi config set %s %s",
			full, now, before, key, before))
	}
	if first.region != b.Names.Region {
		changed("aws:region", b.Names.Region, first.region)
	}
	for _, key := range slices.Sorted(maps.Keys(b.Fixed)) {
		if before, known := first.tags[fixedTag(key)]; known && before != b.Fixed[key] {
			changed(key, b.Fixed[key], before)
		}
	}
	if len(problems) == 0 && first.name != b.Names.OwnerRecord() {
		problems = append(problems, fmt.Errorf("the AWS names begin with %s now, but the owner record is %s", b.Names.Name,
			first.name))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("these values are fixed after the first up, because a change would lose the database, the images "+
		"and the cache. Nothing was changed:\n%w\n"+
		"    To move, create a second stack that starts with the data of this one (restoreFromSnapshot). "+
		"In the same account, it needs another environment, even in another region", errors.Join(problems...))
}
