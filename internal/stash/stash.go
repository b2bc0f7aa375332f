// Package stash keeps values in Pulumi's state.
package stash

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
)

// secretBytes is the length of a random secret: 64 hexadecimal digits, which need no escapes in a URL.
const secretBytes = 32

// stash is Pulumi's own Stash with a typed value. In pulumi.Stash it is a pulumi.AnyOutput: each package that uses that
// type compiles the methods of all types of outputs, 30 MB in five seconds.
type stash[T pulumi.Output] struct {
	pulumi.CustomResourceState

	Output T `pulumi:"output"`
}

// First returns the first value that a Stash was created with. To take the present value instead, replace the Stash:
// pulumi up --replace <its URN>.
func First[T pulumi.Output](
	ctx *pulumi.Context, name string, value pulumi.Input, opts ...pulumi.ResourceOption,
) (T, error) {
	var kept stash[T]
	opts = append(opts, pulumi.IgnoreChanges([]string{"input"}))
	if err := ctx.RegisterResource(resources.Stash, name, pulumi.Map{"input": value}, &kept, opts...); err != nil {
		return kept.Output, fmt.Errorf("keep %s in the state: %w", name, err)
	}
	return kept.Output, nil
}

// FirstSecret is First for a secret.
func FirstSecret[T pulumi.Output](
	ctx *pulumi.Context, name string, value pulumi.Input, parent pulumi.ResourceOption,
) (T, error) {
	return First[T](ctx, name, value, parent, pulumi.AdditionalSecretOutputs([]string{"input", "output"}))
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
	return FirstSecret[pulumi.StringOutput](ctx, name, value, parent)
}
