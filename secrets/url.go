package secrets

import (
	"fmt"
	"strings"
)

// databaseURL is the one form that node-postgres, Bun and psql all accept and that verifies the server: RDS refuses
// connections without TLS from PostgreSQL 15 on, and its certificate authority reaches the clients by NODE_EXTRA_CA_CERTS
// and PGSSLROOTCERT.
func databaseURL(user, password, host, database string, port int) string {
	return fmt.Sprintf("postgresql://%s:%s@%s:%d/%s?sslmode=verify-full", escape(user), escape(password), host, port, escape(database))
}

// cacheURL has a scheme that says whether to use TLS; ElastiCache's certificates chain to roots that clients bundle.
func cacheURL(token, host string, port int) string {
	if token == "" {
		return fmt.Sprintf("redis://%s:%d", host, port)
	}
	return fmt.Sprintf("rediss://:%s@%s:%d", escape(token), host, port)
}

// escape percent-encodes everything outside RFC 3986's unreserved characters. net/url leaves some of the others as they
// are, which is right for Go and wrong for some client of the database.
func escape(text string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var out strings.Builder
	for _, c := range []byte(text) {
		if strings.IndexByte(unreserved, c) >= 0 {
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", c)
	}
	return out.String()
}
