package deployment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// pluginName is AWS's own program that carries the sessions of Session Manager.
const pluginName = "session-manager-plugin"

// Plugin is the installed session-manager-plugin.
type Plugin struct {
	path string
	// hides tells whether it takes the session's token from the environment, where other users of the machine do not see
	// it, instead of from its command line.
	hides bool
}

// FindPlugin looks for the plugin on PATH.
func FindPlugin(ctx context.Context) (*Plugin, error) {
	path, err := exec.LookPath(pluginName)
	if err != nil {
		return nil, errors.New(pluginName + " is not on PATH: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html")
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", pluginName, err)
	}
	return &Plugin{path: path, hides: newerThan(strings.TrimSpace(string(version)), 1, 2, 497, 0)}, nil
}

// newerThan compares a version of four numbers.
func newerThan(version string, than ...int) bool {
	parts := strings.Split(version, ".")
	for i, limit := range than {
		if i >= len(parts) {
			return false
		}
		number, err := strconv.Atoi(parts[i])
		if err != nil || number < limit {
			return false
		}
		if number > limit {
			return true
		}
	}
	return false
}

// tokenVariable is where the plugin finds the response, when it is told this name in its place. Source: the AWS command
// line, awscli/customizations/sessionmanager.py
const tokenVariable = "AWS_SSM_START_SESSION_RESPONSE"

// Command is the plugin's command for a session, not started yet. It is not tied to a context: what ends it is the
// session's end, or a signal.
func (p *Plugin) Command(s *Session) *exec.Cmd {
	response, environment := s.Response, os.Environ()
	if p.hides {
		response, environment = tokenVariable, append(environment, tokenVariable+"="+s.Response)
	}
	cmd := exec.CommandContext(context.Background(), p.path, response, s.Region, "StartSession", "", s.Request, s.Endpoint)
	cmd.Env = environment
	return cmd
}
