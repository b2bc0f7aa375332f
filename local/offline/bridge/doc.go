// Package bridge makes Pulumi's bridge to any Terraform provider, running terraform-provider-aws, look like the AWS
// plugin of Pulumi to the engine.
//
// It owns the bridge's process and the two gRPC servers around it: the provider that the engine talks to, and the
// engine that the bridge talks to. What names mean it leaves to package translate.
package bridge
