package mocks

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Service is an ECS service in a cluster of the same name.
type Service struct {
	Name  string
	Count int // desired tasks
	Tags  map[string]string
	// Deleted marks a service that only the tagging API still lists.
	Deleted bool
}

// deployment is what the program deployed.
type deployment struct {
	taskDefinition string
	count          int
}

func isFallback(service string) bool { return strings.HasSuffix(service, "-standby") }

// deploy records a deployment of the service. An ignored desired count keeps its value.
func (a *AWS) deploy(args pulumi.MockResourceArgs) {
	name := text(args.Inputs, "name")
	if isFallback(name) {
		return
	}
	count := int(unsecret(args.Inputs["desiredCount"]).NumberValue())
	if current := a.service(name); current != nil &&
		slices.Contains(args.RegisterRPC.GetIgnoreChanges(), "desiredCount") {
		count = current.Count
	}
	a.deployed = &deployment{taskDefinition: text(args.Inputs, "taskDefinition"), count: count}
}

// service returns the service with this name, or nil.
func (a *AWS) service(name string) *Service {
	i := slices.IndexFunc(a.Services, func(s Service) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &a.Services[i]
}

// service answers with the existing service before the deployment, and with the deployed one after it.
func service(a *AWS, in arguments) (outputs, error) {
	var current deployment
	if existing := a.service(in.text("serviceName")); existing != nil {
		current.count = existing.Count
	}
	if a.deployed != nil {
		current = *a.deployed
	}
	if a.DesiredCount != nil {
		current.count = *a.DesiredCount
	}
	if isFallback(in.text("serviceName")) {
		current.count = a.FallbackCount
	}
	if a.Running != "" {
		current.taskDefinition = a.Running
	}
	return outputs{"taskDefinition": current.taskDefinition, "desiredCount": current.count}, nil
}

func clusters(a *AWS, _ arguments) (outputs, error) {
	arns := []any{}
	for _, name := range a.Clusters.names(anyName) {
		arns = append(arns, a.arn("ecs", "cluster/"+name.(string)))
	}
	for _, service := range a.Services {
		if !service.Deleted {
			arns = append(arns, a.arn("ecs", "cluster/"+service.Name))
		}
	}
	return outputs{"clusterArns": arns}, nil
}
