package pulumicli

import (
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// Settings configure the environment of the engine.
type Settings struct {
	Endpoint   string // such as "http://127.0.0.1:4566"; "" if the command needs no AWS
	Region     string
	Stack      string
	Home       string // PULUMI_HOME
	Backend    string // folder of the state
	Passphrase string // file
}

// dropped are the user's variables that choose other backends, plugins or passphrases.
var dropped = []string{
	"PULUMI_ACCESS_TOKEN", "PULUMI_API", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_DEBUG_PROVIDERS", "PULUMI_ORGANIZATION",
}

// unset are the variables that the shell of "go run ./local env" removes even if they are not set: a tool could set
// them later. The engine's environment has no AWS_* variable of the user.
var unset = []string{
	"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT",
	"AWS_USE_DUALSTACK_ENDPOINT",
}

// Unset returns the variables to remove from a shell that uses the local AWS, including the AWS_* ones of environ.
func Unset(environ []string) []string {
	names := slices.Concat(unset, dropped)
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "AWS_") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Variables returns the settings as environment variables.
func Variables(s Settings) []string {
	env := []string{
		"PULUMI_HOME=" + s.Home,
		"PULUMI_BACKEND_URL=" + (&url.URL{Scheme: "file", Path: s.Backend}).String(),
		"PULUMI_CONFIG_PASSPHRASE_FILE=" + s.Passphrase,
		"PULUMI_STACK=" + s.Stack,
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_IGNORE_AMBIENT_PLUGINS=true", // another AWS plugin on PATH would be preferred to ours
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"AWS_REGION=" + s.Region,
		"AWS_DEFAULT_REGION=" + s.Region, // the name that version 1 of the AWS command line reads
		// Invalid credentials, and no file with valid ones.
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true",
	}
	endpoint := s.Endpoint
	if endpoint == "" {
		endpoint = "http://127.0.0.1:1" // nothing listens there
	}
	return append(env, "AWS_ENDPOINT_URL="+endpoint)
}

// Environ returns the environment for the engine: the settings, and the user's environment without everything that
// leads to a real account or to another backend.
func Environ(environ []string, s Settings) []string {
	settings := Variables(s)
	env := slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		isSetting := slices.ContainsFunc(settings, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		return isSetting || strings.HasPrefix(name, "AWS_") || slices.Contains(dropped, name)
	})
	return append(env, settings...)
}

// ParseStack reads the arguments of a command that takes only --stack. It returns the name of the stack.
func ParseStack(args []string, stackVariable string) (string, error) {
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&stackVariable, "stack", stackVariable, "")
	flags.StringVar(&stackVariable, "s", stackVariable, "")
	if flags.Parse(args[1:]) != nil || flags.NArg() > 0 || flags.NFlag() > 0 && stackVariable == "" {
		return "", fmt.Errorf("%s takes only the argument --stack NAME, not %q", args[0], args[1:])
	}
	parsed, err := Parse(args[:1], stackVariable)
	if err != nil {
		return "", err
	}
	return parsed.Stack, nil
}
