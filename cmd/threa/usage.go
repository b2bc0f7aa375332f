package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exclusive matches the error of cobra for flags that exclude each other.
var exclusive = regexp.MustCompile(`^if any flags in the group .* \[(.*)\] were all set$`)

// explain replaces errors that have no type and do not say what to do.
func explain(err error) string {
	flags := exclusive.FindStringSubmatch(err.Error())
	switch {
	case flags != nil:
		return "use only one of --" + strings.ReplaceAll(flags[1], " ", ", --")
	case strings.Contains(err.Error(), "get credentials: "):
		return "no valid AWS credentials. Run aws configure or aws sso login, or set AWS_PROFILE"
	case isLocal() && errors.Is(err, syscall.ECONNREFUSED):
		return "the local AWS is not running. Start it: make up"
	}
	return err.Error()
}

// explainFlag says in plain words what is wrong with a flag.
func explainFlag(cmd *cobra.Command, err error) error {
	text, _, _ := strings.Cut(err.Error(), ": strconv.")
	number := &strconv.NumError{}
	switch {
	case errors.As(err, &number) && number.Func == "ParseBool":
		return errors.New(text + ": use true or false")
	case number.Func != "":
		return errors.New(text + ": not a number")
	case strings.Contains(cmd.Use, "-- COMMAND"):
		return fmt.Errorf("%w. Put -- before the command. Usage: go run ./cmd/%s", err, cmd.UseLine())
	}
	return err
}

// refuseEmpty returns an error for a flag with an empty value, which a script passes if its variable is not set.
// Otherwise the command would run as without the flag.
func refuseEmpty(cmd *cobra.Command, _ []string) (err error) {
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if flag.Value.String() == "" {
			err = fmt.Errorf("--%s is empty. Give it a value, or leave it out", flag.Name)
		}
	})
	return err
}

// explainArguments adds the usage of the command to errors about its arguments.
func explainArguments(commands []*cobra.Command) {
	for _, command := range commands {
		if check := command.Args; check != nil {
			command.Args = func(cmd *cobra.Command, args []string) error {
				if check(cmd, args) == nil {
					return nil
				}
				return fmt.Errorf("the arguments %q are wrong. Usage: go run ./cmd/%s", args, cmd.UseLine())
			}
		}
		explainArguments(command.Commands())
	}
}
