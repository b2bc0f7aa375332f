package config

import (
	"strconv"

	"threa-infra/internal/tunnel"
)

// tunnelToken may stay set while another ingress is in use, so that one key switches between them; it may never stand in
// the clear.
func (r *reader) tunnelToken(kind string) Secret {
	const mend = "pulumi config set --secret tunnelToken"
	value := r.text("tunnelToken")
	_, err := tunnel.Parse(value)
	switch {
	case value != "" && !r.Secret[r.key("tunnelToken")]:
		r.rejectElement("tunnelToken", "in the clear", "must be stored encrypted; this one has been written to a file, so have Cloudflare make another", mend)
	case kind != IngressTunnel:
	case value == "":
		r.rejectElement("tunnelToken", "not set", "must be the token of the tunnel at Cloudflare that the tasks join", mend)
	case err != nil:
		r.rejectElement("tunnelToken", "[secret]", "must be the token of a tunnel: the long text that begins with eyJ in the command that "+
			"Cloudflare shows for a connector, and nothing else of it", mend)
	}
	return Secret(value)
}

// tunnelPort keeps the app off cloudflared's port: the containers of a task share one network.
func (r *reader) tunnelPort(c *Config) {
	if c.Ingress.Kind == IngressTunnel && c.Container.Port == tunnel.MetricsPort {
		r.reject("containerPort", strconv.Itoa(c.Container.Port), "must be another with ingress tunnel: cloudflared listens there, in the same task", "3000")
	}
}
