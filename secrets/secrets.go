package secrets

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is where the secrets come from.
type Args struct {
	Name      string // the parameters live under /<Name>/
	Region    string
	AccountID string
	Database  Database
	Cache     *Cache // nil without one
	// Existing maps an environment variable to the full name of a parameter that the user made.
	Existing map[string]string
	// Stored maps an environment variable to a secret value.
	Stored pulumi.StringMap
	// TunnelToken lets a connector join a tunnel; secret, nil without a tunnel. The app does not get it.
	TunnelToken pulumi.StringInput
	Tags        pulumi.StringMap
}

// Database is what the URL of the database is made of.
type Database struct {
	Username, Password, Address, DBName pulumi.StringInput // Password is secret
	Port                                int
	ReplicaAddress                      pulumi.StringInput // nil without a read replica
}

// Cache is what the URL of the cache is made of.
type Cache struct {
	AuthToken pulumi.StringInput // secret; empty for a connection without TLS
	Address   pulumi.StringInput
	Port      int
}

// Secrets is the set of variables that the app gets from the Parameter Store.
type Secrets struct {
	pulumi.ResourceState

	// ARNs maps an environment variable to the ARN of its parameter.
	ARNs map[string]pulumi.StringOutput
	// Versions maps the same variables, as far as the program owns their values, to a number that rises with each change.
	Versions map[string]pulumi.IntOutput
	// TunnelToken is the parameter that holds the token of the tunnel; nil without one.
	TunnelToken *Parameter
	// DatabaseURLName is the name of the parameter that holds the URL of the database.
	DatabaseURLName pulumi.StringOutput
}

// Parameter is one that no variable of the app leads to.
type Parameter struct {
	ARN     pulumi.StringOutput
	Version pulumi.IntOutput // rises with each change of the value
}

// New creates the parameters.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Secrets, error) {
	component := &Secrets{ARNs: map[string]pulumi.StringOutput{}, Versions: map[string]pulumi.IntOutput{}}
	if err := ctx.RegisterComponentResource("threa:secrets:Secrets", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register secrets: %w", err)
	}
	parent := pulumi.Parent(component)

	url, err := component.store(ctx, name+"-database-url", "DATABASE_URL", "database-url", args.databaseURL(args.Database.Address), args, parent)
	if err != nil {
		return nil, err
	}
	component.DatabaseURLName = url.Name
	if replica := args.Database.ReplicaAddress; replica != nil {
		_, err := component.store(ctx, name+"-database-replica-url", "DATABASE_REPLICA_URL", "database-replica-url",
			args.databaseURL(replica), args, parent)
		if err != nil {
			return nil, err
		}
	}
	if args.Cache != nil {
		if _, err := component.store(ctx, name+"-redis-url", "REDIS_URL", "redis-url", args.cacheURL(), args, parent); err != nil {
			return nil, err
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(args.Stored)) {
		if _, err := component.store(ctx, name+"-"+variable, variable, "app/"+variable, args.Stored[variable], args, parent); err != nil {
			return nil, err
		}
	}
	if args.TunnelToken != nil {
		token, err := newParameter(ctx, name+"-tunnel-token", "tunnel-token", "Token of the tunnel", args.TunnelToken, args, parent)
		if err != nil {
			return nil, err
		}
		component.TunnelToken = &Parameter{ARN: token.Arn, Version: token.Version}
	}
	for variable, parameter := range args.Existing {
		component.ARNs[variable] = pulumi.Sprintf("arn:aws:ssm:%s:%s:parameter%s", args.Region, args.AccountID, parameter)
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"databaseUrlName": component.DatabaseURLName})
}

// store keeps a value in a parameter and notes it under its environment variable.
func (s *Secrets) store(ctx *pulumi.Context, name, variable, leaf string, value pulumi.StringInput, args *Args,
	parent pulumi.ResourceOption,
) (*ssm.Parameter, error) {
	parameter, err := newParameter(ctx, name, leaf, variable+" of the app", value, args, parent)
	if err != nil {
		return nil, err
	}
	s.ARNs[variable] = parameter.Arn
	s.Versions[variable] = parameter.Version
	return parameter, nil
}

// newParameter keeps a value below the stack's prefix.
func newParameter(ctx *pulumi.Context, name, leaf, description string, value pulumi.StringInput, args *Args,
	parent pulumi.ResourceOption,
) (*ssm.Parameter, error) {
	parameter, err := ssm.NewParameter(ctx, name, &ssm.ParameterArgs{
		Name:        pulumi.String("/" + args.Name + "/" + leaf),
		Description: pulumi.String(description),
		Type:        pulumi.String("SecureString"),
		Value:       pulumi.ToSecret(value).(pulumi.StringOutput),
		Tags:        args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", leaf, err)
	}
	return parameter, nil
}

// databaseURL leads to the database itself or to its replica, which has the same users.
func (a *Args) databaseURL(address pulumi.StringInput) pulumi.StringOutput {
	d := a.Database
	return pulumi.All(d.Username, d.Password, address, d.DBName).ApplyT(func(parts []any) string {
		return databaseURL(parts[0].(string), parts[1].(string), parts[2].(string), parts[3].(string), d.Port)
	}).(pulumi.StringOutput)
}

func (a *Args) cacheURL() pulumi.StringOutput {
	c := a.Cache
	return pulumi.All(c.AuthToken, c.Address).ApplyT(func(parts []any) string {
		return cacheURL(parts[0].(string), parts[1].(string), c.Port)
	}).(pulumi.StringOutput)
}
