// Package stores runs real PostgreSQL and Valkey servers that stand in for databases of Amazon RDS and caches of
// Amazon ElastiCache: with the names, users and passwords that the deployment gave them, and TLS as there.
//
// Each server runs in a sandbox on a root file system of its own, listens on a free port of 127.0.0.1, keeps its data
// in a folder that is emptied at every start, and dies with the process that started it. Nothing here knows the
// machine's own databases.
//
// A client trusts RDS by a file that the deployment gives it, and ElastiCache by what its system trusts. So there are two
// certificate authorities, and what verifies one server does not verify the other.
package stores
