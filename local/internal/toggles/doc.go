// Package toggles knows every key of the configuration as a switch on a running stack: which values to try, what AWS
// makes of the operations that come of it, and how the README says so.
//
// What the operations are it does not know: the end-to-end test asks the real engine, and keeps what it has seen in
// testdata. A key that is in no table here fails a test, and so does an operation without a rule.
package toggles
