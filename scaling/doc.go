// Package scaling owns what changes the number of tasks while nobody deploys: the state machines of Step Functions, what
// starts them, and the roles of both.
//
// The count belongs to whoever changed it last, so the program sets it once and then leaves it alone. It does not own
// the service whose tasks are counted (compute).
package scaling
