// Package e2e has the end-to-end tests. They deploy the program with the real engine and the real AWS provider to the
// local AWS, and check the result with the AWS command line.
package e2e
