// Package mocks runs a Pulumi program against a make-believe AWS and records what it registers.
//
// Assertions belong after the run, on the recorded resources: a callback inside the program may not have run yet. The
// AWS here answers only what the program asks today, and an unknown question is an error.
package mocks
