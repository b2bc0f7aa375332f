// Package langhost runs Go programs for the Pulumi engine on machines without the official Go language host, which
// comes only with the official CLI.
//
// It owns compiling and running the program and telling which plugins it needs. It generates no code.
package langhost
