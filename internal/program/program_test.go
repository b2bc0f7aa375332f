package program

import (
	"errors"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/stash"
)

func TestRunErr_BeginsWithOwnWords(t *testing.T) {
	own := errors.New("threa:dbName is wrong: pulumi up")
	inOutput := func(ctx *pulumi.Context) error {
		_, err := stash.First[pulumi.StringOutput](ctx, "stash", failing(own))
		return err
	}
	for name, program := range map[string]pulumi.RunFunc{
		"body":         func(*pulumi.Context) error { return own },
		"input":        inOutput,
		"stack output": func(ctx *pulumi.Context) error { ctx.Export("x", failing(own)); return nil },
		"rpc":          func(*pulumi.Context) error { return fmt.Errorf("rpc error: code = Unknown desc = %w", own) },
	} {
		t.Run(name, func(t *testing.T) {
			err := RunErr(program, pulumi.WithMocks("acme", "qa", &nothing{}))
			require.EqualError(t, err, "acme:dbName is wrong: pulumi up --stack qa")
			require.ErrorIs(t, err, own)
		})
	}
}

func failing(err error) pulumi.Output {
	return pulumi.String("").ToStringOutput().ApplyT(func(string) (string, error) { return "", err })
}

// nothing is an AWS that returns the inputs.
type nothing struct{}

func (nothing) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return args.Name, args.Inputs, nil
}

func (nothing) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}
