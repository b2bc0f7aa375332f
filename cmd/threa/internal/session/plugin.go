package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/mod/semver"
)

const pluginName = "session-manager-plugin"

// Plugin is the installed session-manager-plugin.
type Plugin struct {
	path string
	// readsEnvironment reports whether the plugin takes the session's token from the environment. Older versions take it
	// from their command line, which other users of the machine can read.
	readsEnvironment bool
}

// FindPlugin finds the plugin on PATH.
func FindPlugin(ctx context.Context) (*Plugin, error) {
	path, err := exec.LookPath(pluginName)
	if err != nil {
		return nil, errors.New(pluginName + " is not on PATH. Install it: https://docs.aws.amazon.com/systems-manager/" +
			"latest/userguide/session-manager-working-with-install-plugin.html")
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("read the version of %s: %w", pluginName, err)
	}
	return &Plugin{path: path, readsEnvironment: readsEnvironment(strings.TrimSpace(string(version)))}, nil
}

// readsEnvironment reports whether a version, such as 1.2.707.0, is later than 1.2.497.0.
func readsEnvironment(version string) bool {
	if parts := strings.SplitN(version, ".", 4); len(parts) == 4 { // semantic versions have three numbers
		version = strings.Join(parts[:3], ".")
	}
	return semver.Compare("v"+version, "v1.2.497") > 0
}

// tokenVariable is the environment variable that holds the response. Its name takes the place of the response on the
// command line, as in the AWS command line: awscli/customizations/sessionmanager.py
const tokenVariable = "AWS_SSM_START_SESSION_RESPONSE"

// Command returns the plugin's command for a session. No context kills it: it ends with the session or with a signal.
func (p *Plugin) Command(s *Session) *exec.Cmd {
	response, environment := s.response, os.Environ()
	if p.readsEnvironment {
		response, environment = tokenVariable, append(environment, tokenVariable+"="+s.response)
	}
	cmd := exec.CommandContext(context.Background(), p.path,
		response, s.app.Region, "StartSession", "", s.request, s.endpoint())
	cmd.Env = environment
	return cmd
}
