package stackfile

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"

	"threa-infra/internal/tunnel"
)

// encrypter encrypts values for one stack file. Deriving its key from the passphrase takes almost a second, so that
// happens once, and only if something is encrypted.
type encrypter struct {
	passphrase string
	salt       string // encryptionsalt of the stack file; "" to create it
	crypter    config.Crypter
}

// open derives the key, and creates the salt if there is none.
func (e *encrypter) open() error {
	if e.crypter != nil {
		return nil
	}
	salt := []byte(rand.Text()[:8])
	if e.salt != "" {
		parts := strings.SplitN(e.salt, ":", 3) // version, salt, check
		var err error
		if len(parts) == 3 {
			salt, err = base64.StdEncoding.DecodeString(parts[1])
		}
		if len(parts) != 3 || err != nil {
			return fmt.Errorf("the encryptionsalt %q of the local settings is invalid: delete the folder .local", e.salt)
		}
	}
	e.crypter = config.NewSymmetricCrypterFromPassphrase(e.passphrase, salt)
	if e.salt != "" {
		return nil
	}
	// Pulumi decrypts this word to check a passphrase.
	check, err := e.crypter.EncryptValue(context.Background(), "pulumi")
	if err != nil {
		return fmt.Errorf("create the encryptionsalt: %w", err)
	}
	e.salt = "v1:" + base64.StdEncoding.EncodeToString(salt) + ":" + check
	return nil
}

// encrypt returns a value as Pulumi writes it to a stack file.
func (e *encrypter) encrypt(value string) (any, error) {
	if err := e.open(); err != nil {
		return nil, err
	}
	text, err := e.crypter.EncryptValue(context.Background(), value)
	if err != nil {
		return nil, fmt.Errorf("encrypt a generated secret: %w", err)
	}
	return map[string]any{"secure": text}, nil
}

// Password generates a database password. RDS accepts its special characters, but a URL needs them percent-encoded: a
// missing encoding shows here and not in production.
func Password() string {
	text := rand.Text()
	return text[:13] + "#%&+:?" + text[13:]
}

// Token generates a secret of letters and digits that is long enough for a cookie password.
func Token() string { return rand.Text() + rand.Text() }

// TunnelToken generates the token of a tunnel that does not exist.
func TunnelToken() string {
	return tunnel.Token{Account: "local", Tunnel: uuid.NewString(), Secret: []byte(rand.Text())}.Text()
}
