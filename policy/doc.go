// Package policy writes down, as a CloudFormation template, what the program registers, so that rules which AWS publishes
// for templates can judge it. The template is for reading only: nothing is ever deployed from it.
//
// The translation is mechanical. A type, a property or a reference that it does not know is an error, so that nothing
// escapes the rules unseen.
package policy
