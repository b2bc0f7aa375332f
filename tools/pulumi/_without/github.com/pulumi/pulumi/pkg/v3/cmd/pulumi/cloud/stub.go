// Package cloud leaves out the command "pulumi api", which parses the API of Pulumi Cloud.
package cloud

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/backend/httpstate/client"
	"github.com/spf13/cobra"
)

type APIError struct {
	error
	ExitCode int
	Silent   bool
}

type ResolvedContext struct {
	Client   *client.Client
	OrgName  string
	LoggedIn bool
}

func NewAPICmd() *cobra.Command { return &cobra.Command{Use: "api", Hidden: true} }

func ResolveContext(context.Context) (*ResolvedContext, error) {
	return nil, errors.New("this build of Pulumi cannot call Pulumi Cloud")
}
