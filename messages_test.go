package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/program"
	"threa-infra/internal/stash"
)

// These are tests of package program. In its folder, they would need another test program, and to link Pulumi's SDK
// into one takes a second.

// elsewhere are the names of another project and stack than those in the messages of the components.
var elsewhere = mocks.Options{Project: "acme", Stack: "qa"}

func TestErrors_BeginWithOwnWords(t *testing.T) {
	own := errors.New("threa:dbName is wrong: pulumi up")
	failing := pulumi.String("").ToStringOutput().ApplyT(func(string) (string, error) { return "", own })
	for name, run := range map[string]pulumi.RunFunc{
		"body": func(*pulumi.Context) error { return own },
		"input": func(ctx *pulumi.Context) error {
			_, err := stash.First[pulumi.StringOutput](ctx, "stash", failing)
			return err
		},
		"stack output": func(ctx *pulumi.Context) error { ctx.Export("x", failing); return nil },
		"rpc":          func(*pulumi.Context) error { return fmt.Errorf("rpc error: code = Unknown desc = %w", own) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mocks.Run(t, run, elsewhere)
			require.EqualError(t, err, "acme:dbName is wrong: pulumi up --stack qa")
			require.ErrorIs(t, err, own)
		})
	}
}

func TestWarnings_NameProjectAndStack(t *testing.T) {
	recording := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		return program.Warn(ctx, "threa:dbName is odd: pulumi up", "compare it:\n    pulumi refresh")
	}, elsewhere)
	assert.Equal(t, "acme:dbName is odd: pulumi up --stack qa\ncompare it:\n    pulumi refresh --stack qa\n",
		recording.Warnings())
}
