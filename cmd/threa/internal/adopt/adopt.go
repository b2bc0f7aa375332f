// Package adopt imports a running deployment into a stack without resources: one of the old Terraform program, or one
// of this program whose Pulumi state was lost.
//
// Pulumi does the work: a preview with import ids shows what an up would change (package internal/adoption), and
// "pulumi import" writes the state. Neither changes a resource in AWS. Before the import, the owner record is written,
// without the id that only an up creates: no other stack can take the deployment, and this stack can continue after it
// was stopped.
package adopt

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/preconditions"
)

// Adoption imports a deployment into a stack. All fields are required, except the options.
type Adoption struct {
	// Pulumi runs pulumi on the stack, with more variables in its environment.
	Pulumi func(environ ...string) pulumicli.Command
	// Settings are those of the AWS SDK for the account and the region of the stack.
	Settings aws.Config
	// Print prints a text.
	Print func(format string, values ...any)
	// Approve asks whether to go on.
	Approve func(question string) bool

	// Options are the options of the command.
	Options

	pulumi pulumicli.Command // without more variables
	api    *recovery.API
	names  naming.Stack
	stack  string // project and stack, as in the owner record
	caller string // ARN of the credentials
	config pulumicli.Config

	state  *state
	record *ownerrecord.Record // nil if AWS has none
}

// Options are the options of the command. They are optional.
type Options struct {
	// DryRun stops before anything is imported.
	DryRun bool
	// Configure sets the configuration that the deployment needs.
	Configure bool
	// TakeOver confirms that what manages the deployment now is lost or no longer used.
	TakeOver bool
}

// errDeclined is returned if the user does not approve.
var errDeclined = errors.New("nothing was imported")

// Run adopts the deployment.
func (a *Adoption) Run(ctx context.Context) error {
	a.pulumi = a.Pulumi()
	a.api = recovery.NewAPI(a.Settings)
	if err := a.identify(ctx); err != nil {
		return explain(err)
	}
	managed, err := a.checkOwner()
	if err != nil {
		return err
	}
	d, err := a.look(ctx)
	if err != nil {
		return explain(err)
	}
	if managed {
		a.Print("Stack %s manages the deployment %s already. There is nothing to import.", a.stack, a.names.Name)
		return explain(a.printLeftovers(ctx, d, a.state.resources()))
	}
	return explain(a.adopt(ctx, d))
}

func (a *Adoption) adopt(ctx context.Context, d *deployment) error {
	a.Print("%s", d.describe(a.names))
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
	if a.DryRun {
		if err := a.printLeftovers(ctx, d, p.resources()); err != nil {
			return err
		}
		a.Print("This was a dry run. Nothing was imported.")
		return nil
	}
	if !a.Approve("Import these resources into the state of " + a.stack + "? AWS does not change, except for the owner " +
		"record " + a.names.OwnerRecord() + ".") {
		return errDeclined
	}
	return a.complete(context.WithoutCancel(ctx), d, p) // Ctrl-C reaches pulumi, which stops in order
}

// complete imports what is planned, and checks the result.
func (a *Adoption) complete(ctx context.Context, d *deployment, p *plan) error {
	if err := a.writeRecord(ctx, p); err != nil {
		return err
	}
	if err := a.importPlanned(ctx, p); err != nil {
		return err
	}
	if err := a.check(ctx, d); err != nil {
		return err
	}
	if err := a.printLeftovers(ctx, d, a.state.resources()); err != nil {
		return err
	}
	a.Print("Next, deploy the changes of the plan:\n    pulumi up")
	return nil
}

// explain adds to an error for a missing permission what the command needs.
func explain(err error) error {
	if !preconditions.IsDenied(err) {
		return err
	}
	return fmt.Errorf("%w\n    The credentials lack this permission. Run the command with the rights to deploy the stack. "+
		"It can be run again at any time", err)
}
