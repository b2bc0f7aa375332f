package mocks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Resource is a registration as the engine would receive it, and the mocks' answer.
type Resource struct {
	Type, Name, ID  string
	Inputs, Outputs resource.PropertyMap // secrets are marked
	Request         *pulumirpc.RegisterResourceRequest
}

// Parent returns the logical name of the parent, or of the stack.
func (r Resource) Parent() string { return resource.URN(r.Request.GetParent()).Name() }

// Text returns the input at a path as text, without its secret mark.
func (r Resource) Text(path string) string {
	value := r.Value(path)
	if value.IsNull() {
		return ""
	}
	return fmt.Sprint(value.V)
}

// Value returns the input at a path, such as networkConfiguration.subnets[0], without its secret mark.
func (r Resource) Value(path string) resource.PropertyValue {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		panic(err) // a mistake in a test
	}
	value, ok := parsed.Get(unsecret(resource.NewProperty(r.Inputs)))
	if !ok {
		return resource.NewNullProperty()
	}
	return value
}

// Plain returns all inputs as plain values, without secret marks.
func (r Resource) Plain() map[string]any {
	return unsecret(resource.NewProperty(r.Inputs)).ObjectValue().Mappable()
}

// IsSecret reports whether an input of the first level has a secret mark.
func (r Resource) IsSecret(key string) bool {
	return r.Inputs[resource.PropertyKey(key)].ContainsSecrets()
}

// unsecret removes all secret marks from a value.
func unsecret(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return unsecret(value.SecretValue().Element)
	case value.IsArray():
		var elements []resource.PropertyValue
		for _, element := range value.ArrayValue() {
			elements = append(elements, unsecret(element))
		}
		return resource.NewProperty(elements)
	case value.IsObject():
		object := resource.PropertyMap{}
		for key, element := range value.ObjectValue() {
			object[key] = unsecret(element)
		}
		return resource.NewProperty(object)
	}
	return value
}

// Awaited is the result of an output.
type Awaited struct {
	Value        any
	Secret       bool
	Dependencies []string // types and logical names of the resources that it depends on
}

// Await waits for an output inside a program, so that the test can check it after the run.
func Await(ctx *pulumi.Context, output pulumi.Output) (Awaited, error) {
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
	if err != nil {
		return Awaited{}, err
	}
	awaited := Awaited{Value: result.Value, Secret: result.Secret}
	for _, dependency := range result.Dependencies {
		awaited.Dependencies = append(awaited.Dependencies,
			fmt.Sprintf("%s %s", dependency.PulumiResourceType(), dependency.PulumiResourceName()))
	}
	return awaited, nil
}
