// Package e2e holds the tests that deploy the program for real: the user's own files, the real engine, the real AWS
// provider and the local AWS, looked at through the AWS command line.
package e2e
