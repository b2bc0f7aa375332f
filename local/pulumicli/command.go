// Package pulumicli parses a pulumi command line as far as the local AWS needs it: the stack, what the command changes,
// and which configuration file it uses. It has no side effects.
package pulumicli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DefaultStack is used where neither the arguments nor PULUMI_STACK name one.
const DefaultStack = "prod"

// Config is the configuration file that a command uses.
type Config int

// The configuration files.
const (
	NoConfig  Config = iota // uses none, or one from the command line
	Effective               // reads the merged configuration
	Overrides               // changes the local settings
)

// Command is a parsed command line.
type Command struct {
	Words  []string // the command and its arguments, without flags: "config", "set", "useSpot", "true"
	Stack  string
	Config Config

	Operates bool // runs the provider: needs the local AWS
	Changes  bool // changes something: only one such command at a time
	Compiles bool // runs the program
	OfStack  bool // needs its stack

	args  []string
	typed string // the command as typed, before aliases
	// rest is where the arguments of the program begin ("--"), or the end.
	rest int
}

// kind is what the local AWS must know about a command. yes adds --yes.
type kind struct {
	operates, changes, compiles, yes bool
	config                           Config
}

// kinds lists the commands that need more than to be passed on, without aliases. "config set" comes before "config".
var kinds = map[string]kind{
	"up":      {operates: true, changes: true, compiles: true, yes: true, config: Effective},
	"preview": {operates: true, compiles: true, config: Effective},
	"destroy": {operates: true, changes: true, yes: true, config: Effective},
	"refresh": {operates: true, changes: true, yes: true, config: Effective},
	"import":  {operates: true, changes: true, config: Effective},
	"watch":   {operates: true, changes: true, compiles: true, config: Effective},
	"cancel":  {changes: true},

	"config":         {config: Effective},
	"config set":     {changes: true, config: Overrides},
	"config set-all": {changes: true, config: Overrides},
	"config rm":      {changes: true, config: Overrides},
	"config rm-all":  {changes: true, config: Overrides},
	"stack":          {},
	"stack import":   {changes: true},
	"stack ls":       {},
	"stack new":      {changes: true},
	"stack rm":       {changes: true},
	"stack tag":      {changes: true},
	"state":          {changes: true},
}

// refused lists commands that would write to the user's own files or need a service, with what to do instead.
var refused = map[string]string{
	"config cp":                     "copy the settings with: go run ./local config set",
	"config env":                    "environments need Pulumi Cloud",
	"config refresh":                "the local settings are already stored",
	"stack change-secrets-provider": "local secrets have their own passphrase",
	"stack rename":                  "use another stack: go run ./local up --stack NAME",
	"stack select":                  "choose the stack with --stack NAME or PULUMI_STACK",
	"login":                         "the local AWS keeps its state in the folder .local",
	"logout":                        "the local AWS keeps its state in the folder .local",
}

var aliases = map[string]string{"update": "up", "pre": "preview", "down": "destroy", "dn": "destroy"}

// stackName matches names of stacks, which are part of file names.
var stackName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

// subAliases are the other names of subcommands.
var subAliases = map[string]string{
	"copy": "cp", "delete": "rm", "init": "new", "list": "ls", "remove": "rm", "remove-all": "rm-all",
}

// valueFlags are the flags whose value is the next argument.
var valueFlags = []string{
	"-C", "--cwd", "--color", "--memprofilerate", "--otel-traces", "--profiling", "--tracing", "-v", "--verbose",
	"-s", "--stack", "--config-file", "-c", "--config", "-m", "--message", "-p", "--parallel", "--override-env",
	"-t", "--target", "--target-replace", "--replace", "-x", "--exclude", "--policy-pack", "--policy-pack-config",
	"--plan", "--save-plan", "--import-file", "--import-pending-creates", "-f", "--file", "--from",
	"--generate-resources", "-o", "--out", "--parent", "--properties", "--provider", "--resource", "--since", "--type",
	"--secrets-provider",
}

