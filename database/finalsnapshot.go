package database

import (
	"crypto/rand"
	"encoding/hex"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// snapshotTag is the tag of the instance that holds the name of the snapshot that a destroy leaves. RDS refuses a name
// that exists, so every new instance gets a name of its own, and keeps it: in AWS, where an instance that is imported into
// a state without the name finds it again.
const snapshotTag = "FinalSnapshot"

// snapshotBytes is the length of the random part of a name: 16 hexadecimal digits.
const snapshotBytes = 8

// finalSnapshotName is the name for an instance. It is unknown in the preview of a new one: a random name of the preview's
// own would make a plan that the up cannot follow.
func finalSnapshotName(ctx *pulumi.Context, args *Args, existing *instance) pulumi.StringOutput {
	switch {
	case existing == nil && ctx.DryRun():
		return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
	case existing == nil:
		random := make([]byte, snapshotBytes)
		_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
		return pulumi.String(args.Name + "-final-" + hex.EncodeToString(random)).ToStringOutput()
	case existing.finalSnapshot != "":
		return pulumi.String(existing.finalSnapshot).ToStringOutput()
	}
	// An instance of an earlier version of the program, or an imported one. The resource id is unique to it.
	return pulumi.String(args.Name + "-final-" + existing.resourceID).ToStringOutput()
}

func withSnapshotTag(tags pulumi.StringMap, name pulumi.StringInput) pulumi.StringMap {
	all := maps.Clone(tags)
	all[snapshotTag] = name
	return all
}
