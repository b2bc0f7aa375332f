package database

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// noSnapshot is how the provider says that RDS has no such snapshot.
var noSnapshot = regexp.MustCompile(`returned no results|couldn't find resource|DBSnapshotNotFound`)

// finalSnapshotName is the name of the snapshot that a destroy leaves. RDS refuses a name that exists, so it is made of
// the stack's id, which no stack had before, and of a number if a database of this stack has left a snapshot already. It is
// the same in every run, so that an instance that was imported without a name gets one with the next up.
func finalSnapshotName(ctx *pulumi.Context, args *Args) (pulumi.StringInput, error) {
	if args.StackID == "" { // a preview of a new stack
		return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput), nil
	}
	first := args.Name + "-final-" + args.StackID
	if !args.FinalSnapshot {
		return pulumi.String(first), nil
	}
	for name, n := first, 2; ; name, n = fmt.Sprintf("%s-%d", first, n), n+1 {
		_, err := rds.LookupSnapshot(ctx, &rds.LookupSnapshotArgs{DbSnapshotIdentifier: pulumi.StringRef(name)})
		switch {
		case err != nil && noSnapshot.MatchString(err.Error()):
			return pulumi.String(name), nil
		case err != nil:
			return nil, fmt.Errorf("check whether the snapshot %s exists: %w", name, err)
		}
	}
}
