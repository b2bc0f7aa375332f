package cache

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/stash"
)

// tokenBytes is the length of a derived token: 64 hexadecimal digits, as of a random one. ElastiCache takes 16 to 128
// characters. Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
const tokenBytes = 32

// createToken sets AuthToken and the strategy. Stash resources keep tokens in Pulumi's state:
//
//   - <name>-auth-token has a random token. threa secrets rotate-cache-token replaces it, and then <name>-sole-token.
//   - <name>-former-token is for a stack of an earlier version, which derived the token from the database password. It
//     has the derived token and the random one of that time. The derived token stays in use until the random one
//     changes. For every other stack it is empty.
//   - <name>-first-token and <name>-sole-token are for createStrategy.
func (b *builder) createToken() error {
	b.AuthToken = pulumi.ToSecret(pulumi.String("")).(pulumi.StringOutput)
	if !b.args.TLS {
		return nil
	}
	random, err := stash.Random(b.ctx, b.name+"-auth-token", b.parent)
	if err != nil {
		return err
	}
	derived, atFirst := b.derivedToken(), pulumi.StringMap{}
	if b.args.Found.engine != "" {
		atFirst = pulumi.StringMap{"token": derived, "until": random}
	}
	former, err := stash.FirstSecret[pulumi.StringMapOutput](b.ctx, b.name+"-former-token", atFirst, b.parent)
	if err != nil {
		return err
	}
	token := pulumix.Cast[pulumi.StringOutput](pulumix.Apply2(random, former,
		func(random string, former map[string]string) string {
			if until := former["until"]; until != "" && until == random {
				return former["token"]
			}
			return random
		}))
	if b.unknownInPreview(former) {
		token = derived
	}
	b.AuthToken = pulumi.ToSecret(token).(pulumi.StringOutput)
	return b.createStrategy()
}

// createStrategy sets authTokenUpdateStrategy. ROTATE adds a token and keeps the previous one, so that running tasks
// keep their connections. SET then revokes the previous one. To request SET, threa secrets rotate-cache-token replaces
// <name>-sole-token, which then holds the current token. The first token needs no SET. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
func (b *builder) createStrategy() error {
	first, err := stash.FirstSecret[pulumi.StringOutput](b.ctx, b.name+"-first-token", b.AuthToken, b.parent)
	if err != nil {
		return err
	}
	sole, err := stash.FirstSecret[pulumi.StringOutput](b.ctx, b.name+"-sole-token", b.AuthToken, b.parent)
	if err != nil {
		return err
	}
	b.strategy = pulumix.Cast[pulumi.StringOutput](pulumix.Apply3(b.AuthToken, first, sole,
		func(token, first, sole string) string {
			if token == sole && token != first {
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
func (b *builder) unknownInPreview(stashed pulumi.Output) bool {
	if b.args.Found.engine == "" || !b.ctx.DryRun() {
		return false
	}
	result, err := internals.UnsafeAwaitOutput(b.ctx.Context(), stashed)
	return err == nil && !result.Known
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
