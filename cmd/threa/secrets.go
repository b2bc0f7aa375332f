package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/secrets"
	"threa-infra/internal/config"
)

func newSecrets() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secrets",
		Short: "List the secrets that the stack needs, and which are missing",
		Long: `Lists the secrets that the stack needs and has, and where each is set, never a value. It shows which secrets
are set, missing, a placeholder such as "changeme", or changed since the running tasks were started.

Exit codes: 0 all are set; 1 some are missing or placeholders.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, client, err := loadSecrets(cmd)
			if err != nil {
				return err
			}
			started, err := tasksStarted(cmd)
			if err != nil {
				return err
			}
			list, err := settings.List(cmd.Context(), client, started)
			if err != nil {
				return err
			}
			return writeSecrets(cmd, list)
		},
	}
	cmd.AddCommand(newSecretsSet(), newSecretsRestart(), newRotateCacheToken())
	return cmd
}

// loadSecrets reads the stack's configuration and creates a client for SSM. The stack need not be deployed.
func loadSecrets(cmd *cobra.Command) (*secrets.Settings, *ssm.Client, error) {
	command := pulumiOn(stackFlag(cmd))
	settings, err := secrets.Load(cmd.Context(), command)
	if err != nil {
		return nil, nil, err
	}
	awsConfig, err := command.AWSConfig(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	return settings, ssm.NewFromConfig(awsConfig), nil
}

// tasksStarted returns when the running tasks were deployed. It is zero if none is running.
func tasksStarted(cmd *cobra.Command) (time.Time, error) {
	app, err := connect(cmd)
	if err == nil {
		var state *deployment.ServiceState
		if state, err = app.LookUp(cmd.Context()); err == nil {
			return state.DeployedAt(), nil
		}
	}
	if errors.Is(err, deployment.ErrNotDeployed) {
		return time.Time{}, nil
	}
	return time.Time{}, err
}

// plainInstead is the way to set a variable that need not be secret.
const plainInstead = "Set a variable that is not secret with: " +
	"pulumi config set --type string --path appEnvironment.NAME VALUE"

func writeSecrets(cmd *cobra.Command, list []secrets.Secret) error {
	var unusable []string
	stale := false
	err := writeTable(cmd.OutOrStdout(), "SECRET\tSTATE\tFROM", func(table io.Writer) {
		for _, s := range list {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, s.Status, s.Source)
			if s.Status == secrets.Placeholder || s.Status == secrets.Missing {
				unusable = append(unusable, s.Name)
			}
			stale = stale || s.Status == secrets.Stale
		}
	})
	if err != nil {
		return err
	}
	if stale {
		cmd.Println(withStack(cmd,
			"\nTasks read secrets only when they start. Restart them:  go run ./cmd/threa secrets restart"))
	}
	if len(unusable) == 0 {
		return nil
	}
	commands := ""
	for _, name := range unusable {
		commands += "\n    go run ./cmd/threa secrets set " + name
	}
	return errors.New("these secrets have no value, or only a placeholder. Set each of them:" + commands + "\n" +
		plainInstead)
}

func newSecretsSet() *cobra.Command {
	return &cobra.Command{
		Use:   "set NAME",
		Short: "Set a secret",
		Long: `Sets a secret. The value comes from the standard input, or from a prompt without echo. It is never on a command
line, which every process of the machine can read.

The value of your own SSM parameter (appSecrets) is stored in SSM, and the tasks are restarted, because they read
secrets only when they start. Any other value is stored, encrypted, in the stack's configuration; the next pulumi up
deploys it. To remove such a secret:  pulumi config rm --path appSecretValues.NAME`,
		Example: `  go run ./cmd/threa secrets set WORKOS_API_KEY
  openssl rand -base64 32 | go run ./cmd/threa secrets set WORKOS_COOKIE_PASSWORD`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return setSecret(cmd, args[0]) },
	}
}

func setSecret(cmd *cobra.Command, name string) error {
	ctx := cmd.Context()
	settings, client, err := loadSecrets(cmd)
	if err != nil {
		return err
	}
	parameter, path, err := settings.Location(name)
	if err != nil {
		return err
	}
	value, err := readSecret(cmd, name)
	if err != nil {
		return err
	}
	if parameter != "" {
		if err := secrets.PutParameter(ctx, client, parameter, value); err != nil {
			return err
		}
		cmd.Printf("%s is stored in SSM as %s.\n", name, parameter)
		if err := restart(cmd); !errors.Is(err, deployment.ErrNotDeployed) {
			return err
		}
		return nil
	}
	_, err = pulumiOn(stackFlag(cmd))(ctx, []byte(value), "config", "set", "--secret", "--path", path)
	if err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	cmd.Println(withStack(cmd, name+" is stored, encrypted, in the stack's configuration. Deploy it:  pulumi up"))
	return nil
}

// readSecret reads a value from a prompt without echo, or the standard input without the end of its last line.
func readSecret(cmd *cobra.Command, name string) (string, error) {
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
	switch {
	case value == "":
		return "", fmt.Errorf("the value of %s is empty", name)
	case len(value) > config.MaxSecret || strings.Contains(value, "\x00"):
		return "", fmt.Errorf("the value of %s must have at most %d bytes and no NUL byte", name,
			config.MaxSecret)
	}
	return value, nil
}

func newSecretsRestart() *cobra.Command {
	return &cobra.Command{
		Use:   "restart",
		Short: "Restart the tasks, so that they read their secrets again",
		Long: `Makes the service start new tasks, and stop the old ones when the new ones are healthy. It is required after
you changed your own SSM parameter (appSecrets) without threa secrets set.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return restart(cmd) },
	}
}

// restart restarts the tasks.
func restart(cmd *cobra.Command) error {
	app, err := connect(cmd)
	if err != nil {
		return err
	}
	restarted, err := app.Restart(cmd.Context())
	if err != nil {
		return err
	}
	if !restarted {
		cmd.Println("No task is running. The next one reads the secrets when it starts.")
		return nil
	}
	cmd.Println(withStack(cmd, "ECS is replacing the tasks. Wait for it:  go run ./cmd/threa deploy-status --wait"))
	return nil
}
