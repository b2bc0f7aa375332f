// Package cloudkms leaves out the client of Google Cloud's keys.
package cloudkms

const CloudkmsScope = ""
