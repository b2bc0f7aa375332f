// Package recovery puts a stack in order after a run that was killed or that lost its way. The state then knows less
// than AWS has: resources whose creation was under way, and second ones that a repeated call has made. It finds them,
// has Pulumi take over what belongs to the stack, clears what never came to be, and deletes what is too much.
package recovery
