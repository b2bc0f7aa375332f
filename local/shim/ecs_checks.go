package shim

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// serviceInput has the parameters of CreateService and UpdateService that AWS checks.
type serviceInput struct {
	Cluster                       string
	ServiceName                   string // of a new service
	Service                       string // of an existing service
	TaskDefinition                string
	CapacityProviderStrategy      []struct{ CapacityProvider string }
	LoadBalancers                 []serviceBalancer // nil if the call does not name any
	HealthCheckGracePeriodSeconds *int
}

// serviceBalancer is a target group and the container that it sends requests to.
type serviceBalancer struct {
	TargetGroupArn string
	ContainerName  string
	ContainerPort  int
}

// checkService refuses a second service of the same name, which moto would put in the place of the first, capacity
// providers that the cluster does not have, and wrong load balancers.
func (a *account) checkService(c *call) error {
	in := serviceInput{Cluster: "default"}
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := a.checkCapacityProviders(c, in); err != nil {
		return err
	}
	existing, err := a.ecsServices(c, in.Cluster, cmp.Or(in.Service, in.ServiceName))
	if err != nil {
		return err
	}
	var current ecsService
	if len(existing) > 0 && existing[0].Status != "INACTIVE" {
		if c.action == "CreateService" {
			return badRequest("InvalidParameterException", "Creation of service was not idempotent.")
		}
		current = existing[0]
	}
	if err := a.checkBalancers(c, in, current); err != nil || c.action == "CreateService" {
		return err
	}
	return a.mergeDeploymentConfiguration(c, current)
}

func (a *account) checkCapacityProviders(c *call, in serviceInput) error {
	var out struct {
		Clusters []struct{ CapacityProviders []string }
	}
	if err := a.upstream.json(c, "DescribeClusters", map[string]any{"clusters": []string{in.Cluster}}, &out); err != nil {
		return err
	}
	if len(out.Clusters) == 0 {
		return badRequest("ClusterNotFoundException", "Cluster not found.")
	}
	for _, use := range in.CapacityProviderStrategy {
		if !slices.Contains(out.Clusters[0].CapacityProviders, use.CapacityProvider) {
			return badRequest("InvalidParameterException",
				"The capacity provider %s is not associated with the cluster.", use.CapacityProvider)
		}
	}
	return nil
}

// checkBalancers refuses target groups that no listener forwards to, containers without the port, and a grace period
// without a load balancer.
func (a *account) checkBalancers(c *call, in serviceInput, current ecsService) error {
	balancers := in.LoadBalancers
	if balancers == nil {
		balancers = current.LoadBalancers
	}
	if in.HealthCheckGracePeriodSeconds != nil && len(balancers) == 0 {
		return badRequest("InvalidParameterException",
			"Health check grace period is only valid for services configured to use load balancers")
	}
	task := cmp.Or(in.TaskDefinition, current.TaskDefinition)
	for _, balancer := range balancers {
		if err := a.checkBalancer(c, task, balancer); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) checkBalancer(c *call, task string, balancer serviceBalancer) error {
	groups, err := a.forwardedGroups(c)
	if err != nil {
		return err
	}
	if !slices.Contains(groups, balancer.TargetGroupArn) {
		return badRequest("InvalidParameterException",
			"The target group with targetGroupArn %s does not have an associated load balancer.", balancer.TargetGroupArn)
	}
	definition, err := a.taskDefinition(c, task)
	if err != nil {
		return err
	}
	for _, container := range definition.ContainerDefinitions {
		for _, mapping := range container.PortMappings {
			if container.Name == balancer.ContainerName && mapping.ContainerPort == balancer.ContainerPort {
				return nil
			}
		}
	}
	return badRequest("InvalidParameterException", "The container %s did not have a container port %d defined.",
		balancer.ContainerName, balancer.ContainerPort)
}

// checkClusterUnused refuses to delete a cluster with services. moto deletes it. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
func (a *account) checkClusterUnused(c *call) error {
	var in struct{ Cluster string }
	if err := c.decode(&in); err != nil {
		return err
	}
	var out struct{ ServiceArns []string }
	err := a.upstream.json(c, "ListServices", map[string]any{"cluster": in.Cluster}, &out)
	if errors.Is(err, errRefused) || err == nil && len(out.ServiceArns) == 0 {
		return nil // moto refuses to delete a missing cluster, too
	}
	if err != nil {
		return err
	}
	services, err := a.ecsServices(c, in.Cluster, out.ServiceArns...)
	for _, service := range services {
		if service.Status != "INACTIVE" {
			return badRequest("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
		}
	}
	return err
}

// fargateSizes are the memory sizes in MiB that Fargate offers for each CPU size.
var fargateSizes = map[int]struct{ from, to, step int }{
	256:   {512, 2048, 512}, // without 1536
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

func fargateOffers(cpu, memory int) bool {
	size, ok := fargateSizes[cpu]
	return ok && memory >= size.from && memory <= size.to && (memory-size.from)%size.step == 0 &&
		(cpu != 256 || memory != 1536)
}

// checkFargate refuses task definitions that Fargate cannot run. moto accepts any.
func checkFargate(c *call) error {
	var in struct {
		CPU, Memory, NetworkMode, ExecutionRoleArn string

		RequiresCompatibilities []string
		ContainerDefinitions    []struct {
			LogConfiguration struct{ LogDriver string }
			Secrets          []any
		}
	}
	if err := c.decode(&in); err != nil || !slices.Contains(in.RequiresCompatibilities, "FARGATE") {
		return err
	}
	switch {
	case in.NetworkMode != "awsvpc":
		return badRequest("ClientException", "Fargate only supports network mode 'awsvpc'.")
	case in.CPU == "" || in.Memory == "":
		return badRequest("ClientException", "Fargate requires that 'cpu' and 'memory' be defined at the task level.")
	case !fargateOffers(taskSize(in.CPU, "vcpu"), taskSize(in.Memory, "gb")):
		return badRequest("ClientException",
			"No Fargate configuration exists for given values: %s CPU, %s memory.", in.CPU, in.Memory)
	}
	for _, container := range in.ContainerDefinitions {
		switch {
		case in.ExecutionRoleArn != "":
		case container.LogConfiguration.LogDriver == "awslogs":
			return badRequest("ClientException",
				"Fargate requires task definition to have execution role ARN to support log driver awslogs.")
		case len(container.Secrets) > 0:
			return badRequest("ClientException",
				"When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
		}
	}
	return nil
}

// taskSize reads "1024", or "1 GB" and "1 vCPU" as 1024. Anything else is 0, which Fargate does not offer.
func taskSize(text, unit string) int {
	number, scaled := strings.CutSuffix(strings.ToLower(text), unit)
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return 0
	}
	if scaled {
		value *= 1024
	}
	return int(math.Round(value))
}
