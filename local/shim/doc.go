// Package shim stands between the real Terraform AWS provider and moto, and
// makes moto good enough to deploy this project against it.
//
// It owns the differences between moto and AWS that this project's resources
// meet: a rule per service, chosen by the service name in the credential scope
// of the Authorization header. A rule may answer a call itself, change it on
// its way in, refuse what AWS would refuse, or mend moto's answer. To cover one
// more service, add a file with its rule and a line to the table in rules.go.
//
// Everything without a rule passes through untouched, except that an action
// moto does not have fails at once with an error no client retries, instead of
// the 500 that the AWS SDK repeats for minutes.
//
// The package refuses to be an AWS: no signatures are checked, no waits are
// imitated, nothing is written to disk, and services this project does not use
// have no rules. It does not start moto either; package moto does.
package shim
