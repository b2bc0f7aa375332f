package cache

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"
)

// tokenBytes is the length of a token: 64 hexadecimal digits. ElastiCache takes 16 to 128 characters, and a token with
// "#" breaks the URL parser of every client. Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
const tokenBytes = 32

// createToken sets AuthToken and the strategy. Stash resources keep tokens in Pulumi's state:
//
//   - <name>-auth-token has a random token. To rotate the token, replace this resource: pulumi up --replace <its URN>.
//   - <name>-former-token is for a stack of an earlier version, which derived the token from the database password. It
//     has the derived token and the random one of that time. The derived token stays in use until the random one
//     changes. For every other stack it is empty.
//   - <name>-first-token and <name>-sole-token are for createStrategy.
func (b *builder) createToken() error {
	b.AuthToken = pulumi.ToSecret(pulumi.String("")).(pulumi.StringOutput)
	if !b.args.TLS {
		return nil
	}
	first := pulumi.Input(pulumi.ToSecret(pulumi.String(randomToken())))
	if b.ctx.DryRun() { // a random value of the preview's own would make a plan that the update cannot follow
		first = pulumi.UnsafeUnknownOutput(nil)
	}
	random, err := b.keepFirst("-auth-token", first)
	if err != nil {
		return err
	}
	derived, atFirst := b.derivedToken(), pulumi.StringMap{}
	if b.args.Found.engine != "" {
		atFirst = pulumi.StringMap{"token": derived, "until": random.ApplyT(asString).(pulumi.StringOutput)}
	}
	former, err := b.keepFirst("-former-token", atFirst)
	if err != nil {
		return err
	}
	token := pulumix.Cast[pulumi.StringOutput](pulumix.Apply2(random, former, func(random, former any) string {
		values, _ := former.(map[string]any)
		if until := asString(values["until"]); until != "" && until == asString(random) {
			return asString(values["token"])
		}
		return asString(random)
	}))
	if b.unknownInPreview(former) {
		token = derived
	}
	b.AuthToken = pulumi.ToSecret(token).(pulumi.StringOutput)
	return b.createStrategy()
}

// createStrategy sets authTokenUpdateStrategy. ROTATE adds a token and keeps the previous one, so that running tasks
// keep their connections. SET then revokes the previous one. The user requests SET with pulumi up --replace <the URN of
// <name>-sole-token>, which puts the current token into this Stash. The first token needs no SET. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
func (b *builder) createStrategy() error {
	first, err := b.keepFirst("-first-token", b.AuthToken)
	if err != nil {
		return err
	}
	sole, err := b.keepFirst("-sole-token", b.AuthToken)
	if err != nil {
		return err
	}
	b.strategy = pulumix.Cast[pulumi.StringOutput](pulumix.Apply3(b.AuthToken, first, sole,
		func(token string, first, sole any) string {
			if token == asString(sole) && token != asString(first) {
				return "SET"
			}
			return "ROTATE"
		}))
	b.strategy = pulumi.Unsecret(b.strategy).(pulumi.StringOutput)
	if b.unknownInPreview(first) {
		b.strategy = pulumi.String("ROTATE").ToStringOutput()
	}
	return nil
}

// unknownInPreview reports whether this is a preview that creates a Stash in a stack with a cache. createToken and
// createStrategy then use known values, so that the preview shows no change of the cache.
func (b *builder) unknownInPreview(stashed pulumi.AnyOutput) bool {
	if b.args.Found.engine == "" || !b.ctx.DryRun() {
		return false
	}
	result, err := internals.UnsafeAwaitOutput(b.ctx.Context(), stashed)
	return err == nil && !result.Known
}

// keepFirst returns the first value that a Stash was created with.
func (b *builder) keepFirst(suffix string, value pulumi.Input) (pulumi.AnyOutput, error) {
	stash, err := pulumi.NewStash(b.ctx, b.name+suffix, &pulumi.StashArgs{Input: value}, b.parent,
		pulumi.IgnoreChanges([]string{"input"}), pulumi.AdditionalSecretOutputs([]string{"input", "output"}))
	if err != nil {
		return pulumi.AnyOutput{}, fmt.Errorf("keep %s%s in the state: %w", b.name, suffix, err)
	}
	return stash.Output, nil
}

func asString(value any) string {
	text, _ := value.(string)
	return text
}

func randomToken() string {
	token := make([]byte, tokenBytes)
	_, _ = rand.Read(token) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(token)
}

// derivedToken returns the token of earlier versions. It must never change: running tasks use it.
func (b *builder) derivedToken() pulumi.StringOutput {
	derived := b.args.FormerSeed.ToStringOutput().ApplyT(func(seed string) (string, error) {
		key, err := hkdf.Key(sha256.New, []byte(seed), nil, "ElastiCache AUTH token of "+b.args.Names.Name, tokenBytes)
		if err != nil {
			return "", fmt.Errorf("derive AUTH token of the cache: %w", err)
		}
		return hex.EncodeToString(key), nil
	})
	return pulumi.ToSecret(derived).(pulumi.StringOutput)
}
