package secrets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/steps"
)

// New creates the parameters.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Secrets, error) {
	secrets := &Secrets{ARNs: map[string]pulumi.StringOutput{}, Versions: map[string]pulumi.IntOutput{}}
	if err := ctx.RegisterComponentResource("threa:secrets:Secrets", name, secrets, opts...); err != nil {
		return nil, fmt.Errorf("register secrets: %w", err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(secrets), Secrets: secrets}
	if err := steps.Run(b.storeURLs, b.storeValues, b.storeTunnelToken, b.addExisting); err != nil {
		return nil, err
	}
	return secrets, ctx.RegisterResourceOutputs(secrets, pulumi.Map{"databaseUrlName": secrets.MasterURLName})
}

type builder struct {
	ctx    *pulumi.Context
	name   string // prefix of the logical names
	args   *Args
	parent pulumi.ResourceOption
	*Secrets
}

func (b *builder) storeURLs() error {
	d := b.args.Database
	master, app, err := b.storeDatabaseURLs("DATABASE_URL", d.Address,
		leaves{naming.ParameterDatabaseURL, naming.ParameterDatabaseAppURL})
	if err != nil {
		return err
	}
	b.MasterURL = &Parameter{ARN: master.Arn, Version: master.Version}
	b.MasterURLName, b.DatabaseURLName = master.Name, app.Name
	if d.ReplicaAddress != nil {
		_, _, err = b.storeDatabaseURLs("DATABASE_REPLICA_URL", d.ReplicaAddress,
			leaves{naming.ParameterDatabaseReplicaURL, naming.ParameterDatabaseAppReplicaURL})
	}
	if err == nil && b.args.Cache != nil {
		_, err = b.store("REDIS_URL", naming.ParameterCacheURL, b.args.cacheURL())
	}
	return err
}

// leaves are the last parts of the names of two parameters.
type leaves struct{ master, app string }

// storeDatabaseURLs creates the parameters of a variable for the master user and for the app's. Tasks of an earlier
// version read the parameter of the master user, also after a rollback, so it does not change.
func (b *builder) storeDatabaseURLs(
	variable string, address pulumi.StringInput, leaf leaves,
) (master, app *ssm.Parameter, err error) {
	d := b.args.Database
	url := b.args.databaseURL(d.Master, address)
	if master, err = b.createParameter(leaf.master, variable+" of the master user", url); err != nil {
		return nil, nil, err
	}
	app, err = b.store(variable, leaf.app, b.args.databaseURL(d.App, address))
	return master, app, err
}

func (b *builder) storeValues() error {
	for _, variable := range slices.Sorted(maps.Keys(b.args.Stored)) {
		if _, err := b.store(variable, naming.ParameterAppPrefix+variable, b.args.Stored[variable]); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) storeTunnelToken() error {
	if b.args.TunnelToken == nil {
		return nil
	}
	token, err := b.createParameter(naming.ParameterTunnelToken, "Token of the tunnel", b.args.TunnelToken)
	if err != nil {
		return err
	}
	b.TunnelToken = &Parameter{ARN: token.Arn, Version: token.Version}
	return nil
}

func (b *builder) addExisting() error {
	for variable, parameter := range b.args.Existing {
		b.ARNs[variable] = pulumi.String(b.args.Names.ParameterARN(parameter)).ToStringOutput()
	}
	return nil
}

// store creates the parameter of an environment variable.
func (b *builder) store(variable, leaf string, value pulumi.StringInput) (*ssm.Parameter, error) {
	parameter, err := b.createParameter(leaf, variable+" of the app", value)
	if err != nil {
		return nil, err
	}
	b.ARNs[variable], b.Versions[variable] = parameter.Arn, parameter.Version
	return parameter, nil
}

// createParameter creates a parameter below the stack's path. The last part of its name ends the logical name, too.
func (b *builder) createParameter(leaf, description string, value pulumi.StringInput) (*ssm.Parameter, error) {
	logicalName := b.name + "-" + strings.TrimPrefix(leaf, naming.ParameterAppPrefix)
	parameter, err := ssm.NewParameter(b.ctx, logicalName, &ssm.ParameterArgs{
		Name:        pulumi.String(b.args.Names.Parameter(leaf)),
		Description: pulumi.String(description),
		Type:        pulumi.String("SecureString"),
		Value:       pulumi.ToSecret(value).(pulumi.StringOutput),
		Tags:        b.args.Tags,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("create parameter %s: %w", leaf, err)
	}
	return parameter, nil
}
