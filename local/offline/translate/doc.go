// Package translate knows how pulumi-aws and Pulumi's bridge to any Terraform provider name the same things, and
// rewrites type tokens, URNs and property names between the two.
//
// The registry in internal/resources lists the types that the local AWS runs. Any other type is refused, because an
// unmapped name would reach the provider half translated. The package does no I/O.
package translate
