package shim

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
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
	LoadBalancers           []serviceBalancer
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

// describeFamily answers for a family with its newest active revision. moto answers with an inactive one, too. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
func (a *account) describeFamily(c *call, in struct {
	TaskDefinition string   `json:"taskDefinition"`
	Include        []string `json:"include,omitempty"`
}) (any, error) {
	if strings.Contains(in.TaskDefinition, ":") { // an ARN, or one revision
		return nil, nil //nolint:nilnil // moto answers
	}
	var active struct{ TaskDefinitionARNs []string }
	filter := map[string]any{"familyPrefix": in.TaskDefinition, "status": "ACTIVE"}
	if err := a.upstream.json(c, "ListTaskDefinitions", filter, &active); err != nil {
		return nil, err
	}
	if len(active.TaskDefinitionARNs) == 0 {
		return nil, badRequest("ClientException", "Unable to describe task definition.")
	}
	in.TaskDefinition = active.TaskDefinitionARNs[len(active.TaskDefinitionARNs)-1]
	var described json.RawMessage
	err := a.upstream.json(c, "DescribeTaskDefinition", in, &described)
	return described, err
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
		"availabilityZoneRebalancing": "ENABLED", // AWS's default for new services
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
