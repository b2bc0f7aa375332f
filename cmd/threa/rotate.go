package main

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

func newRotateCacheToken() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rotate-cache-token",
		Short: "Replace the AUTH token of the cache",
		Long: `Replaces the AUTH token of the cache without downtime. A pulumi up adds a new token and restarts the tasks,
which use it. When the old tasks are gone, a second pulumi up revokes the old token. If the command is interrupted, run
it again: it completes the rotation.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkPrompt(yes, "rotate the token"); err != nil {
				return err
			}
			return rotateCacheToken(cmd, yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask before each pulumi up; required without a terminal")
	return cmd
}

func rotateCacheToken(cmd *cobra.Command, yes bool) error {
	resources, err := pulumiOn(stackFlag(cmd)).Resources(cmd.Context())
	if err != nil {
		return err
	}
	token, sole, err := findTokens(resources)
	if err != nil {
		return err
	}
	replace := []string{"--replace", string(token.URN)}
	if aws.ToTime(token.Created).After(aws.ToTime(sole.Created)) {
		cmd.Println("The last rotation has not ended: the tasks may still use the old token, which is valid.")
		replace = nil
	}
	if err := up(cmd, yes, replace...); err != nil {
		return err
	}
	app, err := connect(cmd) // after up, which registers a task definition
	if err == nil {
		err = checkDeployment(cmd, app, defaultTimeout)
	}
	if err != nil && !errors.Is(err, deployment.ErrNotDeployed) { // without an image, no task uses a token
		return err
	}
	cmd.Println("The tasks use the new token. Revoking the old one.")
	return up(cmd, yes, "--replace", string(sole.URN))
}

// findTokens returns the current token of the cache, and the token that was the only valid one at the last revocation.
// Package cache creates the first before the second. A first token that is newer than the second has replaced one that
// is still valid.
func findTokens(resources []apitype.ResourceV3) (token, sole apitype.ResourceV3, err error) {
	for _, r := range resources {
		switch {
		case r.Delete: // it was replaced
		case strings.HasSuffix(string(r.URN), "::cache-auth-token"):
			token = r
		case strings.HasSuffix(string(r.URN), "::cache-sole-token"):
			sole = r
		}
	}
	if token.URN == "" || sole.URN == "" {
		err = errors.New("the stack's state has no cache with an AUTH token. It has one after a pulumi up with enableRedis " +
			"and redisTls")
	}
	return token, sole, err
}
