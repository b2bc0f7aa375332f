package secrets

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"
)

// databaseURL returns the URL of the database or of its read replica, which has the same users.
func (a *Args) databaseURL(user User, address pulumi.StringInput) pulumi.StringOutput {
	d := a.Database
	url := pulumix.Apply4(user.Name.ToStringOutput(), user.Password.ToStringOutput(), address.ToStringOutput(),
		d.DBName.ToStringOutput(), func(user, password, host, database string) string {
			return databaseURL(user, password, host, database, d.Port)
		})
	return pulumix.Cast[pulumi.StringOutput](url)
}

func (a *Args) cacheURL() pulumi.StringOutput {
	url := pulumix.Apply2(a.Cache.AuthToken.ToStringOutput(), a.Cache.Address.ToStringOutput(),
		func(token, host string) string { return cacheURL(token, host, a.Cache.Port) })
	return pulumix.Cast[pulumi.StringOutput](url)
}

// databaseURL returns the form that node-postgres, Bun and psql all accept and that verifies the server's certificate.
// RDS requires TLS from PostgreSQL 15 on. Clients get its certificate authority by NODE_EXTRA_CA_CERTS and
// PGSSLROOTCERT.
func databaseURL(user, password, host, database string, port int) string {
	return fmt.Sprintf("postgresql://%s:%s@%s:%d/%s?sslmode=verify-full",
		escape(user), escape(password), host, port, escape(database))
}

// cacheURL returns a URL whose scheme says whether to use TLS. Clients trust the roots of ElastiCache's certificates.
func cacheURL(token, host string, port int) string {
	if token == "" {
		return fmt.Sprintf("redis://%s:%d", host, port)
	}
	return fmt.Sprintf("rediss://:%s@%s:%d", escape(token), host, port)
}

// escape percent-encodes everything but RFC 3986's unreserved characters. Package net/url leaves more characters
// unencoded, and some database clients fail on them.
func escape(text string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var escaped strings.Builder
	for _, c := range []byte(text) {
		if strings.IndexByte(unreserved, c) >= 0 {
			escaped.WriteByte(c)
			continue
		}
		fmt.Fprintf(&escaped, "%%%02X", c)
	}
	return escaped.String()
}
