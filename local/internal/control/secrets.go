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

// defaultKey encrypts parameters without a key of their own; whoever may read the parameter may use it.
const defaultKey = "alias/aws/ssm"

// secrets reads the values of a container's secrets, decrypted, as far as the role lets it. The error lists each one
// that it could not read, and never a value.
func (c *Client) secrets(ctx context.Context, execution *role, container *types.ContainerDefinition, p place) (map[string]string, error) {
	values := map[string]string{}
	var refused []error
	for _, secret := range container.Secrets {
		name := aws.ToString(secret.Name)
		value, err := c.secret(ctx, execution, aws.ToString(secret.ValueFrom), p)
		if err != nil {
			refused = append(refused, fmt.Errorf("ResourceInitializationError: container %s cannot get its secret %s: %w",
				aws.ToString(container.Name), name, err))
		}
		values[name] = value
	}
	return values, errors.Join(refused...)
}

func (c *Client) secret(ctx context.Context, execution *role, from string, p place) (string, error) {
	arn := from
	if !strings.HasPrefix(arn, "arn:") {
		arn = p.arn("ssm", "parameter/"+strings.TrimPrefix(from, "/"))
	}
	_, name, isParameter := strings.Cut(arn, ":parameter")
	if !isParameter {
		return "", fmt.Errorf("%s is no SSM parameter, which is all that can be read here", from)
	}
	if strings.Count(name, "/") == 1 { // a name without a hierarchy has no slash in front
		name = name[1:]
	}
	if err := execution.may(arn, "ssm:GetParameters"); err != nil {
		return "", err
	}
	if err := c.mayDecrypt(ctx, execution, name, p); err != nil {
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

// mayDecrypt asks for kms:Decrypt where a parameter is encrypted with a key of the customer's. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
func (c *Client) mayDecrypt(ctx context.Context, execution *role, name string, p place) error {
	answer, err := c.ssm.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: []ssmtypes.ParameterStringFilter{
		{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name}},
	}})
	if err != nil {
		return fmt.Errorf("ask for parameter %s: %w", name, err)
	}
	for _, parameter := range answer.Parameters {
		key := aws.ToString(parameter.KeyId)
		if parameter.Type != ssmtypes.ParameterTypeSecureString || key == "" || key == defaultKey {
			continue
		}
		if !strings.HasPrefix(key, "arn:") && !strings.HasPrefix(key, "alias/") {
			key = "key/" + key
		}
		if !strings.HasPrefix(key, "arn:") {
			key = p.arn("kms", key)
		}
		if err := execution.may(key, "kms:Decrypt"); err != nil {
			return err
		}
	}
	return nil
}
