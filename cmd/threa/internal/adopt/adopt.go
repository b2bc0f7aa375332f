// Package adopt imports a running deployment into a stack without resources: one of the old Terraform program, or one
// of this program whose Pulumi state was lost.
//
// Pulumi does the work: a preview with import ids shows what an up would change (package internal/adoption), and
// "pulumi import" writes the state. Neither changes a resource in AWS. Before the import, the command writes the owner
// record without an id, which only an up creates: no other stack can take the deployment, and this one can continue
// after the command was stopped.
package adopt

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/preconditions"
)

// Adoption imports a deployment into a stack.
type Adoption struct {
	// Pulumi returns the pulumi command for the stack, with more variables in its environment. Required.
	Pulumi func(environ ...string) pulumicli.Command
	// Settings are those of the AWS SDK for the account and the region of the stack. Required.
	Settings aws.Config
	// Print prints a text. Required.
	Print func(format string, values ...any)
	// Approve asks before the import. Required.
	Approve func(question string) bool
	Options

	pulumi pulumicli.Command // without more variables
	api    *recovery.API
	names  naming.Stack
	stack  string // project and stack, as in the owner record
	caller string // ARN of the credentials
	config pulumicli.Config
	state  []apitype.ResourceV3
	record *ownerrecord.Record // nil if AWS has none
}

// Options are the options of the command.
type Options struct {
	// DryRun stops before the import. Default: false.
	DryRun bool
	// Configure sets the configuration that matches the deployment. Default: false.
	Configure bool
	// TakeOver confirms that the tool or the state that managed the deployment was lost or is not used any more. Default:
	// false.
	TakeOver bool
}

// errDeclined is returned if the user does not approve.
var errDeclined = errors.New("nothing was imported")

// Run adopts the deployment. It can be stopped and run again.
func (a *Adoption) Run(ctx context.Context) error {
	a.pulumi, a.api = a.Pulumi(), recovery.NewAPI(a.Settings)
	err := a.run(ctx)
	if preconditions.IsDenied(err) {
		return fmt.Errorf("%w\n    The credentials lack this permission. Run the command again with the rights to deploy",
			err)
	}
	return err
}

func (a *Adoption) run(ctx context.Context) error {
	if err := a.identify(ctx); err != nil {
		return err
	}
	managed, err := a.checkOwner()
	if err != nil {
		return err
	}
	d, err := a.look(ctx)
	if err != nil {
		return err
	}
	if managed {
		a.Print("Stack %s manages the deployment %s already. There is nothing to import.", a.stack, a.names.Name)
		return a.printLeftovers(ctx, d, a.inAWS())
	}
	a.Print("%s", a.describe(d))
	if err := a.checkManager(d); err != nil {
		return err
	}
	if err := a.configure(ctx, d); err != nil {
		return err
	}
	p, err := a.plan(ctx, d)
	if err != nil {
		return err
	}
	a.Print("%s", p)
	if err := p.refuse(); err != nil {
		return err
	}
	return a.carryOut(ctx, d, p)
}

// carryOut imports what is planned, unless the state has it already, and says what to do next.
func (a *Adoption) carryOut(ctx context.Context, d *deployment, p *plan) error {
	imported := len(p.ids) == 0 && a.recordImported()
	switch {
	case imported:
		a.Print("The state has all of these resources already.")
	case a.DryRun:
	case !a.Approve(fmt.Sprintf("Import these resources into the state of %s? In AWS, only the owner record %s changes.",
		a.stack, a.names.OwnerRecord())):
		return errDeclined
	default:
		ctx = context.WithoutCancel(ctx) // Ctrl-C also reaches pulumi, which stops in order
		if err := a.importAndCheck(ctx, d, p); err != nil {
			return err
		}
		imported = true
	}
	managed := p.resources()
	if imported {
		managed = a.inAWS()
	}
	if err := a.printLeftovers(ctx, d, managed); err != nil {
		return err
	}
	if !imported {
		a.Print("This was a dry run. Nothing was imported.")
		return nil
	}
	a.Print("Next, deploy the changes of the plan:\n    pulumi up\n" +
		"If it reports that a resource exists already:\n    go run ./cmd/threa recover && pulumi up")
	return nil
}

func (a *Adoption) importAndCheck(ctx context.Context, d *deployment, p *plan) error {
	if err := a.writeRecord(ctx, p); err != nil {
		return err
	}
	if err := a.importPlanned(ctx, p); err != nil {
		return err
	}
	return a.check(ctx, d)
}
