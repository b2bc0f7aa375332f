package shim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// moto creates services without half of their settings and never runs a task. It keeps the services itself.

// droppedOnCreate are the settings that moto's CreateService ignores and its UpdateService keeps.
var droppedOnCreate = []string{
	"availabilityZoneRebalancing",
	"capacityProviderStrategy",
	"cluster",
	"deploymentConfiguration",
	"desiredCount",
	"enableECSManagedTags",
	"enableExecuteCommand",
	"healthCheckGracePeriodSeconds",
}

// ecsTarget begins the X-Amz-Target of every call of ECS.
const ecsTarget = "AmazonEC2ContainerServiceV20141113."

// ecsService is the part of a service that the shim reads.
type ecsService struct {
	ServiceArn, ServiceName, ClusterArn, TaskDefinition, Status string

	RunningCount            int
	EnableExecuteCommand    bool
	Deployments             []struct{ ID, Status string }
	DeploymentConfiguration map[string]any
}

// ecsServices returns services with the tasks that Spot has capacity for.
func (a *account) ecsServices(c *call, cluster string, names ...string) ([]ecsService, error) {
	var out struct{ Services []map[string]any }
	in := map[string]any{"cluster": cluster, "services": names}
	if err := a.upstream.json(c, "DescribeServices", in, &out); err != nil {
		return nil, err
	}
	for _, service := range out.Services {
		a.spot.apply(service)
	}
	text, err := json.Marshal(out.Services)
	if err != nil {
		return nil, fmt.Errorf("encode services: %w", err)
	}
	var services []ecsService
	if err := decodeJSON(text, &services); err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	return services, nil
}

// taskDefinition is the part of a task definition that the shim reads.
type taskDefinition struct {
	CPU, Memory          string
	ContainerDefinitions []struct {
		Name, Image  string
		Essential    bool
		HealthCheck  any
		PortMappings []struct{ ContainerPort int }
	}
}

func (a *account) taskDefinition(c *call, name string) (taskDefinition, error) {
	var out struct{ TaskDefinition taskDefinition }
	err := a.upstream.json(c, "DescribeTaskDefinition", map[string]any{"taskDefinition": name}, &out)
	return out.TaskDefinition, err
}

// completeService updates a new service with the settings that its creation dropped. Setting the desired count is what
// makes moto count tasks as running.
func (a *account) completeService(c *call, answer *reply) error {
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return err
	}
	update := map[string]any{
		"service":                     in["serviceName"],
		"desiredCount":                json.Number("0"),
		"availabilityZoneRebalancing": "DISABLED",
	}
	for _, key := range droppedOnCreate {
		if value, ok := in[key]; ok && value != nil {
			update[key] = value
		}
	}
	var updated json.RawMessage
	if err := a.upstream.json(c, "UpdateService", update, &updated); err != nil {
		return err
	}
	answer.body = updated
	return a.serviceUpdated(c, answer)
}

func (a *account) serviceUpdated(c *call, answer *reply) error {
	if err := a.recordDeployment(c, answer); err != nil {
		return err
	}
	return a.settleServices(c, answer)
}

// serviceInput has the parameters of CreateService and UpdateService that AWS checks.
type serviceInput struct {
	Cluster                  string
	ServiceName              string // of a new service
	Service                  string // of an existing service
	CapacityProviderStrategy []struct{ CapacityProvider string }
	LoadBalancers            []struct{ TargetGroupArn string }
}

// checkService refuses a second service of the same name, which moto would put in the place of the first, capacity
// providers that the cluster does not have, and target groups that no listener forwards to.
func (a *account) checkService(c *call) (*reply, error) {
	in := serviceInput{Cluster: "default"}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var out struct {
		Clusters []struct{ CapacityProviders []string }
	}
	if err := a.upstream.json(c, "DescribeClusters", map[string]any{"clusters": []string{in.Cluster}}, &out); err != nil {
		return nil, err
	}
	if len(out.Clusters) == 0 {
		return nil, badRequest("ClusterNotFoundException", "Cluster not found.")
	}
	for _, use := range in.CapacityProviderStrategy {
		if !slices.Contains(out.Clusters[0].CapacityProviders, use.CapacityProvider) {
			return nil, badRequest("InvalidParameterException",
				"The capacity provider %s is not associated with the cluster.", use.CapacityProvider)
		}
	}
	for _, balancer := range in.LoadBalancers {
		groups, err := a.forwardedGroups(c)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(groups, balancer.TargetGroupArn) {
			return nil, badRequest("InvalidParameterException",
				"The target group with targetGroupArn %s does not have an associated load balancer.", balancer.TargetGroupArn)
		}
	}
	existing, err := a.ecsServices(c, in.Cluster, cmp.Or(in.Service, in.ServiceName))
	switch {
	case err != nil || len(existing) == 0:
		return nil, err
	case c.action == "UpdateService":
		return nil, a.mergeDeploymentConfiguration(c, existing[0])
	case existing[0].Status != "INACTIVE":
		return nil, badRequest("InvalidParameterException", "Creation of service was not idempotent.")
	}
	return nil, nil
}

// mergeDeploymentConfiguration adds the parts of the current deployment configuration that a change does not name, as
// ECS does. moto would drop them.
func (a *account) mergeDeploymentConfiguration(c *call, current ecsService) error {
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return err
	}
	changed, ok := in["deploymentConfiguration"].(map[string]any)
	if !ok || current.DeploymentConfiguration == nil {
		return nil
	}
	maps.Copy(current.DeploymentConfiguration, changed)
	in["deploymentConfiguration"] = current.DeploymentConfiguration
	var err error
	c.body, err = json.Marshal(in)
	return err
}

func refuseTask(*call) error {
	return badRequest("UnsupportedFeatureException",
		"The local AWS starts no tasks. To run the service's task on this machine, use: go run ./local task")
}
