package mocks

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Service is an ECS service in a cluster of the same name.
type Service struct {
	Name  string
	Count int // tasks that it is to run
	Tags  map[string]string
	// Deleted is one that the tagging API still lists.
	Deleted bool
}

// standby ends the name of the service whose tasks stand in for those on Spot.
const standby = "-standby"

// deployService takes note of what is registered. A number of tasks that is to be left alone stays as it is.
func (a *AWS) deployService(args pulumi.MockResourceArgs) {
	if strings.HasSuffix(text(args.Inputs, "name"), standby) {
		return
	}
	a.service, a.count = text(args.Inputs, "taskDefinition"), int(plain(args.Inputs["desiredCount"]).NumberValue())
	if !slices.Contains(args.RegisterRPC.GetIgnoreChanges(), "desiredCount") {
		return
	}
	for _, one := range a.Services {
		if one.Name == text(args.Inputs, "name") {
			a.count = one.Count
		}
	}
}

// lookUpService answers before the deployment with the service that there is, and after it with what has become of it.
func (a *AWS) lookUpService(name string) resource.PropertyMap {
	running, count := a.service, a.count
	if a.Running != "" {
		running = a.Running
	}
	if strings.HasSuffix(name, standby) {
		return answer(map[string]any{"taskDefinition": running, "desiredCount": a.StandingIn})
	}
	if a.Wanted != nil {
		count = *a.Wanted
	}
	for _, one := range a.Services {
		if a.service == "" && one.Name == name {
			count = one.Count
		}
	}
	return answer(map[string]any{"taskDefinition": running, "desiredCount": count})
}

func (a *AWS) clusters() resource.PropertyMap {
	arns := []any{}
	for _, name := range a.Clusters.names(func(string) bool { return true }) {
		arns = append(arns, arn("ecs", "cluster/"+name.(string)))
	}
	for _, one := range a.Services {
		if !one.Deleted {
			arns = append(arns, arn("ecs", "cluster/"+one.Name))
		}
	}
	return answer(map[string]any{"clusterArns": arns})
}

// taggedServices answers the tagging API for a key, whatever its value.
func (a *AWS) taggedServices(filters []resource.PropertyValue) resource.PropertyMap {
	var found []any
	for _, one := range a.Services {
		all := true
		for _, filter := range filters {
			_, there := one.Tags[filter.ObjectValue()["key"].StringValue()]
			all = all && there
		}
		if all {
			tags := map[string]any{}
			for key, value := range one.Tags {
				tags[key] = value
			}
			found = append(found, map[string]any{"resourceArn": arn("ecs", "service/"+one.Name+"/"+one.Name), "tags": tags})
		}
	}
	return answer(map[string]any{"resourceTagMappingLists": found})
}
