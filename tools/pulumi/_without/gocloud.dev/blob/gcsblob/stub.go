// Package gcsblob leaves out states in Google Cloud.
package gcsblob

const Scheme = "gs"
