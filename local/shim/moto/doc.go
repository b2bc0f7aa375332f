// Package moto runs a moto server as a child process.
//
// It owns the process from start to end, whatever wrapper the command on PATH
// is: the whole process group is stopped, also when the parent is killed without
// a chance to clean up. It knows nothing of what the server answers.
package moto
