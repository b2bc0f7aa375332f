package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/image"
	"threa-infra/cmd/threa/internal/secrets"
	"threa-infra/internal/config"
)

func newDeploy() *cobra.Command {
	var tag string
	var yes bool
	source := image.Source{Folder: "app", Dockerfile: "Dockerfile"}
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Build, push and deploy an image of the app",
		Long: `Builds an image of the app for the stack's cpuArchitecture with docker, podman, nerdctl or finch, pushes it to
the stack's repository, sets imageTag in the stack's configuration, runs pulumi up, waits for the deployment and prints
the URL. The first time, pulumi up also runs before the build, to create the repository.

The tag is the last commit that changed the app's folder, and the architecture. An image that the repository has already
is not built again. With --tag nothing is built: the repository must have that image.

If pulumi up registers no task definition, such as after the answer no, imageTag gets its former value again.

Exit codes: 0 the new code is running, or it is deployed and no task is desired, such as while the app is asleep; 1 the
deployment failed or was rolled back, or something before it failed.`,
		Example: `  go run ./cmd/threa deploy --context ../threa --file Dockerfile.backend
  go run ./cmd/threa deploy --tag v7 --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := config.CheckImageTag(tag); err != nil {
				return fmt.Errorf("--tag is %q, but %w", tag, err)
			}
			if err := checkPrompt(yes, "deploy"); err != nil {
				return err
			}
			if tag != "" {
				return deployPushed(cmd, tag, yes)
			}
			if isLocal() {
				return errors.New("the local AWS has no registry to push an image to. Run the app there with: " +
					"make task IMAGE_DIR=<folder>. threa deploy --tag deploys a tag that its repository has")
			}
			return buildAndDeploy(cmd, source, yes)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&source.Folder, "context", source.Folder, "folder of the app")
	flags.StringVarP(&source.Dockerfile, "file", "f", source.Dockerfile, "Dockerfile, relative to the app's folder")
	flags.BoolVar(&source.Dirty, "dirty", false, "deploy changes that are not committed")
	flags.StringVarP(&tag, "tag", "t", "", "tag or digest of an image in the repository, to deploy without a build")
	flags.BoolVarP(&yes, "yes", "y", false, "do not ask before each pulumi up; required without a terminal")
	for _, flag := range []string{"context", "file", "dirty"} {
		cmd.MarkFlagsMutuallyExclusive("tag", flag)
	}
	return cmd
}

// checkVariables returns an error if pulumi up would reject the image because variables of the app are missing.
func checkVariables(cmd *cobra.Command) error {
	settings, client, err := loadSecrets(cmd)
	if err != nil {
		return err
	}
	list, err := settings.List(cmd.Context(), client, time.Time{})
	if err != nil {
		return err
	}
	var missing []string
	for _, secret := range list {
		if secret.Status == secrets.Missing {
			missing = append(missing, secret.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("not set: %s. Set each secret, and each variable that is not secret:\n"+
		"    go run ./cmd/threa secrets set NAME\n"+
		"    pulumi config set --type string --path appEnvironment.NAME VALUE", strings.Join(missing, ", "))
}

// buildAndDeploy builds the image for the stack and pushes it, unless the repository has it, and deploys it.
func buildAndDeploy(cmd *cobra.Command, source image.Source, yes bool) error {
	ctx := cmd.Context()
	if err := source.Check(); err != nil {
		return err
	}
	architecture, err := pulumiOn(stackFlag(cmd))(ctx, nil, "config", "get", "cpuArchitecture")
	if err != nil {
		return fmt.Errorf("read cpuArchitecture: %w", err)
	}
	target := strings.TrimSpace(string(architecture))
	tag, err := source.Tag(ctx, target, time.Now())
	if err != nil {
		return err
	}
	engine, err := image.FindEngine(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if err := checkVariables(cmd); err != nil {
		return err
	}
	repository, err := createRepository(cmd, yes)
	if err != nil {
		return err
	}
	pushed, err := repository.Has(ctx, tag)
	switch {
	case err != nil:
		return err
	case pushed:
		cmd.Printf("The repository has the image %s already.\n", tag)
	default:
		cmd.Printf("Building %s for %s with %s.\n", repository.Reference(tag), target, engine.Name)
		if err := repository.BuildAndPush(ctx, engine, source, target, tag); err != nil {
			return err
		}
	}
	return deployTag(cmd, tag, yes)
}

// createRepository returns the stack's repository. Before the first deployment it runs pulumi up without an image,
// which creates the repository.
func createRepository(cmd *cobra.Command, yes bool) (*image.Repository, error) {
	repository, err := findRepository(cmd)
	if err != nil || repository != nil {
		return repository, err
	}
	cmd.Println("This is the first deployment. It begins with a pulumi up without an image, which creates the repository.")
	// A tag in the configuration, such as of a destroyed stack, would name a missing image.
	if _, err := upWithTag(cmd, "", yes); err != nil {
		return nil, err
	}
	if repository, err = findRepository(cmd); err == nil && repository == nil {
		err = errors.New("pulumi up created no repository")
	}
	return repository, err
}

// findRepository returns the stack's repository, or nil before the first deployment.
func findRepository(cmd *cobra.Command) (*image.Repository, error) {
	pulumi := pulumiOn(stackFlag(cmd))
	url, err := deployment.RepositoryURL(cmd.Context(), pulumi)
	if err != nil || url == "" {
		return nil, err
	}
	settings, err := pulumi.AWSConfig(cmd.Context())
	if err != nil {
		return nil, err
	}
	return &image.Repository{URL: url, Client: ecr.NewFromConfig(settings)}, nil
}

// deployPushed deploys an image that the repository has.
func deployPushed(cmd *cobra.Command, tag string, yes bool) error {
	if err := checkVariables(cmd); err != nil {
		return err
	}
	repository, err := findRepository(cmd)
	if err != nil {
		return err
	}
	pushed := false
	if repository != nil {
		if pushed, err = repository.Has(cmd.Context(), tag); err != nil {
			return err
		}
	}
	if !pushed {
		return fmt.Errorf("the stack's repository has no image %s. Build and push one: "+
			"go run ./cmd/threa deploy --context <folder of the app>", tag)
	}
	return deployTag(cmd, tag, yes)
}
