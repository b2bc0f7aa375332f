// Package stackfile makes the stack file that the engine reads on the local AWS: the user's Pulumi.<stack>.yaml with
// the local settings over it, and secrets that are good for nothing else in place of the user's.
//
// It owns the merge and the generated secrets. It never writes the user's file and cannot read its secrets.
package stackfile
