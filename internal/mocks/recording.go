// Package mocks runs a Pulumi program against an AWS that only exists in memory, and records what it registers.
//
// Make assertions after the run, on the recorded resources: a callback inside the program may not have run yet. The
// mocks answer only the functions that the program calls today. Any other call is an error.
package mocks

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/program"
)

// Options configures a run.
type Options struct {
	Project string            // default: threa
	Stack   string            // default: prod, with errors as a component returns them: their commands name no stack
	Config  map[string]string // with namespaces
	Secrets []string          // the keys of Config that are stored encrypted
	AWS     *AWS              // default: an empty account
	Preview bool
}

// Run runs a program and returns what it registered, and the program's error.
func Run(t testing.TB, run pulumi.RunFunc, options Options) (*Recording, error) {
	t.Helper()
	if options.AWS == nil {
		options.AWS = &AWS{}
	}
	if options.Project == "" {
		options.Project = "threa"
	}
	runErr := program.RunErr
	if options.Stack == "" {
		options.Stack, runErr = "prod", pulumi.RunErr
	}
	if options.AWS.region = options.Config["aws:region"]; options.AWS.region == "" {
		options.AWS.region = Region
	}
	recording := &Recording{aws: options.AWS}
	configure := func(info *pulumi.RunInfo) {
		info.Config, info.ConfigSecretKeys, info.DryRun = options.Config, options.Secrets, options.Preview
	}
	return recording, runErr(func(ctx *pulumi.Context) error {
		ctx.Log = keepingLog{ctx.Log, recording}
		return run(ctx)
	}, pulumi.WithMocksWithOrganization("organization", options.Project, options.Stack, recording), configure)
}

// AWSOf returns the account of a program that Run runs.
func AWSOf(ctx *pulumi.Context) *AWS {
	log, _ := ctx.Log.(keepingLog)
	return log.recording.aws
}

// MustRun is Run for a program that must succeed.
func MustRun(t testing.TB, run pulumi.RunFunc, options Options) *Recording {
	t.Helper()
	recording, err := Run(t, run, options)
	require.NoError(t, err)
	return recording
}

// Recording has everything that a program registered and called.
type Recording struct {
	mu        sync.Mutex
	resources []Resource
	calls     []pulumi.MockCallArgs
	warnings  strings.Builder
	notes     strings.Builder
	aws       *AWS
}

// keepingLog keeps warnings and information.
type keepingLog struct {
	pulumi.Log
	recording *Recording
}

// Warn implements pulumi.Log.
func (l keepingLog) Warn(message string, _ *pulumi.LogArgs) error {
	return l.keep(&l.recording.warnings, message)
}

// Info implements pulumi.Log.
func (l keepingLog) Info(message string, _ *pulumi.LogArgs) error {
	return l.keep(&l.recording.notes, message)
}

func (l keepingLog) keep(kept *strings.Builder, message string) error {
	l.recording.mu.Lock()
	defer l.recording.mu.Unlock()
	_, err := fmt.Fprintln(kept, message)
	return err
}

// Notes returns the information that the program logged, each with a newline. Call it after the run.
func (r *Recording) Notes() string { return r.notes.String() }

// Warnings returns the warnings of the program, each with a newline. Call it after the run.
func (r *Recording) Warnings() string { return r.warnings.String() }

// NewResource implements pulumi.MockResourceMonitor.
func (r *Recording) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, outputs := "", args.Inputs
	if args.Custom {
		id, outputs = r.aws.create(args)
	}
	r.resources = append(r.resources, Resource{
		Type: args.TypeToken, Name: args.Name, ID: id, Inputs: args.Inputs, Outputs: outputs, Request: args.RegisterRPC,
	})
	return id, outputs, nil
}

// Call implements pulumi.MockResourceMonitor.
func (r *Recording) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, args)
	return r.aws.call(args)
}

// All returns every registration, components included, sorted by type and name.
func (r *Recording) All() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted := slices.Clone(r.resources)
	slices.SortFunc(sorted, func(a, b Resource) int { return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name) })
	return sorted
}

// OfType returns the registrations of a type.
func (r *Recording) OfType(token string) []Resource {
	return slices.DeleteFunc(r.All(), func(resource Resource) bool { return resource.Type != token })
}

// Only returns the only registration of a type.
func (r *Recording) Only(t testing.TB, token string) Resource {
	t.Helper()
	resources := r.OfType(token)
	require.Len(t, resources, 1, "resources of type %s", token)
	return resources[0]
}

// Named returns the registration with a type and a logical name.
func (r *Recording) Named(t testing.TB, token, name string) Resource {
	t.Helper()
	resources := slices.DeleteFunc(r.OfType(token), func(resource Resource) bool { return resource.Name != name })
	require.Len(t, resources, 1, "resources %s %s", token, name)
	return resources[0]
}

// Calls returns the arguments of every call of a function.
func (r *Recording) Calls(token string) []resource.PropertyMap {
	r.mu.Lock()
	defer r.mu.Unlock()
	var arguments []resource.PropertyMap
	for _, call := range r.calls {
		if call.Token == token {
			arguments = append(arguments, call.Args)
		}
	}
	return arguments
}

// List returns a line for every registration: its type, its name and its parent's name.
func (r *Recording) List() []string {
	var lines []string
	for _, resource := range r.All() {
		lines = append(lines, fmt.Sprintf("%s %s < %s", resource.Type, resource.Name, resource.Parent()))
	}
	return lines
}
