// Package iamtest judges IAM policies: whether they allow a call, and whom a role trusts.
//
// It knows the part of the language that this project writes, and refuses to judge the rest: an element, operator or
// pattern that it does not know is an error and never an answer. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package iamtest
