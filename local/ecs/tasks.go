//go:build linux

package ecs

import (
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/naming"
	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
)

const (
	// tunnelAddress is where the local connector accepts requests, in the task's network. The port is that of
	// Cloudflare's end of a tunnel.
	tunnelAddress = "127.0.0.1:7844"
	// connectorUID is the user of cloudflared's image.
	connectorUID = 65532
)

// tasks returns as many tasks as the service's desired count, but at least one.
func (s *Service) tasks() ([]agent.Task, error) {
	hosts, outbound, err := s.network()
	if err != nil {
		return nil, err
	}
	if err := s.replaceCertificates(); err != nil {
		return nil, err
	}
	images := map[string]agent.Image{}
	for _, c := range s.Deployment.Task.ContainerDefinitions {
		images[aws.ToString(c.Image)] = s.Image
	}
	port := s.port()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if connector := findConnector(s.Deployment.Task); connector != nil {
		address, images[*connector.Image] = tunnelAddress, s.connector(port)
	}
	tasks := make([]agent.Task, max(1, s.Deployment.Service.DesiredCount))
	for i := range tasks {
		name := "task-" + strconv.Itoa(i+1)
		tasks[i] = agent.Task{
			Root: s.Root, Images: images, Containers: s.Deployment.Task.ContainerDefinitions,
			Volumes: s.Deployment.Task.Volumes, Hosts: hosts, Outbound: outbound, Directory: filepath.Join(s.Directory, name),
		}
		if len(tasks) > 1 {
			tasks[i].Name = name
		}
		if port > 0 {
			tasks[i].Inbound = []agent.Relay{{Address: address, Socket: filepath.Join(s.Directory, name+".sock")}}
		}
	}
	if err := tasks[0].Check(); err != nil {
		return nil, fmt.Errorf("check task definition %s: %w", aws.ToString(s.Deployment.Task.TaskDefinitionArn), err)
	}
	return tasks, nil
}

// network gives each server an address in the tasks' networks.
func (s *Service) network() (hosts map[string]string, outbound []agent.Relay, err error) {
	hosts = map[string]string{}
	for i, endpoint := range slices.Sorted(maps.Keys(s.Sockets)) {
		name, port, err := net.SplitHostPort(endpoint)
		if err != nil {
			return nil, nil, fmt.Errorf("read endpoint %s: %w", endpoint, err)
		}
		hosts[name] = fmt.Sprintf("127.0.1.%d", i+1)
		outbound = append(outbound, agent.Relay{Address: net.JoinHostPort(hosts[name], port), Socket: s.Sockets[endpoint]})
	}
	return hosts, outbound, nil
}

// replaceCertificates replaces Amazon's certificates in the environment. It refuses others, with which the app could
// not verify the database, unless they are the value of a secret.
func (s *Service) replaceCertificates() error {
	for _, c := range s.Deployment.Task.ContainerDefinitions {
		for i, variable := range c.Environment {
			isSecret := slices.ContainsFunc(c.Secrets, func(secret types.Secret) bool {
				return aws.ToString(secret.Name) == aws.ToString(variable.Name)
			})
			if isSecret || !strings.Contains(aws.ToString(variable.Value), "-----BEGIN CERTIFICATE-----") {
				continue
			}
			certificate, ok := s.Certificates[*variable.Value]
			if !ok {
				return fmt.Errorf("%s of container %s holds certificates that are not those of this region's databases",
					aws.ToString(variable.Name), aws.ToString(c.Name))
			}
			c.Environment[i].Value = &certificate
		}
	}
	return nil
}

// connector returns the image of the local connector. Its last two variables stand for what is configured at
// Cloudflare: that requests go to the app's port.
func (s *Service) connector(port int) agent.Image {
	return agent.Image{
		Entrypoint: []string{"cloudflared", "--no-autoupdate"}, Command: []string{"version"},
		Environment: []string{
			"PATH=/opt/cloudflared:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"LOCAL_TUNNEL_ADDRESS=" + tunnelAddress, fmt.Sprintf("LOCAL_TUNNEL_SERVICE=http://localhost:%d", port),
		},
		UID: connectorUID, GID: connectorUID,
		Mounts: []sandbox.Mount{{Source: s.Connector, Target: "/opt/cloudflared/cloudflared"}},
	}
}

// port returns the app's port, or 0 if it has none.
func (s *Service) port() int {
	for _, c := range s.Deployment.Task.ContainerDefinitions {
		for _, mapping := range c.PortMappings {
			return int(aws.ToInt32(mapping.ContainerPort))
		}
	}
	return 0
}

// findConnector returns the container that connects to a tunnel, or nil.
func findConnector(task *types.TaskDefinition) *types.ContainerDefinition {
	for i, c := range task.ContainerDefinitions {
		if aws.ToString(c.Name) == naming.ContainerTunnel {
			return &task.ContainerDefinitions[i]
		}
	}
	return nil
}
