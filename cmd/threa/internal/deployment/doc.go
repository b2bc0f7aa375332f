// Package deployment looks after the app of a stack that is deployed: whether what the stack registered is what runs, where
// it answers, what it says, and the way into it.
//
// What a stack registered comes from Pulumi's state, what runs from AWS. It changes nothing but what it is told to, and
// never holds a secret longer than it takes to pass it on.
package deployment
