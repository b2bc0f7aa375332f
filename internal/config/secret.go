package config

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Secret is a text that must not be printed: formatted in any way it shows as [secret].
type Secret string

// String hides the text from fmt and from logs.
func (Secret) String() string { return "[secret]" }

// GoString hides the text from %#v.
func (Secret) GoString() string { return "[secret]" }

// Output hands the text to Pulumi, marked so that the engine encrypts it in the state and hides it on the screen.
func (s Secret) Output() pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(string(s))).(pulumi.StringOutput)
}
