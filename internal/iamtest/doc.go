// Package iamtest evaluates IAM policies: whether they allow a call, and who may assume a role.
//
// It supports the part of the policy language that this project writes, and refuses the rest: an unknown element, operator
// or pattern is an error, never an answer. IAM's own simulator needs an AWS account. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package iamtest
