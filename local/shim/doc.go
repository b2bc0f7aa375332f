// Package shim is an AWS API in front of moto. It makes moto complete enough that the real AWS provider can deploy
// this project to it.
//
// The shim corrects the differences between moto and AWS that this project meets, and only those: the table in
// corrections.go lists them by service and action. A correction answers a call, changes it, refuses what AWS refuses,
// or edits moto's answer. All other calls pass through unchanged, except that an action that moto lacks fails with an
// error that no client retries, instead of the 500 that the AWS SDK repeats for minutes.
//
// The shim checks no signatures, imitates no waits and writes nothing to disk. Package moto starts the moto server.
package shim
