package ownership

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/stash"
)

// idBytes is the length of an id: 16 hexadecimal digits.
const idBytes = 8

// Found is what AWS has at the place of the owner record.
type Found struct {
	existing   *ownerrecord.Record // nil if AWS has no owner record
	parameters []string            // all SSM parameters below the stack's path
}

// LookUp looks up the owner record in AWS. It decrypts no parameter: the record is plain text.
func LookUp(ctx *pulumi.Context, names naming.Stack) (*Found, error) {
	listed, err := ssm.GetParametersByPath(ctx, &ssm.GetParametersByPathArgs{
		Path: names.ParameterPath(), WithDecryption: pulumi.BoolRef(false),
	})
	if err != nil {
		return nil, fmt.Errorf("read the owner record of the names %s and %[1]s-…: %w", names.Name, err)
	}
	found := &Found{parameters: listed.Names}
	if i := slices.Index(listed.Names, names.OwnerRecord()); i >= 0 {
		record := ownerrecord.Parse(listed.Values[i])
		found.existing = &record
	}
	return found, nil
}

// createID stores a random id in the stack's state, where a refresh does not change it. In a preview of a stack without
// an id, the id is empty: a deployment could not follow a plan with a random value.
func (b *builder) createID() error {
	input := pulumi.Input(pulumi.UnsafeUnknownOutput(nil))
	random := make([]byte, idBytes)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	id, arn := hex.EncodeToString(random), b.Names.ParameterARN(b.Names.OwnerRecord())
	if !b.ctx.DryRun() {
		input = pulumi.StringMap{
			"id":    pulumi.String(id),
			"since": pulumi.String(time.Now().UTC().Format(time.RFC3339)),
			"by":    pulumi.String(b.CallerARN),
			"arn":   pulumi.String(arn),
		}
	}
	var err error
	b.stashed, err = stash.First[pulumi.StringMapOutput](b.ctx, ownerrecord.IDResource, input, b.parent)
	if err != nil {
		return err
	}
	stashed, _, err := await[map[string]string](b.ctx, "read the id of the stack", b.stashed)
	b.own = b.recordFrom(stashed)
	// If the state has an id for these names but AWS has no record, a precondition stopped the first deployment.
	b.isNew = b.existing == nil && (b.own.ID == "" || b.own.ID == id || stashed["arn"] == arn)
	return err
}

// recordFrom returns the owner record with the values of the Stash. The stack's name has no organization, which changes
// when a team moves its state to another backend.
func (b *builder) recordFrom(stashed map[string]string) ownerrecord.Record {
	return ownerrecord.Record{
		Stack: b.ctx.Project() + "/" + b.ctx.Stack(), ID: stashed["id"], Since: stashed["since"], By: stashed["by"],
	}
}

// checkOwner compares the record in AWS with the id in the stack's state.
func (b *builder) checkOwner() error {
	switch {
	case b.existing == nil, b.existing.ID != "" && b.existing.ID == b.own.ID:
		return nil
	case b.existing.ID != "":
		return b.refuseOwner()
	case b.existing.Stack != b.own.Stack:
		return fmt.Errorf("%w\n    If it is this stack under a new name, rename it back, run pulumi up once, and rename "+
			"it again:"+
			"  pulumi stack rename <old name>", b.refuseOwner())
	}
	return nil
}

// refuseOwner refuses the names of another owner.
func (b *builder) refuseOwner() error {
	err := b.existing.Refuse(b.Names.Name, fmt.Sprintf(" in account %s, %s,", b.Names.AccountID, b.Names.Region),
		"Nothing in AWS was changed.")
	if b.own.ID == "" && b.existing.Stack == b.own.Stack && !b.existing.Adopting() {
		return fmt.Errorf("%w\n    If the state of that stack was lost, import what it has deployed:  "+
			"go run ./cmd/threa adopt", err)
	}
	return err
}

// checkLeftovers refuses resources with the stack's tags if AWS has no owner record. Only the user knows whether they
// belong to this state or to another one.
func (b *builder) checkLeftovers() error {
	if len(b.leftovers) == 0 {
		return nil
	}
	value := b.own.String()
	if b.own.ID == "" {
		value = b.own.Stack
	}
	n := b.Names
	return fmt.Errorf("the AWS names %s and %s-… in account %s, %s, are in use by resources with the tags of this "+
		"stack, but there is "+
		"no owner record:\n%s\n"+
		"    Nothing in AWS was changed. If the state of this stack has these resources, write the record again:\n"+
		"    aws ssm put-parameter --region %s --name %s --type String --value '%s'\n"+
		"    If they are a stack of another backend, log in there:  pulumi login <backend>\n"+
		"    If their state was lost, import them:  go run ./cmd/threa adopt\n"+
		"    If a destroy left them, delete them. Otherwise give this stack other names:  pulumi config set "+
		"environment <name>",
		n.Name, n.Name, n.AccountID, n.Region, list(b.leftovers), n.Region, n.OwnerRecord(), value)
}
