// Package cache owns the ElastiCache replication group and its subnet group.
//
// The app keeps nothing in it that cannot be computed again, so the group has one node unless more are asked for,
// takes no snapshots and may be replaced. It does not own who may connect (network) or the URL that the app gets (secrets).
package cache
