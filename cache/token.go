package cache

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tokenBytes makes 64 hexadecimal digits, of the 16 to 128 characters that ElastiCache takes. Letters and digits only:
// a token with # in it breaks the URL parser of every client.
// Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
const tokenBytes = 32

// authToken derives the token from a secret that the stack has already, so that it is the same at every run and the
// user has one secret less to keep. The token tells nothing about the seed; a new seed is a new token.
func authToken(seed pulumi.StringInput, name string) pulumi.StringOutput {
	token := seed.ToStringOutput().ApplyT(func(seed string) (string, error) {
		key, err := hkdf.Key(sha256.New, []byte(seed), nil, "ElastiCache AUTH token of "+name, tokenBytes)
		if err != nil {
			return "", fmt.Errorf("derive the cache's AUTH token: %w", err)
		}
		return hex.EncodeToString(key), nil
	})
	return pulumi.ToSecret(token).(pulumi.StringOutput)
}
