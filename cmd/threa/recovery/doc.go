// Package recovery repairs a stack after a run that was killed or that lost an answer of AWS. The state then lacks
// resources that AWS has: those whose creation was interrupted, and duplicates that repeated calls have created.
// Recovery imports what belongs to the stack, clears the other pending operations and deletes the duplicates.
//
// Another stack may have the same AWS names. Recovery does nothing if the owner record is another stack's
// (ownership.go), imports only what is proven to be this stack's (proof.go), and deletes only if the owner record is
// this stack's.
//
// "pulumi refresh --import-pending-creates" does not do this: it needs the id of each resource, takes a resource over
// without any proof, forgets the inputs that AWS does not return, and knows only operations that the state lists. So
// recovery finds the ids itself and has the engine read the resources first, as external resources (candidates.go).
// Reading, locking and writing the state are Pulumi's own, through its Automation API (stack.go).
//
// Both the command threa and the local AWS use this package.
package recovery
