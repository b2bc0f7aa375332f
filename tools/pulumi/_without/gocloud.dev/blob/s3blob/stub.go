// Package s3blob leaves out states in S3. The local AWS stores its state in a folder.
package s3blob
