// Package tunnel knows what the program and its local stand-in agree on about a tunnel of Cloudflare: the form of the token
// with which a connector joins it.
package tunnel

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
)

// MetricsPort is where cloudflared tells whether it is connected, inside the task only. It is the first of the ports that
// it takes by itself. Source:
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/monitor-tunnels/metrics/
const MetricsPort = 20241

// Token is what a connector joins a tunnel with. Source:
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

// errToken says nothing of what was given.
var errToken = errors.New("it is no token of a tunnel: base64 of a JSON object with a, t and s")

// Parse reads a token as cloudflared does. The error shows no part of it.
func Parse(text string) (*Token, error) {
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errToken
	}
	var token Token
	if json.Unmarshal(decoded, &token) != nil || token.Account == "" || !uuid.MatchString(token.Tunnel) || len(token.Secret) == 0 {
		return nil, errToken
	}
	return &token, nil
}

// Text writes the token in the form in which Cloudflare hands it out.
func (t Token) Text() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // two texts and bytes
	}
	return base64.StdEncoding.EncodeToString(text)
}
