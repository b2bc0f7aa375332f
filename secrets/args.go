// Package secrets creates the SSM parameters with the secrets of the app and of the tunnel.
//
// Every parameter is a SecureString under the AWS-managed key, which has no price. The package builds the URLs of
// database and cache, and stores the values of the stack's configuration. Parameters that the user created are only
// looked up, never read.
package secrets

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the parameters.
type Args struct {
	// Names gives the parameters' names and ARNs. Required.
	Names naming.Stack
	// Database is the database that DATABASE_URL refers to, as the app's user. Required.
	Database Database
	// Cache is the cache that REDIS_URL refers to. Default: no REDIS_URL.
	Cache *Cache
	// Existing maps an environment variable to the full name of a parameter that the user created.
	Existing map[string]string
	// Stored maps an environment variable to a secret value.
	Stored pulumi.StringMap
	// TunnelToken is the secret with which cloudflared joins a tunnel. The app does not get it. Default: no tunnel.
	TunnelToken pulumi.StringInput
	// Tags are the tags of all parameters.
	Tags pulumi.StringMap
}

// Database has the parts of the database's URLs. All are required but the last.
type Database struct {
	Master, App     User
	Address, DBName pulumi.StringInput
	Port            int
	// ReplicaAddress is the host name of the read replica. Default: no DATABASE_REPLICA_URL.
	ReplicaAddress pulumi.StringInput
}

// User is a user of the database.
type User struct {
	Name, Password pulumi.StringInput // Password is secret
}

// Cache has the parts of the cache's URL. All are required.
type Cache struct {
	AuthToken pulumi.StringInput // secret; empty for a connection without TLS
	Address   pulumi.StringInput
	Port      int
}

// Secrets has the parameters that ECS reads when it starts a task.
type Secrets struct {
	pulumi.ResourceState

	// ARNs maps an environment variable of the app to the ARN of its parameter.
	ARNs map[string]pulumi.StringOutput
	// Versions maps the variables whose values the program owns to a number that each change increases.
	Versions map[string]pulumi.IntOutput
	// TunnelToken is the parameter with the tunnel's token. It is nil without a tunnel.
	TunnelToken *Parameter
	// MasterURL is the parameter with the database's URL for the master user. The app does not get it.
	MasterURL *Parameter
	// MasterURLName and DatabaseURLName are the names of MasterURL and of the parameter with DATABASE_URL.
	MasterURLName, DatabaseURLName pulumi.StringOutput
}

// Parameter is a parameter that is not an environment variable of the app.
type Parameter struct {
	ARN pulumi.StringOutput
	// Version increases with each change of the value.
	Version pulumi.IntOutput
}
