package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"threa-infra/internal/cost"
	"threa-infra/internal/stackconfig"
)

func newCost() *cobra.Command {
	o := cost.Options{Format: cost.Formats[0], Assumed: cost.Usual}
	var document, before string
	cmd := &cobra.Command{
		Use:   "cost [configuration...]",
		Short: "Say what a stack costs in a month, before it exists",
		Long: `Says what a stack costs in a month: a line for everything that AWS bills, with its calculation. Several configurations
stand side by side, with the differences to the first.

A configuration is a stack that has a file, Pulumi.<stack>.yaml, and keys to change in it. Without one it is the stack
of --stack or PULUMI_STACK, else every stack that has a file. Nothing is asked of Pulumi or AWS: no login, no password,
no passphrase; what comes from Pulumi ESC is not seen. A price that is not known is missing in the bill, never guessed.`,
		Example: `  go run ./cmd/threa cost prod
  go run ./cmd/threa cost prod budget
  go run ./cmd/threa cost --totals prod prod,cpuArchitecture=arm64 prod,cacheEngine=valkey,multiAz=true
  git worktree add ../deployed main && go run ./cmd/threa cost --before ../deployed prod`,
		RunE: func(cmd *cobra.Command, configurations []string) error {
			stack, err := cmd.Flags().GetString("stack")
			if err != nil {
				return fmt.Errorf("read --stack: %w", err)
			}
			folder, err := stackconfig.Find(".")
			if err != nil {
				return err
			}
			if document != "" {
				return rewrite(document, folder, configurations)
			}
			if len(configurations) == 0 && stack != "" {
				configurations = []string{stack}
			}
			return writeBills(cmd.OutOrStdout(), folder, before, configurations, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Format, "output", "o", o.Format, "format: "+strings.Join(cost.Formats, ", "))
	flags.BoolVar(&o.Totals, "totals", false, "a line for each configuration instead of one for each resource")
	flags.IntVar(&o.Assumed.LogsGB, "logs-gb", o.Assumed.LogsGB, "logs that the app is assumed to write, in GB a month")
	flags.IntVar(&o.Assumed.ImagesGB, "images-gb", o.Assumed.ImagesGB, "images that are assumed to be kept, in GB")
	flags.StringVar(&document, "write", "", "Markdown file whose bills are updated, such as docs/costs.md")
	flags.StringVar(&before, "before", "", "folder with another version of the project: what has changed since, for one configuration")
	return cmd
}

func writeBills(out io.Writer, folder, before string, configurations []string, o cost.Options) error {
	if o.Assumed.LogsGB < 0 || o.Assumed.ImagesGB < 0 {
		return fmt.Errorf("--logs-gb is %d, --images-gb is %d: must be 0 or more", o.Assumed.LogsGB, o.Assumed.ImagesGB)
	}
	if len(configurations) == 0 {
		var err error
		if configurations, err = stackconfig.Stacks(folder); err != nil {
			return err
		}
		if len(configurations) == 0 {
			return fmt.Errorf("no stack has a file in %s: pulumi stack init, then pulumi config set", folder)
		}
	}
	bills, err := compare(folder, before, configurations, o.Assumed)
	if err != nil {
		return err
	}
	text, err := cost.Write(bills, o)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write the bill: %w", err)
	}
	return nil
}

func compare(folder, before string, configurations []string, assumed cost.Assumptions) ([]*cost.Bill, error) {
	if before == "" {
		return cost.Compare(folder, configurations, assumed)
	}
	if len(configurations) != 1 {
		return nil, fmt.Errorf("--before is about one configuration, such as prod; these are %d", len(configurations))
	}
	return cost.Before(before, folder, configurations[0], assumed)
}

// rewrite makes the bills in a Markdown file anew.
func rewrite(document, folder string, configurations []string) error {
	if len(configurations) > 0 {
		return fmt.Errorf("--write takes the configurations from %s: leave out %s", document, strings.Join(configurations, " "))
	}
	text, err := os.ReadFile(document)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	rewritten, err := cost.Rewrite(string(text), folder)
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	if err := os.WriteFile(document, []byte(rewritten), 0o644); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}
