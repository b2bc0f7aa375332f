// Package secrets owns what the app, or the tunnel that leads to it, must know and nobody else: the SSM parameters below
// the stack's prefix.
//
// Every parameter is a SecureString under the key that AWS manages, which has no price. It makes the URLs of database
// and cache and keeps the values that the user stored in the stack's configuration; parameters that the user made by
// hand are only looked up, and never read. Who may read them is up to the roles in compute.
package secrets
