package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"threa-infra/cmd/threa/internal/deployment"
)

func newSecrets() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secrets",
		Short: "List the secrets that the stack needs, and what is missing",
		Long: `Lists the secrets that the stack needs and has, and where each comes from, never a value: what is set, what is missing, what
is still a placeholder such as "changeme", and what was changed after the tasks that run had started.

Exit codes: 0 nothing is missing; 1 something is, or is a placeholder.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, settingsAWS, err := stackSettings(cmd)
			if err != nil {
				return err
			}
			since, err := runningSince(cmd)
			if err != nil {
				return err
			}
			secrets, err := settings.Secrets(cmd.Context(), ssm.NewFromConfig(settingsAWS), since)
			if err != nil {
				return err
			}
			return writeSecrets(cmd.OutOrStdout(), secrets)
		},
	}
	cmd.AddCommand(newSecretsSet(), newSecretsRestart())
	return cmd
}

// stackSettings reads the configuration of the stack that a command is about, and the AWS settings for its region.
func stackSettings(cmd *cobra.Command) (*deployment.Settings, aws.Config, error) {
	run, err := pulumiOf(cmd)
	if err != nil {
		return nil, aws.Config{}, err
	}
	name, err := run(cmd.Context(), nil, "stack", "--show-name")
	if err != nil {
		return nil, aws.Config{}, fmt.Errorf("find the stack: %w", err)
	}
	settings, err := deployment.LoadSettings(cmd.Context(), run, strings.TrimSpace(string(name)))
	if err != nil {
		return nil, aws.Config{}, err
	}
	forRegion, err := awsconfig.LoadDefaultConfig(cmd.Context(), awsconfig.WithRegion(settings.Region))
	if err != nil {
		return nil, aws.Config{}, fmt.Errorf("find the AWS settings: %w", err)
	}
	return settings, forRegion, nil
}

// runningSince is when the tasks that run were deployed, zero when none are.
func runningSince(cmd *cobra.Command) (time.Time, error) {
	app, err := connect(cmd)
	if err == nil {
		var seen *deployment.Snapshot
		if seen, err = app.Look(cmd.Context()); err == nil {
			return seen.Since(), nil
		}
	}
	if errors.Is(err, deployment.ErrNotDeployed) {
		return time.Time{}, nil
	}
	return time.Time{}, err
}

func writeSecrets(out io.Writer, secrets []deployment.Secret) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "SECRET\tSTATE\tFROM")
	bad, stale := 0, false
	for _, one := range secrets {
		from := one.Source
		if from == "" {
			from = "nowhere: go run ./cmd/threa secrets set " + one.Name
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", one.Name, one.State, from)
		if one.State == deployment.SecretPlaceholder || one.State == deployment.SecretMissing {
			bad++
		}
		stale = stale || one.State == deployment.SecretStale
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write the secrets: %w", err)
	}
	if stale {
		_, _ = fmt.Fprintln(out, "\nTasks read secrets when they start. Restart them:  go run ./cmd/threa secrets restart")
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d secrets are missing or placeholders; set one:  go run ./cmd/threa secrets set NAME", bad, len(secrets))
	}
	return nil
}

func newSecretsSet() *cobra.Command {
	return &cobra.Command{
		Use:   "set NAME",
		Short: "Set a secret",
		Long: `Sets a secret: its value comes from the standard input, or is asked for without an echo. It never stands on a command line,
where every process of the machine could read it.

A parameter of your own (appSecrets) is stored in SSM, and the tasks are restarted, because they read secrets when they
start. Any other value is kept, encrypted, in the stack's configuration: the next pulumi up stores it and restarts the
tasks. One that the app does not need any more goes with:  pulumi config rm --path appSecretValues.NAME`,
		Example: `  go run ./cmd/threa secrets set WORKOS_API_KEY
  openssl rand -base64 32 | go run ./cmd/threa secrets set WORKOS_COOKIE_PASSWORD`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, settingsAWS, err := stackSettings(cmd)
			if err != nil {
				return err
			}
			return setSecret(cmd, settings, ssm.NewFromConfig(settingsAWS), args[0])
		},
	}
}

func setSecret(cmd *cobra.Command, settings *deployment.Settings, client *ssm.Client, name string) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	parameter, own := settings.Parameter(name)
	path, err := settings.ConfigPath(name)
	if err != nil && !own {
		return err
	}
	value, err := secretValue(cmd, name)
	if err != nil {
		return err
	}
	if own {
		if err := deployment.PutParameter(ctx, client, parameter, value); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s is stored in SSM as %s.\n", name, parameter)
		return restart(cmd)
	}
	run, err := pulumiOf(cmd)
	if err != nil {
		return err
	}
	if _, err := run(ctx, []byte(value), "config", "set", "--secret", "--path", path); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	_, _ = fmt.Fprintf(out, "%s is kept in the stack's configuration, encrypted. To deploy it:  pulumi up\n", name)
	return nil
}

// secretValue reads a value: a line that is asked for, or all of the standard input but the end of its last line.
func secretValue(cmd *cobra.Command, name string) (string, error) {
	var text []byte
	var err error
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		cmd.PrintErrf("Value of %s: ", name)
		text, err = term.ReadPassword(int(in.Fd()))
		cmd.PrintErrln()
	} else {
		text, err = io.ReadAll(cmd.InOrStdin())
	}
	if err != nil {
		return "", fmt.Errorf("read the value of %s: %w", name, err)
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	const limit = 4096 // of a standard SSM parameter
	switch {
	case value == "":
		return "", fmt.Errorf("the value of %s is empty: give one", name)
	case len(value) > limit || strings.Contains(value, "\x00"):
		return "", fmt.Errorf("the value of %s must be at most %d bytes, none of them NUL", name, limit)
	}
	return value, nil
}

func newSecretsRestart() *cobra.Command {
	return &cobra.Command{
		Use:   "restart",
		Short: "Restart the tasks, so that they read their secrets anew",
		Long: `Has the service start new tasks and stop the old ones when the new ones are healthy, without changing anything else. Needed
after a parameter of your own (appSecrets) was changed by hand.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return restart(cmd) },
	}
}

// restart restarts the tasks of a stack that has some.
func restart(cmd *cobra.Command) error {
	app, err := connect(cmd)
	if errors.Is(err, deployment.ErrNotDeployed) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := app.Restart(cmd.Context()); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(cmd.OutOrStdout(), "The tasks are being replaced by new ones, which read it. Follow them:  go run ./cmd/threa deploy-status --wait")
	return nil
}
