// Package translate knows how pulumi-aws and Pulumi's bridge to any Terraform provider name the same things, and
// rewrites type tokens, URNs and property names between the two.
//
// It owns the list of AWS types that the local AWS runs; a type outside of it is refused with the place to add it,
// because an unmapped name would reach the provider half translated. It does no I/O.
package translate
