// Package claim owns the owner record, the SSM parameter /<name>/stack: which Pulumi stack owns the AWS names <name> and
// <name>-…, and what cannot change after the first deployment.
//
// It comes before everything else and stops a deployment, in the preview already,
//   - if the names belong to another stack, in any region of the account: the record has a random id, and the owner's
//     state has the same id,
//   - if something that no stack of this program created uses the names,
//   - or if the names, region, account or VPC have changed in the configuration, which would create everything anew beside
//     what holds the data.
package claim
