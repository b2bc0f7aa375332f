// Package stash keeps secrets in Pulumi's state.
package stash

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// secretBytes is the length of a random secret: 64 hexadecimal digits, which need no escapes in a URL.
const secretBytes = 32

// First returns the first value that a Stash was created with. To take the present value instead, replace the Stash:
// pulumi up --replace <its URN>.
func First(
	ctx *pulumi.Context, name string, value pulumi.Input, parent pulumi.ResourceOption,
) (pulumi.AnyOutput, error) {
	stash, err := pulumi.NewStash(ctx, name, &pulumi.StashArgs{Input: value}, parent,
		pulumi.IgnoreChanges([]string{"input"}), pulumi.AdditionalSecretOutputs([]string{"input", "output"}))
	if err != nil {
		return pulumi.AnyOutput{}, fmt.Errorf("keep %s in the state: %w", name, err)
	}
	return stash.Output, nil
}

// Random returns a random secret. A preview that creates it does not know its value: the update could not follow a plan
// with a random value of the preview's own.
func Random(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	value := pulumi.Input(pulumi.ToSecret(pulumi.String(hex.EncodeToString(random))))
	if ctx.DryRun() {
		value = pulumi.UnsafeUnknownOutput(nil)
	}
	kept, err := First(ctx, name, value, parent)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return kept.ApplyT(Text).(pulumi.StringOutput), nil
}

// Text returns a kept value that is a text, or an empty text.
func Text(value any) string {
	text, _ := value.(string)
	return text
}
