// Package tunnel has the metrics port of Cloudflare's connector and the format of its token, for the program and the
// local AWS.
package tunnel

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
)

// MetricsPort is the port inside the task on which cloudflared reports whether it is connected. It is the default.
// Source:
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/monitor-tunnels/metrics/
const MetricsPort = 20241

// Token authorizes a connector to join a tunnel. Source:
// https://github.com/cloudflare/cloudflared/blob/master/connection/connection.go (TunnelToken)
type Token struct {
	Account string `json:"a"`
	Tunnel  string `json:"t"` // a UUID
	Secret  []byte `json:"s"`
}

// String hides the token from fmt and from logs.
func (Token) String() string { return "[secret]" }

// GoString hides the token from %#v.
func (Token) GoString() string { return "[secret]" }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// errToken shows no part of the token.
var errToken = errors.New("not a tunnel token: it must be base64 of a JSON object with a, t and s")

// Parse reads a token as cloudflared does. The error shows no part of it.
func Parse(text string) (*Token, error) {
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errToken
	}
	var token Token
	if json.Unmarshal(decoded, &token) != nil || token.Account == "" || !uuid.MatchString(token.Tunnel) ||
		len(token.Secret) == 0 {
		return nil, errToken
	}
	return &token, nil
}

// Text returns the token in the format that Cloudflare shows.
func (t Token) Text() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // a struct of strings and bytes always has a JSON form
	}
	return base64.StdEncoding.EncodeToString(text)
}
