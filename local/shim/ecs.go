package shim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ecsRule makes up for services that moto creates without half of their
// settings and without ever running a task. moto keeps all state.
type ecsRule struct {
	upstream *upstream
	tasks    *serviceTasks
	history  history
	spot     *spotRoom
}

// droppedOnCreate are the settings that moto's CreateService ignores and its
// UpdateService keeps.
var droppedOnCreate = []string{
	"availabilityZoneRebalancing",
	"capacityProviderStrategy",
	"deploymentConfiguration",
	"enableECSManagedTags",
	"enableExecuteCommand",
	"healthCheckGracePeriodSeconds",
}

func (r *ecsRule) forget() {
	r.tasks.forget()
	r.history.forget()
}

func (r *ecsRule) before(c *call) (*reply, error) {
	switch c.action {
	case "RegisterTaskDefinition":
		return nil, checkFargate(c)
	case "CreateService":
		return nil, errors.Join(r.checkStrategy(c), r.checkBalancers(c), r.checkName(c))
	case "UpdateService":
		if err := errors.Join(r.checkStrategy(c), r.checkBalancers(c)); err != nil {
			return nil, err
		}
		return nil, r.mergeDeployment(c)
	case "ListTasks":
		return r.listTasks(c)
	case "DescribeTasks":
		return r.describeTasks(c)
	case "ListServiceDeployments":
		return r.history.list(c)
	case "DescribeServiceRevisions":
		return r.history.describe(c)
	case "RunTask":
		return nil, badRequest("UnsupportedFeatureException",
			"The local AWS starts no tasks. What the service runs, go run ./local task runs on this machine.")
	}
	return nil, nil
}

func (r *ecsRule) after(c *call, answer *reply) error {
	switch c.action {
	case "CreateService":
		if err := r.completeService(c, answer); err != nil {
			return err
		}
		return r.deployed(c, answer)
	case "UpdateService":
		if err := r.deployed(c, answer); err != nil {
			return err
		}
		return r.settleServices(answer)
	case "DescribeServices", "DeleteService":
		return r.settleServices(answer)
	case "ListClusters", "ListServices":
		return r.hideInactive(c, answer)
	}
	return nil
}

type serviceInput struct {
	Cluster                  string
	ServiceName              string // of one that is made
	Service                  string // of one that is there
	CapacityProviderStrategy []struct{ CapacityProvider string }
}

// checkStrategy refuses a service whose capacity providers the cluster does not
// have (yet).
func (r *ecsRule) checkStrategy(c *call) error {
	in, err := readService(c)
	if err != nil {
		return err
	}
	var out struct {
		Clusters []struct{ CapacityProviders []string }
	}
	if err := r.upstream.json(c, "DescribeClusters", map[string]any{"clusters": []string{in.Cluster}}, &out); err != nil {
		return err
	}
	if len(out.Clusters) == 0 {
		return badRequest("ClusterNotFoundException", "Cluster not found.")
	}
	for _, use := range in.CapacityProviderStrategy {
		if !slices.Contains(out.Clusters[0].CapacityProviders, use.CapacityProvider) {
			return badRequest("InvalidParameterException",
				"The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. "+
					"Associate the capacity provider with the cluster and try again. (%s)", use.CapacityProvider)
		}
	}
	return nil
}

// checkName refuses a second service of the same name, which moto would put in
// the place of the first.
func (r *ecsRule) checkName(c *call) error {
	in, err := readService(c)
	if err != nil {
		return err
	}
	var out struct {
		Services []struct{ Status string }
	}
	query := map[string]any{"cluster": in.Cluster, "services": []string{in.ServiceName}}
	if err := r.upstream.json(c, "DescribeServices", query, &out); err != nil {
		return err
	}
	if len(out.Services) > 0 && out.Services[0].Status != "INACTIVE" {
		return badRequest("InvalidParameterException", "Creation of service was not idempotent.")
	}
	return nil
}

func readService(c *call) (serviceInput, error) {
	in := serviceInput{Cluster: "default"}
	err := c.decode(&in)
	return in, err
}

// mergeDeployment fills up a changed deployment configuration with the parts of
// the present one that it does not name, as AWS does; moto would drop them.
func (r *ecsRule) mergeDeployment(c *call) error {
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return err
	}
	changed, ok := in["deploymentConfiguration"].(map[string]any)
	if !ok {
		return nil
	}
	query := map[string]any{"services": []any{in["service"]}}
	if cluster, ok := in["cluster"]; ok {
		query["cluster"] = cluster
	}
	var out struct {
		Services []struct{ DeploymentConfiguration map[string]any }
	}
	if err := r.upstream.json(c, "DescribeServices", query, &out); err != nil {
		return err
	}
	if len(out.Services) == 0 || out.Services[0].DeploymentConfiguration == nil {
		return nil
	}
	merged := out.Services[0].DeploymentConfiguration
	maps.Copy(merged, changed)
	in["deploymentConfiguration"] = merged
	var err error
	c.body, err = json.Marshal(in)
	return err
}

// completeService updates the new service with the settings that its creation
// dropped. Setting the desired count is what makes moto count tasks as running.
func (r *ecsRule) completeService(c *call, answer *reply) error {
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return err
	}
	update := map[string]any{
		"service":                     in["serviceName"],
		"desiredCount":                json.Number("0"),
		"availabilityZoneRebalancing": "DISABLED",
	}
	for _, key := range slices.Concat(droppedOnCreate, []string{"cluster", "desiredCount"}) {
		if value, ok := in[key]; ok && value != nil {
			update[key] = value
		}
	}
	var updated json.RawMessage
	if err := r.upstream.json(c, "UpdateService", update, &updated); err != nil {
		return err
	}
	answer.body = updated
	return r.settleServices(answer)
}

// settleServices reports every service as deployed: AWS rolls the deployment of
// a service forward with it, while moto's stays as it was at creation.
func (r *ecsRule) settleServices(answer *reply) error {
	var out map[string]any
	if err := decodeJSON(answer.body, &out); err != nil {
		return fmt.Errorf("read services: %w", err)
	}
	services, _ := out["services"].([]any)
	if one, ok := out["service"]; ok {
		services = []any{one}
	}
	for _, item := range services {
		if service, ok := item.(map[string]any); ok {
			r.spot.apply(service)
			settle(service)
		}
	}
	var err error
	answer.body, err = json.Marshal(out)
	return err
}

func settle(service map[string]any) {
	strategy, _ := service["capacityProviderStrategy"].([]any)
	if len(strategy) > 0 {
		// AWS has either the one or the other; moto falls back to EC2.
		delete(service, "launchType")
	}
	if balancers, _ := service["loadBalancers"].([]any); len(balancers) == 0 {
		delete(service, "healthCheckGracePeriodSeconds") // it goes with the load balancer
	}
	deployments, _ := service["deployments"].([]any)
	for _, item := range deployments {
		deployment, ok := item.(map[string]any)
		if !ok {
			continue
		}
		for _, key := range []string{"taskDefinition", "desiredCount", "runningCount", "pendingCount", "networkConfiguration"} {
			if value, ok := service[key]; ok {
				deployment[key] = value
			}
		}
		deployment["rolloutState"] = "COMPLETED"
		deployment["rolloutStateReason"] = fmt.Sprintf("ECS deployment %v completed.", deployment["id"])
		if len(strategy) > 0 {
			delete(deployment, "launchType")
			deployment["capacityProviderStrategy"] = strategy
		}
	}
}
