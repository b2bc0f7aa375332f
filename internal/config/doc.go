// Package config reads the stack's configuration: every key of Pulumi.yaml, turned into typed values.
//
// It is the only place that knows the keys, what AWS allows for them and how to mend a wrong one. Everything wrong is
// reported at once, before any resource is registered. Defaults are not here: Pulumi.yaml declares them.
package config
