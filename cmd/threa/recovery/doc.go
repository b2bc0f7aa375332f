// Package recovery repairs a stack after a run that was killed or that lost an answer of AWS. The state then has less
// than AWS: resources whose creation was interrupted, and duplicates that repeated calls have created. Recovery imports
// what belongs to the stack, clears the other pending operations and deletes the duplicates.
//
// Another stack may have the same AWS names. Recovery does nothing if the owner record is another stack's
// (ownership.go), imports only what is proven to be this stack's (proof.go), and deletes only if the owner record is
// this stack's.
package recovery