// Parse reads the arguments. stackVariable is the value of PULUMI_STACK.
func Parse(args []string, stackVariable string) (*Command, error) {
	c := &Command{Stack: stackVariable, args: slices.Clone(args), rest: len(args)}
	if c.Stack == "" {
		c.Stack = DefaultStack
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			c.rest = i
			break
		}
		if !strings.HasPrefix(a, "-") || a == "-" {
			c.Words = append(c.Words, a)
			continue
		}
		name, value, inline := strings.Cut(a, "=")
		if !inline && slices.Contains(valueFlags, a) && i+1 < len(args) {
			i++
			value = args[i]
		}
		if name == "-s" || name == "--stack" {
			c.Stack = value
		}
	}
	if len(c.Words) > 2 && c.Words[0] == "stack" && (c.Words[1] == "init" || c.Words[1] == "new") {
		c.Stack = c.Words[2]
	}
	if !stackName.MatchString(c.Stack) {
		return nil, fmt.Errorf("%q is not a name for a stack: use letters, digits, hyphens, underscores and periods", c.Stack)
	}
	if len(c.Words) == 0 {
		return c, nil
	}
	c.typed = strings.Join(c.Words[:min(2, len(c.Words))], " ")
	if name, ok := aliases[c.Words[0]]; ok {
		c.Words[0] = name
	}
	if len(c.Words) > 1 && slices.Contains([]string{"config", "stack", "state"}, c.Words[0]) {
		if name, ok := subAliases[c.Words[1]]; ok {
			c.Words[1] = name
		}
	}
	return c, c.classify()
}

func (c *Command) classify() error {
	name, k, known := lookup(c.Words)
	if instead, ok := refused[c.pair()]; ok {
		return fmt.Errorf("%s is not available on the local AWS: %s", c.typed, instead)
	}
	if instead, ok := refused[c.Words[0]]; ok {
		return fmt.Errorf("%s is not available on the local AWS: %s", c.Words[0], instead)
	}
	if !known || c.isHelp() {
		return nil
	}
	c.Operates, c.Changes, c.Compiles = k.operates, k.changes, k.compiles
	c.OfStack = name != "stack ls"
	c.Config = k.config
	if c.has("--config-file") {
		c.Config = NoConfig
	}
	if name == "destroy" && c.has("--remove") {
		return errors.New("--remove would delete your own stack file. Run: go run ./local destroy, " +
			"then go run ./local stack rm")
	}
	if k.operates && c.has("-c", "--config") {
		return fmt.Errorf("the next command would not know the value of --config. Run: "+
			"go run ./local config set KEY VALUE, then go run ./local %s", name)
	}
	return nil
}

// Args returns the arguments for pulumi. effective and overrides are the stack's two configuration files.
func (c *Command) Args(effective, overrides string) []string {
	var add []string
	name, k, known := lookup(c.Words)
	if known && !c.isHelp() {
		if k.yes && !c.has("--yes", "-y", "--preview-only") {
			add = append(add, "--yes")
		}
		if name == "stack rm" && !c.has("--preserve-config") {
			add = append(add, "--preserve-config") // the user's Pulumi.<stack>.yaml would go with it
		}
		switch c.Config {
		case Effective:
			add = append(add, "--config-file", effective)
		case Overrides:
			add = append(add, "--config-file", overrides)
		case NoConfig:
		}
	}
	return slices.Concat(c.args[:c.rest], add, c.args[c.rest:])
}

// Add adds options for pulumi.
func (c *Command) Add(options ...string) {
	c.args = slices.Insert(c.args, c.rest, options...)
	c.rest += len(options)
}

// Is tells whether the command has a name, such as "config rm".
func (c *Command) Is(name string) bool {
	actual, _, ok := lookup(c.Words)
	return ok && actual == name
}

func (c *Command) pair() string { return strings.Join(c.Words[:min(2, len(c.Words))], " ") }

// has tells whether the arguments have one of the flags.
func (c *Command) has(flags ...string) bool {
	for _, a := range c.args[:c.rest] {
		name, _, _ := strings.Cut(a, "=")
		if slices.Contains(flags, name) {
			return true
		}
		if len(name) > 2 && name[1] != '-' && slices.Contains(flags, "-y") && strings.Trim(name, "-fyr") == "" {
			return strings.Contains(name, "y") // short flags can share a dash: -fy
		}
	}
	return false
}

func (c *Command) isHelp() bool { return c.has("-h", "--help") }

// lookup returns the kind of a command. It prefers the longer name: "config set" to "config".
func lookup(words []string) (string, kind, bool) {
	for n := min(2, len(words)); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		if k, ok := kinds[name]; ok {
			return name, k, true
		}
	}
	return "", kind{}, false
}
