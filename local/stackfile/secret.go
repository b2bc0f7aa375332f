package stackfile

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"

	"threa-infra/internal/tunnel"
)

const (
	letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	// urlSpecials are characters that RDS allows and that break a URL unless percent-encoded: the local database
	// password has some, so that a missing encoding shows here and not in production.
	urlSpecials = "#%&+:?"
)

// vault encrypts for one stack file. Deriving its key from the passphrase takes a good part of a second, so that
// happens once, and only where something is encrypted.
type vault struct {
	passphrase string
	salt       string // in the form that Pulumi's passphrase secrets have; "" until it is made
	crypter    config.Crypter
}

// open derives the key, and makes the salt where there is none yet.
func (v *vault) open() error {
	if v.crypter != nil {
		return nil
	}
	raw := make([]byte, 8)
	if v.salt == "" {
		if _, err := rand.Read(raw); err != nil {
			return fmt.Errorf("make a salt: %w", err)
		}
	} else {
		parts := strings.SplitN(v.salt, ":", 3) // version, salt, check
		if len(parts) != 3 {
			return fmt.Errorf("the encryptionsalt of the local overrides is damaged: %q", v.salt)
		}
		var err error
		if raw, err = base64.StdEncoding.DecodeString(parts[1]); err != nil {
			return fmt.Errorf("the encryptionsalt of the local overrides is damaged: %w", err)
		}
	}
	v.crypter = config.NewSymmetricCrypterFromPassphrase(v.passphrase, raw)
	if v.salt != "" {
		return nil
	}
	// Pulumi decrypts this word to see whether a passphrase is right.
	check, err := v.crypter.EncryptValue(context.Background(), "pulumi")
	if err != nil {
		return fmt.Errorf("make a salt: %w", err)
	}
	v.salt = "v1:" + base64.StdEncoding.EncodeToString(raw) + ":" + check
	return nil
}

// encrypt writes a value as Pulumi writes an encrypted one.
func (v *vault) encrypt(value string) (any, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	text, err := v.crypter.EncryptValue(context.Background(), value)
	if err != nil {
		return nil, fmt.Errorf("encrypt a generated secret: %w", err)
	}
	return map[string]any{"secure": text}, nil
}

// Password makes a database password that needs percent-encoding in a URL.
func Password() (string, error) {
	special, err := pick(urlSpecials, 4)
	if err != nil {
		return "", err
	}
	plain, err := pick(letters, 28)
	if err != nil {
		return "", err
	}
	// Letters at both ends, so that a shell or a log line shows where it starts and ends.
	return plain[:7] + special[:2] + plain[7:21] + special[2:] + plain[21:], nil
}

// Token makes a secret of letters and digits, long enough for a cookie password.
func Token() (string, error) { return pick(letters, 40) }

// TunnelToken makes the token of a tunnel that does not exist.
func TunnelToken() (string, error) {
	random := make([]byte, 16+32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("generate a tunnel's token: %w", err)
	}
	id := hex.EncodeToString(random[:16])
	id = strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
	return tunnel.Token{Account: "local", Tunnel: id, Secret: random[16:]}.Text(), nil
}

func pick(from string, n int) (string, error) {
	out := make([]byte, n)
	for i := range out {
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(from))))
		if err != nil {
			return "", fmt.Errorf("generate a secret: %w", err)
		}
		out[i] = from[at.Int64()]
	}
	return string(out), nil
}
