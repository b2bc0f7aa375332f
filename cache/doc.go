// Package cache owns the ElastiCache replication group and its subnet group.
//
// The app keeps nothing in it that cannot be computed again, so the group has one node unless more are asked for, and
// takes no snapshots. Still, it is replaced or deleted only if the user has confirmed that. The package does not own who
// may connect (network) or the URL that the app gets (secrets).
package cache
