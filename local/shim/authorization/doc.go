// Package authorization works out what IAM would decide on for a call of an AWS API: actions, the resources that they are
// about, and the condition keys that come along. It is pure. What it knows of the services is a table, from AWS's
// Service Authorization Reference:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
//
// A call that is not in the table is an error, never a guess. Nothing of a call is kept but names: its body may hold
// secrets.
package authorization
