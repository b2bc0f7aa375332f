package control

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// defaultKey encrypts parameters without a key of their own. Everyone who may read such a parameter may use it.
const defaultKey = "alias/aws/ssm"

// readSecrets adds the decrypted secrets of a container to its environment. The error names every secret that the role
// cannot read, and never a value.
func (c *Client) readSecrets(ctx context.Context, execution *role, container *types.ContainerDefinition) error {
	var failures []error
	for _, secret := range container.Secrets {
		value, err := c.readSecret(ctx, execution, aws.ToString(secret.ValueFrom))
		if err != nil {
			failures = append(failures, fmt.Errorf("ResourceInitializationError: container %s cannot get its secret %s: %w",
				aws.ToString(container.Name), aws.ToString(secret.Name), err))
		}
		container.Environment = append(container.Environment, types.KeyValuePair{Name: secret.Name, Value: &value})
	}
	return errors.Join(failures...)
}

func (c *Client) readSecret(ctx context.Context, execution *role, valueFrom string) (string, error) {
	arn := valueFrom
	if !strings.HasPrefix(arn, "arn:") {
		arn = execution.arn("ssm", "parameter/"+strings.TrimPrefix(valueFrom, "/"))
	}
	_, name, ok := strings.Cut(arn, ":parameter")
	if !ok {
		return "", fmt.Errorf("%s is not an SSM parameter: the local AWS reads no other secrets", valueFrom)
	}
	if strings.Count(name, "/") == 1 { // a name without a hierarchy begins without a slash
		name = name[1:]
	}
	if err := execution.check(arn, "ssm:GetParameters"); err != nil {
		return "", err
	}
	if err := c.checkDecrypt(ctx, execution, name); err != nil {
		return "", err
	}
	answer, err := c.ssm.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{name}, WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", fmt.Errorf("read parameter %s: %w", name, err)
	}
	if len(answer.Parameters) != 1 {
		return "", fmt.Errorf("there is no parameter %s", name)
	}
	return aws.ToString(answer.Parameters[0].Value), nil
}

// checkDecrypt checks that the role may decrypt a parameter that has a customer-managed key. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
func (c *Client) checkDecrypt(ctx context.Context, execution *role, name string) error {
	answer, err := c.ssm.DescribeParameters(ctx,
		&ssm.DescribeParametersInput{ParameterFilters: []ssmtypes.ParameterStringFilter{
			{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name}},
		}})
	if err != nil {
		return fmt.Errorf("describe parameter %s: %w", name, err)
	}
	for _, parameter := range answer.Parameters {
		key := aws.ToString(parameter.KeyId)
		if parameter.Type != ssmtypes.ParameterTypeSecureString || key == "" || key == defaultKey {
			continue
		}
		switch {
		case strings.HasPrefix(key, "arn:"):
		case strings.HasPrefix(key, "alias/"):
			key = execution.arn("kms", key)
		default:
			key = execution.arn("kms", "key/"+key)
		}
		if err := execution.check(key, "kms:Decrypt"); err != nil {
			return err
		}
	}
	return nil
}
