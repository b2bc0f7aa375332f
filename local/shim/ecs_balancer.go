package shim

import (
	"encoding/json"
	"net/url"
	"slices"
)

// behind is what a call says about load balancers, or what a service has.
type behind struct {
	TaskDefinition                string
	LoadBalancers                 []loadBalancerUse // nil: not said
	HealthCheckGracePeriodSeconds *json.Number
}

type loadBalancerUse struct {
	TargetGroupArn string
	ContainerName  string
	ContainerPort  int
}

// checkBalancers refuses what moto takes for a service behind a load balancer and ECS does not.
func (r *ecsRule) checkBalancers(c *call) error {
	var in behind
	if err := c.decode(&in); err != nil {
		return err
	}
	present := behind{}
	if c.action == "UpdateService" {
		var err error
		if present, err = r.presentService(c); err != nil {
			return err
		}
	}
	uses := in.LoadBalancers
	if uses == nil {
		uses = present.LoadBalancers
	}
	if in.HealthCheckGracePeriodSeconds != nil && len(uses) == 0 {
		return badRequest("InvalidParameterException", "Health check grace period is only valid for services configured to use load balancers")
	}
	task := in.TaskDefinition
	if task == "" {
		task = present.TaskDefinition
	}
	for _, use := range uses {
		if err := r.checkTargets(c, use.TargetGroupArn); err != nil {
			return err
		}
		if err := r.checkContainer(c, task, use); err != nil {
			return err
		}
	}
	return nil
}

func (r *ecsRule) presentService(c *call) (behind, error) {
	in, err := readService(c)
	if err != nil {
		return behind{}, err
	}
	var out struct{ Services []behind }
	query := map[string]any{"cluster": in.Cluster, "services": []string{in.Service}}
	if err := r.upstream.json(c, "DescribeServices", query, &out); err != nil || len(out.Services) == 0 {
		return behind{}, err
	}
	return out.Services[0], nil
}

// checkTargets wants a listener that leads to the group.
func (r *ecsRule) checkTargets(c *call, group string) error {
	used, err := r.targetsOfListeners(c)
	if err != nil {
		return err
	}
	if !slices.Contains(used, group) {
		return badRequest("InvalidParameterException", "The target group with targetGroupArn %s does not have an associated load balancer.", group)
	}
	return nil
}

// targetsOfListeners are the groups that any listener leads to. moto's groups know only the listener that was made for
// them, not one that was changed later.
func (r *ecsRule) targetsOfListeners(c *call) ([]string, error) {
	var groups []string
	balancers, err := r.elb(c, url.Values{"Action": {"DescribeLoadBalancers"}})
	if err != nil {
		return nil, err
	}
	for _, balancer := range balancers.all("LoadBalancerArn") {
		listeners, err := r.elb(c, url.Values{"Action": {"DescribeListeners"}, "LoadBalancerArn": {balancer.text}})
		if err != nil {
			return nil, err
		}
		for _, group := range listeners.all("TargetGroupArn") {
			groups = append(groups, group.text)
		}
	}
	return groups, nil
}

func (r *ecsRule) elb(c *call, form url.Values) (*element, error) {
	return askELB(r.upstream, c, form)
}

func (r *ecsRule) checkContainer(c *call, task string, use loadBalancerUse) error {
	var out struct {
		TaskDefinition struct {
			ContainerDefinitions []struct {
				Name         string
				PortMappings []struct{ ContainerPort int }
			}
		}
	}
	if err := r.upstream.json(c, "DescribeTaskDefinition", map[string]any{"taskDefinition": task}, &out); err != nil {
		return err
	}
	for _, container := range out.TaskDefinition.ContainerDefinitions {
		for _, mapping := range container.PortMappings {
			if container.Name == use.ContainerName && mapping.ContainerPort == use.ContainerPort {
				return nil
			}
		}
	}
	return badRequest("InvalidParameterException", "The container %s did not have a container port %d defined.", use.ContainerName, use.ContainerPort)
}
