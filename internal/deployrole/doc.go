// Package deployrole says what the roles of a pipeline may do: the one that deploys, and the one that only looks.
//
// Both follow from a table: each type of resource that the program uses, with the actions that the AWS provider needs to
// read, make, change and delete it, and the resources to which IAM can tie them. A type that is missing there fails a
// test, and so does an action that AWS does not know or that could be tied to more. Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
package deployrole
