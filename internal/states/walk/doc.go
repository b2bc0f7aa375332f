// Package walk executes state machines for tests, as Step Functions would: the expressions by the reference implementation
// of JSONata (tools/jsonata, of the version that Step Functions has), the calls by whatever answers in AWS's place, the
// waits by a clock that only the machine itself moves.
//
// A state, a field or a function that it does not know is an error and never passed over. It checks no permissions; what
// it called is there to be held against a role's policies.
package walk
