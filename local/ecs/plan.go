// Package ecs runs on this machine what the tasks of an ECS service would run: it turns a deployment into tasks for the
// agent, gives each a network, and watches over them.
package ecs

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/control"
)

// Server is something outside of the tasks that they reach by name.
type Server struct {
	Name   string // as in the URLs
	Port   int    // TCP
	Socket string // Unix socket that leads to it
}

// Plan says how the tasks of a deployment are run.
type Plan struct {
	Deployment *control.Deployment
	Root       sandbox.Root
	Image      agent.Image // stands in for all images but the tunnel's
	Connector  string      // path of the command that stands in for the tunnel's
	Servers    []Server
	// Certificates replaces the text of certificates in the containers' environment: those of Amazon, as they are in
	// the deployment, by those that signed the servers here.
	Certificates map[string]string
	Directory    string // for what the tasks write
}

// Task is one task and the port on which its app listens inside; Inbound leads there.
type Task struct {
	agent.Task
	Port int // TCP; 0 for none
}

// Tasks returns as many tasks as the service wants, one at least.
func (p *Plan) Tasks() ([]Task, error) {
	var containers []agent.Container
	if err := json.Unmarshal(p.Deployment.Containers, &containers); err != nil {
		return nil, fmt.Errorf("task definition %s: %w", p.Deployment.TaskDefinition, err)
	}
	if err := p.swapCertificates(containers); err != nil {
		return nil, err
	}
	images := map[string]agent.Image{}
	for _, image := range p.Deployment.Images {
		images[image] = p.Image
	}
	port := portOf(containers)
	reached := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if tunnel := connectorOf(containers); tunnel != nil {
		reached, images[tunnel.Image] = edge, p.connector(port)
	}
	hosts, outbound := p.network()
	tasks := make([]Task, max(1, p.Deployment.DesiredCount))
	for i := range tasks {
		one := agent.Task{
			Root: p.Root, Images: images, Containers: containers, Volumes: p.Deployment.Volumes, Secrets: p.Deployment.Secrets,
			Hosts: hosts, Outbound: outbound, Directory: filepath.Join(p.Directory, "task-"+strconv.Itoa(i+1)), Hurry: true,
		}
		if len(tasks) > 1 {
			one.Name = "task-" + strconv.Itoa(i+1)
		}
		if port > 0 {
			one.Inbound = []agent.Relay{{
				Address: reached,
				Socket:  filepath.Join(p.Directory, "app-"+strconv.Itoa(i+1)+".sock"),
			}}
		}
		tasks[i] = Task{Task: one, Port: port}
	}
	return tasks, nil
}

// network gives each server an address in the tasks' networks, where nothing else is.
func (p *Plan) network() (map[string]string, []agent.Relay) {
	hosts := map[string]string{}
	var outbound []agent.Relay
	for i, server := range p.Servers {
		address := fmt.Sprintf("127.0.1.%d", i+1)
		hosts[server.Name] = address
		outbound = append(outbound, agent.Relay{Address: net.JoinHostPort(address, strconv.Itoa(server.Port)), Socket: server.Socket})
	}
	return hosts, outbound
}

// swapCertificates finds Amazon's certificates wherever the deployment hands them over, whole and unchanged.
func (p *Plan) swapCertificates(containers []agent.Container) error {
	for i := range containers {
		for j, variable := range containers[i].Environment {
			if !strings.Contains(variable.Value, "-----BEGIN CERTIFICATE-----") {
				continue
			}
			ours, known := p.Certificates[variable.Value]
			if !known {
				return fmt.Errorf("%s of container %s holds certificates that are not those of this region's databases", variable.Name, containers[i].Name)
			}
			containers[i].Environment[j].Value = ours
		}
	}
	return nil
}

func portOf(containers []agent.Container) int {
	for _, c := range containers {
		for _, mapping := range c.PortMappings {
			return mapping.ContainerPort
		}
	}
	return 0
}
