package ecs

import (
	"fmt"
	"slices"
	"strings"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
)

const (
	// connectorImage is how the image begins that joins a tunnel of Cloudflare.
	connectorImage = "cloudflare/cloudflared:"
	// edge is where requests reach the connector's stand-in, in the task's network. Cloudflare's own end of a tunnel has
	// this port.
	edge = "127.0.0.1:7844"
	// nonroot is the user of cloudflared's image.
	nonroot = 65532
)

// connectorOf is the container that joins a tunnel, or nil.
func connectorOf(containers []agent.Container) *agent.Container {
	i := slices.IndexFunc(containers, func(c agent.Container) bool { return strings.HasPrefix(c.Image, connectorImage) })
	if i < 0 {
		return nil
	}
	return &containers[i]
}

// connector is cloudflared's image with the stand-in in it, and what is configured at Cloudflare: that requests go to the
// app's port on localhost.
func (p *Plan) connector(port int) agent.Image {
	return agent.Image{
		Entrypoint: []string{"cloudflared", "--no-autoupdate"}, Command: []string{"version"},
		Environment: []string{
			"PATH=/opt/cloudflared:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"STANDIN_EDGE=" + edge, fmt.Sprintf("STANDIN_SERVICE=http://localhost:%d", port),
		},
		UID: nonroot, GID: nonroot,
		Mounts: []sandbox.Mount{{Source: p.Connector, Target: "/opt/cloudflared/cloudflared"}},
	}
}
