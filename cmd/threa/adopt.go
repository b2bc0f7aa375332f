package main

import (
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/adopt"
	"threa-infra/cmd/threa/internal/pulumicli"
)

func newAdopt() *cobra.Command {
	var yes bool
	var options adopt.Options
	cmd := &cobra.Command{
		Use:   "adopt",
		Short: "Import a running deployment, of the old Terraform program or of a lost state",
		Long: `Imports a running deployment into a stack without resources: one of the old Terraform program, or one of this
program whose Pulumi state was lost. Nothing is replaced that holds data, and AWS does not change until the next up,
except for the owner record (the parameter /NAME/stack).

The command
  1. looks up the deployment, who manages it, and the configuration that matches it. It prints the missing
     pulumi config set lines, or sets them with --configure. The database's password must be the one in the parameter
     /NAME/database-url; it is never printed;
  2. plans: what is imported as it is, imported and then changed in place, created, and left over. It stops if an up
     would replace or delete a resource of the deployment;
  3. imports, after it has asked;
  4. checks that the preview replaces nothing that holds data, and that the database is the same;
  5. says what is left over, and how to remove it.

It can be stopped and run again at any time.`,
		Example: `  go run ./cmd/threa adopt --configure --dry-run
  go run ./cmd/threa adopt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return adoptDeployment(cmd, options, yes)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&yes, "yes", "y", false, "do not ask; required without a terminal")
	flags.BoolVar(&options.DryRun, "dry-run", false, "show the plan, and import nothing")
	flags.BoolVar(&options.Configure, "configure", false, "set the configuration that matches the deployment")
	flags.BoolVar(&options.TakeOver, "take-over", false,
		"confirm that the tool or the state that managed the deployment was lost or is not used any more")
	return cmd
}

func adoptDeployment(cmd *cobra.Command, options adopt.Options, yes bool) error {
	if !options.DryRun {
		if err := checkPrompt(yes, "import"); err != nil {
			return err
		}
	}
	ctx, stack := cmd.Context(), stackFlag(cmd)
	settings, err := pulumiOn(stack).AWSConfig(ctx)
	if err != nil {
		return err
	}
	a := &adopt.Adoption{
		Pulumi:   func(environ ...string) pulumicli.Command { return pulumiOn(stack, environ...) },
		Settings: settings,
		Print:    func(format string, values ...any) { cmd.Printf(format+"\n", values...) },
		Approve:  func(question string) bool { return yes || ask(cmd, question) },
		Options:  options,
	}
	return a.Run(ctx)
}
