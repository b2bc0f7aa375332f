package mocks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// Awaited is what became of an output.
type Awaited struct {
	Value        any
	Secret       bool
	Dependencies []string // types and logical names of the resources that have to exist first
}

// Await waits for an output inside a program, so that it can be looked at after the run. An output that failed is the
// error, for the program to return.
func Await(ctx *pulumi.Context, output pulumi.Output) (Awaited, error) {
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
	if err != nil {
		return Awaited{}, err
	}
	awaited := Awaited{Value: result.Value, Secret: result.Secret}
	for _, one := range result.Dependencies {
		awaited.Dependencies = append(awaited.Dependencies, fmt.Sprintf("%s %s", one.PulumiResourceType(), one.PulumiResourceName()))
	}
	return awaited, nil
}

// Known tells whether an output has a value. In a preview it may have none.
func Known(ctx *pulumi.Context, output pulumi.Output) (bool, error) {
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
	if err != nil {
		return false, err
	}
	return result.Known, nil
}
