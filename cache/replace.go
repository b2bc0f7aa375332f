package cache

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/resources"
)

// confirmable are the properties that a confirmed replacement may change. Without TLS, the token changes too.
var confirmable = []string{"atRestEncryptionEnabled", "port", "transitEncryptionEnabled", "transitEncryptionMode"}

// engineProperties change together. AWS upgrades Redis OSS to Valkey in place, but does not go back. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html
var engineProperties = []string{"engine", "engineVersion", "parameterGroupName"}

// pinned returns the properties that the group keeps, so that nothing replaces it without confirmation. They include
// the version of the running engine: AWS may have upgraded it, and this program may name a newer one.
func (a *Args) pinned(runningEngine string) []string {
	properties := slices.DeleteFunc(resources.Replacing(resources.Cache), func(property string) bool {
		return slices.Contains(confirmable, property) || slices.Contains(engineProperties, property)
	})
	changesEngine := runningEngine != "" && runningEngine != a.Engine && (a.Engine == "valkey" || a.MayReplace)
	if !changesEngine {
		properties = append(properties, engineProperties...)
	}
	if a.MayReplace {
		return properties
	}
	properties = append(properties, confirmable...)
	if !a.TLS {
		properties = append(properties, "authToken", "authTokenUpdateStrategy")
	}
	return properties
}

// checkUnreplaced returns the host name of the group. It fails if only a replacement can apply the configuration.
func (b *builder) checkUnreplaced(group *elasticache.ReplicationGroup) pulumi.StringOutput {
	type properties struct {
		engine      string
		tls, atRest bool
		port        int
	}
	actual := pulumix.Apply4(group.Engine.Elem(), group.TransitEncryptionEnabled, group.AtRestEncryptionEnabled,
		group.Port.Elem(), func(engine string, tls, atRest bool, port int) properties {
			return properties{engine, tls, atRest, port}
		})
	// The address is not part of the checked properties: a preview may know them and not the address.
	checked := pulumix.ApplyErr(actual, func(p properties) (bool, error) {
		return true, errors.Join(
			checkKey("cacheEngine", b.args.Engine, p.engine),
			checkKey("redisTls", strconv.FormatBool(b.args.TLS), strconv.FormatBool(p.tls)),
			checkFixed("atRestEncryptionEnabled", "true", strconv.FormatBool(p.atRest)),
			checkFixed("port", strconv.Itoa(Port), strconv.Itoa(p.port)))
	})
	address := pulumix.Apply2(group.PrimaryEndpointAddress, checked,
		func(address string, _ bool) string { return address })
	return pulumix.Cast[pulumi.StringOutput](address)
}

const replacement = "only a new, empty cache can have the other value. " +
	"A replacement loses all cached data and takes about 10 minutes.\n"

const confirm = "pulumi config set --path 'confirmReplacement[0]' cache"

// checkKey compares a pinned property with a configuration key.
func checkKey(key, configured, actual string) error {
	if configured == actual {
		return nil
	}
	return fmt.Errorf("threa:%s is %q, but the cache was created with %q, and "+replacement+
		"    To keep it:     pulumi config set %s %s\n"+
		"    To replace it:  "+confirm, key, configured, actual, key, actual)
}

// checkFixed compares a pinned property with the only value that the program sets. An imported group may have another.
func checkFixed(property, required, actual string) error {
	if required == actual {
		return nil
	}
	return fmt.Errorf("the cache has %s %q, but the program requires %q, and "+replacement+
		"    To replace it:  "+confirm, property, actual, required)
}
