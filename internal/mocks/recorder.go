package mocks

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// Resource is one registration as the engine would get it.
type Resource struct {
	Type, Name string
	Inputs     resource.PropertyMap // secrets are still marked
	Request    *pulumirpc.RegisterResourceRequest
}

// Recording is everything that a program registered.
type Recording struct {
	mu        sync.Mutex
	resources []Resource
	calls     []pulumi.MockCallArgs
	aws       *AWS
}

// NewResource implements pulumi.MockResourceMonitor.
func (r *Recording) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources = append(r.resources, Resource{
		Type: args.TypeToken, Name: args.Name, Inputs: args.Inputs, Request: args.RegisterRPC,
	})
	if !args.Custom {
		return "", args.Inputs, nil
	}
	id, outputs := r.aws.create(args)
	return id, outputs, nil
}

// Call implements pulumi.MockResourceMonitor.
func (r *Recording) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, args)
	return r.aws.call(args)
}

// Options are how to run a program.
type Options struct {
	Project string            // threa unless set
	Stack   string            // prod unless set
	Config  map[string]string // with namespaces
	Secrets []string          // keys of Config that are stored encrypted
	AWS     *AWS              // an empty account unless set
	Preview bool
	Extra   []pulumi.RunOption
}

// Run runs a program to its end and returns what it registered, with the program's error.
func Run(t testing.TB, program pulumi.RunFunc, options Options) (*Recording, error) {
	t.Helper()
	if options.AWS == nil {
		options.AWS = &AWS{}
	}
	if options.Project == "" {
		options.Project = "threa"
	}
	if options.Stack == "" {
		options.Stack = "prod"
	}
	options.AWS.region = options.Config["aws:region"]
	recording := &Recording{aws: options.AWS}
	configure := func(info *pulumi.RunInfo) {
		info.Config, info.ConfigSecretKeys, info.DryRun = options.Config, options.Secrets, options.Preview
	}
	all := append([]pulumi.RunOption{
		pulumi.WithMocksWithOrganization("organization", options.Project, options.Stack, recording), configure,
	}, options.Extra...)
	return recording, pulumi.RunErr(program, all...)
}

// MustRun is Run for a program that must succeed.
func MustRun(t testing.TB, program pulumi.RunFunc, options Options) *Recording {
	t.Helper()
	recording, err := Run(t, program, options)
	require.NoError(t, err)
	return recording
}

// All returns every registration, components included, sorted by type and name.
func (r *Recording) All() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.resources)
	slices.SortFunc(all, func(a, b Resource) int { return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name) })
	return all
}

// OfType returns the registrations of one type.
func (r *Recording) OfType(token string) []Resource {
	return slices.DeleteFunc(r.All(), func(one Resource) bool { return one.Type != token })
}

// One returns the only registration of a type.
func (r *Recording) One(t testing.TB, token string) Resource {
	t.Helper()
	found := r.OfType(token)
	require.Len(t, found, 1, "resources of type %s", token)
	return found[0]
}

// Named returns the registration with a type and a logical name.
func (r *Recording) Named(t testing.TB, token, name string) Resource {
	t.Helper()
	for _, one := range r.OfType(token) {
		if one.Name == name {
			return one
		}
	}
	require.Failf(t, "no such resource", "%s %s", token, name)
	return Resource{}
}

// Asked returns the arguments of every call of a function.
func (r *Recording) Asked(token string) []resource.PropertyMap {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []resource.PropertyMap
	for _, call := range r.calls {
		if call.Token == token {
			all = append(all, call.Args)
		}
	}
	return all
}

// List returns a line for every registration: its type, its name and its parent's name.
func (r *Recording) List() []string {
	var lines []string
	for _, one := range r.All() {
		lines = append(lines, fmt.Sprintf("%s %s < %s", one.Type, one.Name, one.Parent()))
	}
	return lines
}

// Parent is the logical name of the parent, or the stack's.
func (r Resource) Parent() string {
	return resource.URN(r.Request.GetParent()).Name()
}

// Text is a property as text, whether secret or not.
func (r Resource) Text(path string) string {
	value := r.Value(path)
	if value.IsNull() {
		return ""
	}
	return fmt.Sprint(value.V)
}

// Value is a property by its path, such as networkConfiguration.subnets[0], without its secret mark.
func (r Resource) Value(path string) resource.PropertyValue {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		panic(err) // a typing error in a test
	}
	value, ok := parsed.Get(plain(resource.NewProperty(r.Inputs)))
	if !ok {
		return resource.NewNullProperty()
	}
	return value
}

// IsSecret tells whether a property of the first level is marked secret.
func (r Resource) IsSecret(key string) bool {
	return r.Inputs[resource.PropertyKey(key)].ContainsSecrets()
}

// plain takes all secret marks off a value.
func plain(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return plain(value.SecretValue().Element)
	case value.IsArray():
		var elements []resource.PropertyValue
		for _, element := range value.ArrayValue() {
			elements = append(elements, plain(element))
		}
		return resource.NewProperty(elements)
	case value.IsObject():
		object := resource.PropertyMap{}
		for key, element := range value.ObjectValue() {
			object[key] = plain(element)
		}
		return resource.NewProperty(object)
	}
	return value
}
