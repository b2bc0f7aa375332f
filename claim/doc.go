// Package claim owns the parameter /<name>/stack, which says which Pulumi stack the AWS names belong to, and what was
// chosen for good when the stack was made.
//
// It comes before everything else: of two stacks with the same names in an account the second is refused, in any region,
// as IAM roles, dashboards and budgets know none; and so is a running stack
// whose names, region, account or VPC have changed in the configuration, which would make everything anew beside what
// holds the data. It does not own what can change.
package claim
