package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/pricelist"
	"threa-infra/internal/cost"
	"threa-infra/internal/stackconfig"
)

func newCost() *cobra.Command {
	o := cost.Options{Format: cost.Formats[0], Assumed: cost.Usual}
	var document, before string
	var refresh bool
	cmd := &cobra.Command{
		Use:   "cost [configuration...]",
		Short: "Estimate what a stack costs a month, before it exists",
		Long: `Estimates what a stack costs a month: one line for each resource that AWS bills, with the calculation. Several
configurations are shown side by side, with the differences from the first.

A configuration is the name of a stack with a file Pulumi.<stack>.yaml, followed by keys to change in it. Without an
argument, it is the stack of --stack or PULUMI_STACK, or else every stack with a file. The command needs neither Pulumi
nor AWS, and no passphrase. It does not see values from Pulumi ESC. A line with an unknown price has no amount.`,
		Example: `  go run ./cmd/threa cost prod
  go run ./cmd/threa cost prod budget
  go run ./cmd/threa cost --totals prod prod,cpuArchitecture=arm64 prod,cacheEngine=valkey,multiAz=true
  git worktree add ../deployed main && go run ./cmd/threa cost --before ../deployed prod`,
		RunE: func(cmd *cobra.Command, configurations []string) error {
			folder, err := stackconfig.FindProject(".")
			if err != nil {
				return err
			}
			if refresh {
				return refreshPrices(cmd, folder)
			}
			if document != "" {
				return rewrite(document, folder, configurations)
			}
			if stack := stackFlag(cmd); len(configurations) == 0 && stack != "" {
				configurations = []string{stack}
			}
			return writeBills(cmd.OutOrStdout(), folder, before, configurations, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Format, "output", "o", o.Format, "format: "+strings.Join(cost.Formats, ", "))
	flags.BoolVar(&o.Totals, "totals", false, "one line for each configuration instead of one for each resource")
	flags.IntVar(&o.Assumed.LogsGB, "logs-gb", o.Assumed.LogsGB, "assumed logs of the app, in GB a month")
	flags.IntVar(&o.Assumed.ImagesGB, "images-gb", o.Assumed.ImagesGB, "assumed size of the kept images, in GB")
	flags.StringVar(&document, "write", "", "Markdown file whose estimates are updated, such as docs/costs.md")
	flags.BoolVar(&refresh, "refresh", false, "update "+cost.PricesFile+" from the AWS Price List, with AWS credentials")
	flags.StringVar(&before, "before", "", "folder with an earlier version of the project, to compare with")
	cmd.MarkFlagsMutuallyExclusive("refresh", "write", "before")
	return cmd
}

func writeBills(out io.Writer, folder, before string, configurations []string, o cost.Options) error {
	if o.Assumed.LogsGB < 0 || o.Assumed.ImagesGB < 0 {
		return fmt.Errorf("--logs-gb is %d, --images-gb is %d: both must be 0 or more", o.Assumed.LogsGB, o.Assumed.ImagesGB)
	}
	if len(configurations) == 0 {
		var err error
		if configurations, err = stackconfig.Stacks(folder); err != nil {
			return err
		}
		if len(configurations) == 0 {
			return fmt.Errorf("no stack has a file in %s. Create one: pulumi stack init, then pulumi config set", folder)
		}
	}
	var bills []*cost.Bill
	var err error
	switch {
	case before == "":
		bills, err = cost.Compare(folder, configurations, o.Assumed)
	case len(configurations) == 1:
		bills, err = cost.Before(before, folder, configurations[0], o.Assumed)
	default:
		err = fmt.Errorf("--before compares one configuration, such as prod, but there are %d", len(configurations))
	}
	if err != nil {
		return err
	}
	text, err := cost.Write(bills, o)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write estimate: %w", err)
	}
	return nil
}

// rewrite updates the estimates in a Markdown file.
func rewrite(document, folder string, configurations []string) error {
	if len(configurations) > 0 {
		return fmt.Errorf("--write takes the configurations from %s. Leave out %s",
			document, strings.Join(configurations, " "))
	}
	text, err := os.ReadFile(document)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	rewritten, err := cost.Rewrite(string(text), folder)
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	if err := os.WriteFile(document, []byte(rewritten), 0o644); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

// refreshPrices updates prices.yaml from the AWS Price List, and prints what has changed.
func refreshPrices(cmd *cobra.Command, folder string) error {
	ctx, path := cmd.Context(), filepath.Join(folder, cost.PricesFile)
	file, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read prices: %w", err)
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(pricelist.Region))
	if err != nil {
		return fmt.Errorf("load the AWS configuration: %w", err)
	}
	client, quotes := pricing.NewFromConfig(settings), cost.Quotes()
	var changed []cost.Quote
	for _, quote := range quotes {
		price, err := pricelist.Price(ctx, client, quote)
		if errors.Is(err, pricelist.ErrNoPrice) {
			cmd.Printf("kept: %v\n", err)
			continue
		}
		if err != nil {
			return err
		}
		if !quote.Differs(price) {
			continue
		}
		cmd.Printf("%s, %s: %s, was %s\n", quote.Region, quote.Name, price, quote.Price)
		quote.Price = price
		changed = append(changed, quote)
	}
	updated := cost.Update(string(file), changed, time.Now().UTC().Format("2006-01"))
	if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
		return fmt.Errorf("write prices: %w", err)
	}
	cmd.Printf("%d of %d prices changed. Update the documents:  go run ./cmd/threa cost --write docs/costs.md\n",
		len(changed), len(quotes))
	return nil
}
