// Package pulumicli reads a stack's name, configuration and state with the pulumi command.
package pulumicli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Command runs the pulumi command on one stack, with input as its standard input, and returns its standard output. The
// error of a failed command carries its output.
type Command func(ctx context.Context, input []byte, args ...string) ([]byte, error)

// Config is a stack's configuration by full key, such as threa:appName. Lists and objects are JSON.
type Config map[string]struct {
	Value  string // empty if the value is encrypted, unless the values were asked for
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

// Config returns the stack's configuration. Encrypted values stay empty.
func (c Command) Config(ctx context.Context) (Config, error) {
	return c.config(ctx, "config", "--json")
}

// DecryptedConfig returns the stack's configuration with the encrypted values.
func (c Command) DecryptedConfig(ctx context.Context) (Config, error) {
	return c.config(ctx, "config", "--json", "--show-secrets")
}

func (c Command) config(ctx context.Context, args ...string) (Config, error) {
	text, err := c(ctx, nil, args...)
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
