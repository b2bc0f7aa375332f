package claim

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"threa-infra/internal/ownerrecord"
)

// idBytes is the length of an id: 16 hexadecimal digits.
const idBytes = 8

// findRecord returns the owner record in AWS, nil if there is none, and the names of all parameters below the stack's
// path. It asks for no secret: the record is plain text.
func (a *Args) findRecord(ctx *pulumi.Context) (*ownerrecord.Record, []string, error) {
	found, err := ssm.GetParametersByPath(ctx, &ssm.GetParametersByPathArgs{
		Path: "/" + a.Name, WithDecryption: pulumi.BoolRef(false),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the owner record of the names %s and %s-…: %w", a.Name, a.Name, err)
	}
	i := slices.Index(found.Names, a.ownerRecord())
	if i < 0 {
		return nil, found.Names, nil
	}
	record := ownerrecord.Parse(found.Values[i])
	return &record, found.Names, nil
}

// stackName is how a stack calls itself in its record: without the organization, which changes when a team moves its
// state to another backend.
func stackName(ctx *pulumi.Context) string {
	return ctx.Project() + "/" + ctx.Stack()
}

// newIdentity keeps a random id in the stack's state, where a refresh does not change it, and returns the owner record with
// it. The id is empty in a preview of a stack that has none yet: a preview with a random value of its own would make a
// plan that the up cannot follow.
func newIdentity(ctx *pulumi.Context, args *Args, parent pulumi.ResourceOption) (*pulumi.Stash, ownerrecord.Record, error) {
	input := pulumi.Input(pulumi.UnsafeUnknownOutput(nil))
	if !ctx.DryRun() {
		input = pulumi.StringMap{
			"id":    pulumi.String(randomID()),
			"since": pulumi.String(time.Now().UTC().Format(time.RFC3339)),
			"by":    pulumi.String(args.CallerARN),
		}
	}
	stash, err := pulumi.NewStash(ctx, ownerrecord.IDResource, &pulumi.StashArgs{Input: input},
		parent, pulumi.IgnoreChanges([]string{"input"}))
	if err != nil {
		return nil, ownerrecord.Record{}, fmt.Errorf("keep the id of the stack: %w", err)
	}
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), stash.Output.ApplyT(func(stashed any) ownerrecord.Record {
		return recordFrom(ctx, stashed)
	}))
	if err != nil {
		return nil, ownerrecord.Record{}, fmt.Errorf("read the id of the stack: %w", err)
	}
	if record, isRecord := result.Value.(ownerrecord.Record); isRecord && result.Known {
		return stash, record, nil
	}
	return stash, recordFrom(ctx, nil), nil
}

func randomID() string {
	random := make([]byte, idBytes)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(random)
}

// recordFrom is the owner record with what the Stash holds.
func recordFrom(ctx *pulumi.Context, stashed any) ownerrecord.Record {
	values, _ := stashed.(map[string]any)
	text := func(key string) string {
		value, _ := values[key].(string)
		return value
	}
	return ownerrecord.Record{Stack: stackName(ctx), ID: text("id"), Since: text("since"), By: text("by")}
}

// recordOf is the value of the parameter.
func recordOf(ctx *pulumi.Context, stash *pulumi.Stash) pulumi.StringOutput {
	return stash.Output.ApplyT(func(stashed any) string {
		return recordFrom(ctx, stashed).String()
	}).(pulumi.StringOutput)
}

// checkOwner compares the record in AWS with the id in the stack's state.
func (a *Args) checkOwner(ctx *pulumi.Context, existing *ownerrecord.Record, id string) error {
	switch {
	case existing == nil, existing.ID != "" && existing.ID == id:
		return nil
	case existing.ID != "":
		return a.refuseOwner(existing)
	case existing.Stack != stackName(ctx):
		return fmt.Errorf("%w\n    If it is this stack under a new name, rename it back, run pulumi up once, and rename it again:"+
			"  pulumi stack rename <old name>", a.refuseOwner(existing))
	}
	return nil
}

// checkState waits for the parameter and compares what it recorded with the configuration. A record without an id does
// not tell two stacks of the same name apart: then the state has to have the parameter.
func (a *Args) checkState(ctx *pulumi.Context, existing *ownerrecord.Record, parameter *ssm.Parameter) error {
	was, known, err := awaitRecorded(ctx, parameter)
	createdByAnother := err != nil && strings.Contains(err.Error(), "ParameterAlreadyExists")
	if existing != nil && existing.ID == "" && (createdByAnother || err == nil && !known) {
		return a.refuseOwner(existing)
	}
	if err != nil {
		return err
	}
	if !known { // a preview of a new stack
		return nil
	}
	return a.compare(was)
}

// refuseOwner refuses the names of another owner.
func (a *Args) refuseOwner(record *ownerrecord.Record) error {
	return record.Refuse(a.Name, fmt.Sprintf(" in account %s, %s,", a.AccountID, a.Region), "Nothing in AWS was changed.")
}
