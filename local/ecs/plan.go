// Package ecs runs the tasks of an ECS service on this machine: it converts a deployment into tasks for the agent,
// gives each a network, and watches them.
package ecs

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/control"
)

const (
	// connectorImage is the prefix of the image that connects a task to a Cloudflare tunnel.
	connectorImage = "cloudflare/cloudflared:"
	// tunnelAddress is where the local connector accepts requests, in the task's network. The port is that of
	// Cloudflare's end of a tunnel.
	tunnelAddress = "127.0.0.1:7844"
	// connectorUID is the user of cloudflared's image.
	connectorUID = 65532
)

// Server is a server outside the tasks that they reach by name.
type Server struct {
	Name   string // host, as in the app's URLs
	Port   int
	Socket string // Unix socket that leads to it
}

// Plan configures the tasks of a deployment.
type Plan struct {
	Deployment *control.Deployment
	Root       sandbox.Root
	// Image replaces all images except the tunnel connector's.
	Image agent.Image
	// Connector is the path of the command that replaces the tunnel connector.
	Connector string
	Servers   []Server
	// Certificates has the local CA certificates by the Amazon certificates that they replace in the environment.
	Certificates map[string]string
	// Directory holds all that tasks write.
	Directory string
}

// Task is one task.
type Task struct {
	agent.Task
	// Port is the TCP port of the app, to which Inbound leads. 0 if it has none.
	Port int
}

// Tasks returns as many tasks as the service's desired count, but at least one.
func (p *Plan) Tasks() ([]Task, error) {
	containers, err := decode(p.Deployment)
	if err != nil {
		return nil, err
	}
	if err := p.replaceCertificates(containers); err != nil {
		return nil, err
	}
	images := map[string]agent.Image{}
	for _, image := range p.Deployment.Images {
		images[image] = p.Image
	}
	port := appPort(containers)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if connector := findConnector(containers); connector != nil {
		address, images[connector.Image] = tunnelAddress, p.connector(port)
	}
	hosts, outbound := p.network()
	tasks := make([]Task, max(1, p.Deployment.DesiredCount))
	for i := range tasks {
		name := "task-" + strconv.Itoa(i+1)
		task := agent.Task{
			Root: p.Root, Images: images, Containers: containers, Volumes: p.Deployment.Volumes, Secrets: p.Deployment.Secrets,
			Hosts: hosts, Outbound: outbound, Directory: filepath.Join(p.Directory, name), FastStart: true,
		}
		if len(tasks) > 1 {
			task.Name = name
		}
		if port > 0 {
			task.Inbound = []agent.Relay{{Address: address, Socket: filepath.Join(p.Directory, name+".sock")}}
		}
		tasks[i] = Task{Task: task, Port: port}
	}
	return tasks, nil
}

func decode(d *control.Deployment) (containers []agent.Container, err error) {
	if err := json.Unmarshal(d.Containers, &containers); err != nil {
		return nil, fmt.Errorf("read task definition %s: %w", d.TaskDefinition, err)
	}
	return containers, nil
}

// network gives each server an address in the tasks' networks.
func (p *Plan) network() (hosts map[string]string, outbound []agent.Relay) {
	hosts = map[string]string{}
	for i, server := range p.Servers {
		hosts[server.Name] = fmt.Sprintf("127.0.1.%d", i+1)
		address := net.JoinHostPort(hosts[server.Name], strconv.Itoa(server.Port))
		outbound = append(outbound, agent.Relay{Address: address, Socket: server.Socket})
	}
	return hosts, outbound
}

// replaceCertificates replaces Amazon's certificates in the environment.
func (p *Plan) replaceCertificates(containers []agent.Container) error {
	for i, c := range containers {
		for j, variable := range c.Environment {
			if !strings.Contains(variable.Value, "-----BEGIN CERTIFICATE-----") {
				continue
			}
			certificate, ok := p.Certificates[variable.Value]
			if !ok {
				return fmt.Errorf("%s of container %s holds certificates that are not those of this region's databases",
					variable.Name, c.Name)
			}
			containers[i].Environment[j].Value = certificate
		}
	}
	return nil
}

// connector returns the image of the local connector. Its last two variables stand for what is configured at
// Cloudflare: that requests go to the app's port.
func (p *Plan) connector(port int) agent.Image {
	return agent.Image{
		Entrypoint: []string{"cloudflared", "--no-autoupdate"}, Command: []string{"version"},
		Environment: []string{
			"PATH=/opt/cloudflared:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"LOCAL_TUNNEL_ADDRESS=" + tunnelAddress, fmt.Sprintf("LOCAL_TUNNEL_SERVICE=http://localhost:%d", port),
		},
		UID: connectorUID, GID: connectorUID,
		Mounts: []sandbox.Mount{{Source: p.Connector, Target: "/opt/cloudflared/cloudflared"}},
	}
}

// findConnector returns the container that connects to a tunnel, or nil.
func findConnector(containers []agent.Container) *agent.Container {
	i := slices.IndexFunc(containers, func(c agent.Container) bool { return strings.HasPrefix(c.Image, connectorImage) })
	if i < 0 {
		return nil
	}
	return &containers[i]
}

func appPort(containers []agent.Container) int {
	for _, c := range containers {
		for _, mapping := range c.PortMappings {
			return mapping.ContainerPort
		}
	}
	return 0
}
