// Package pulumicli reads a stack's name, configuration and state with the pulumi command, and makes the configuration
// for AWS clients from them.
package pulumicli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/internal/assumerole"
	threa "threa-infra/internal/config"
)

// Command runs the pulumi command on one stack, with input as its standard input, and returns its standard output. The
// error of a failed command carries its output.
type Command func(ctx context.Context, input []byte, args ...string) ([]byte, error)

// Config is a stack's configuration by full key, such as threa:appName. Lists and objects are JSON.
type Config map[string]struct {
	Value  string // empty if the value is encrypted
	Secret bool
}

// StackName returns the name of the selected stack.
func (c Command) StackName(ctx context.Context) (string, error) {
	name, err := c(ctx, nil, "stack", "--show-name")
	if err != nil {
		return "", fmt.Errorf("read the stack's name: %w", err)
	}
	return strings.TrimSpace(string(name)), nil
}

// Config returns the stack's configuration. Encrypted values are empty without the option --show-secrets.
func (c Command) Config(ctx context.Context, options ...string) (Config, error) {
	text, err := c(ctx, nil, append([]string{"config", "--json"}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("read the stack's configuration: %w", err)
	}
	var values Config
	if json.Unmarshal(text, &values) != nil { // its error could quote a secret
		return nil, errors.New("read the stack's configuration: the output of pulumi config is not JSON")
	}
	return values, nil
}

// State returns the stack's exported state.
func (c Command) State(ctx context.Context) ([]byte, error) {
	state, err := c(ctx, nil, "stack", "export")
	if err != nil {
		return nil, fmt.Errorf("export the stack's state: %w", err)
	}
	return state, nil
}

// Resources returns the resources in the stack's state. It has none before an up and after a destroy.
func (c Command) Resources(ctx context.Context) ([]apitype.ResourceV3, error) {
	text, err := c.State(ctx)
	if err != nil {
		return nil, err
	}
	var state struct{ Deployment apitype.DeploymentV3 }
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	return state.Deployment.Resources, nil
}

// AWSName returns the prefix of the stack's AWS names, from its configuration.
func (c Command) AWSName(ctx context.Context) (string, error) {
	stack, err := c.StackName(ctx)
	if err != nil {
		return "", err
	}
	values, err := c.Config(ctx)
	if err != nil {
		return "", err
	}
	for key, app := range values {
		if project, found := strings.CutSuffix(key, ":appName"); found {
			return threa.AWSName(app.Value, cmp.Or(values[project+":environment"].Value, stack)), nil
		}
	}
	return "", errors.New("the stack's configuration does not declare appName. Run the command in the project's folder")
}

// unsupported are keys of Pulumi's AWS provider that choose the account and that AWSConfig does not read. It refuses
// them, because without them it could use another account than the stack. Source:
// https://www.pulumi.com/registry/packages/aws/installation-configuration/
var unsupported = []string{
	"sharedConfigFiles", "sharedCredentialsFiles", "assumeRoles", "assumeRoleWithWebIdentity", "endpoints",
}

// AWSConfig returns the configuration for AWS clients. Like Pulumi's AWS provider, it takes region, profile, access key
// and role from the stack's configuration, and other settings from the environment. It reads the metadata of an EC2
// instance only if aws:skipMetadataApiCheck is false. It fails if the account is not that of the stack's state.
func (c Command) AWSConfig(ctx context.Context) (aws.Config, error) {
	values, err := c.Config(ctx)
	if err != nil {
		return aws.Config{}, err
	}
	for _, name := range unsupported {
		if _, set := values["aws:"+name]; set {
			return aws.Config{}, fmt.Errorf("this command does not support aws:%s. Use aws:profile, aws:assumeRole or the "+
				"environment instead: pulumi config rm aws:%s", name, name)
		}
	}
	metadata := imds.ClientDisabled
	if values["aws:skipMetadataApiCheck"].Value == "false" {
		metadata = imds.ClientEnabled
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(metadata),
		config.WithRegion(values["aws:region"].Value), config.WithSharedConfigProfile(values["aws:profile"].Value))
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if _, set := values["aws:accessKey"]; set {
		if settings.Credentials, err = c.accessKey(ctx, values); err != nil {
			return aws.Config{}, err
		}
	}
	if settings, err = c.assumeRole(ctx, settings, values); err != nil {
		return aws.Config{}, err
	}
	state, err := c.State(ctx)
	if err != nil {
		return settings, nil //nolint:nilerr // threa recover repairs a state file that a killed run left incomplete
	}
	return settings, checkAccount(ctx, settings, state)
}

// arnInState matches the ARN of a resource in a state, and the account in it.
var arnInState = regexp.MustCompile(`"arn": ?"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}):`)

// checkAccount returns an error if the credentials are of another account than the resources in the state.
func checkAccount(ctx context.Context, settings aws.Config, state []byte) error {
	match := arnInState.FindSubmatch(state)
	if match == nil {
		return nil // nothing is deployed
	}
	identity, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("find out the AWS account: %w", err)
	}
	if account, deployed := aws.ToString(identity.Account), string(match[1]); account != deployed {
		return fmt.Errorf("the stack is in the AWS account %s, but the credentials are of %s. "+
			"Use credentials of %s, such as: export AWS_PROFILE=<profile>", deployed, account, deployed)
	}
	return nil
}

// assumeRole returns the settings with the credentials of the role in the stack's configuration, if there is one.
func (c Command) assumeRole(ctx context.Context, settings aws.Config, values Config) (aws.Config, error) {
	role, err := c.decrypted(ctx, values, assumerole.Key) // an encrypted external ID hides the whole object
	if err != nil || role == "" {
		return settings, err
	}
	return assumerole.Settings(settings, role) //nolint:wrapcheck // it names the key
}

// accessKey returns the access key in the stack's configuration.
func (c Command) accessKey(ctx context.Context, values Config) (aws.CredentialsProvider, error) {
	var parts [3]string
	var err error
	for i, key := range []string{"aws:accessKey", "aws:secretKey", "aws:token"} {
		if parts[i], err = c.decrypted(ctx, values, key); err != nil {
			return nil, err
		}
	}
	return credentials.NewStaticCredentialsProvider(parts[0], parts[1], parts[2]), nil
}

// decrypted returns the value of a key, which may be encrypted. It is empty without the key.
func (c Command) decrypted(ctx context.Context, values Config, key string) (string, error) {
	if !values[key].Secret {
		return values[key].Value, nil
	}
	readable, err := c.Config(ctx, "--show-secrets")
	if err != nil {
		return "", fmt.Errorf("read %s: %w", key, err)
	}
	return readable[key].Value, nil
}
