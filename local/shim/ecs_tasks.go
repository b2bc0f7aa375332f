package shim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// moto counts the tasks of a service as running but has none. The shim describes each of them as healthy: whether the
// app really starts is what go run ./local task shows, which serves it at the public address that is described here.

// taskIDs returns the ids of the service's tasks. Another task definition has other tasks.
func (s ecsService) taskIDs() []string {
	sum := sha256.Sum256([]byte(s.ServiceArn + " " + s.TaskDefinition))
	var ids []string
	for n := range s.RunningCount {
		ids = append(ids, fmt.Sprintf("%s%02x", hex.EncodeToString(sum[:15]), n))
	}
	return ids
}

func (s ecsService) taskARN(id string) string {
	return strings.Replace(s.ClusterArn, ":cluster/", ":task/", 1) + "/" + id
}

// listTasks lists the tasks of a service. Other lists are moto's.
func (a *account) listTasks(c *call, in struct{ Cluster, ServiceName, DesiredStatus string }) (any, error) {
	if in.ServiceName == "" {
		return nil, nil
	}
	services, err := a.ecsServices(c, in.Cluster, in.ServiceName)
	if err != nil {
		return nil, err
	}
	if len(services) == 0 {
		return nil, badRequest("ServiceNotFoundException", "Service not found.")
	}
	arns := []string{}
	if in.DesiredStatus != "STOPPED" {
		for _, id := range services[0].taskIDs() {
			arns = append(arns, services[0].taskARN(id))
		}
	}
	return map[string]any{"taskArns": arns}, nil
}

type tasksInput struct {
	Cluster string
	Tasks   []string
}

// describeTasks describes the tasks of services. If there is none among them, moto answers.
func (a *account) describeTasks(c *call, in tasksInput) (any, error) {
	var list struct{ ServiceArns []string }
	err := a.upstream.json(c, "ListServices", map[string]any{"cluster": in.Cluster}, &list)
	if err != nil || len(list.ServiceArns) == 0 {
		return nil, nil //nolint:nilerr // moto says what is wrong with the cluster
	}
	services, err := a.ecsServices(c, in.Cluster, list.ServiceArns...)
	if err != nil {
		return nil, err
	}
	tasks := []any{}
	for _, service := range services {
		definition, err := a.taskDefinition(c, service.TaskDefinition)
		if err != nil {
			return nil, err
		}
		for n, id := range service.taskIDs() {
			if slices.ContainsFunc(in.Tasks, func(task string) bool { return task[strings.LastIndex(task, "/")+1:] == id }) {
				tasks = append(tasks, a.describeTask(service, definition, n))
			}
		}
	}
	if len(tasks) == 0 {
		return nil, nil
	}
	return map[string]any{"tasks": tasks, "failures": []any{}}, nil
}

// describeTask describes the n-th task of a service.
func (a *account) describeTask(s ecsService, definition taskDefinition, n int) map[string]any {
	id := s.taskIDs()[n]
	arn, networkInterface := s.taskARN(id), "eni-"+id[:15]+id[30:]
	health := "UNKNOWN"
	containers := []any{}
	for _, d := range definition.ContainerDefinitions {
		container := map[string]any{
			"containerArn": strings.Replace(arn, ":task/", ":container/", 1) + "/" + d.Name, "taskArn": arn,
			"name": d.Name, "image": d.Image, "runtimeId": id + "-" + d.Name, "networkInterfaces": []any{},
			"lastStatus": "STOPPED", "exitCode": 0, "healthStatus": "UNKNOWN",
		}
		if d.Essential {
			container["lastStatus"] = "RUNNING"
			delete(container, "exitCode")
		}
		if d.HealthCheck != nil {
			container["healthStatus"], health = "HEALTHY", "HEALTHY"
		}
		if s.EnableExecuteCommand && d.Essential {
			container["managedAgents"] = []any{map[string]any{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}}
		}
		containers = append(containers, container)
	}
	startedBy := ""
	for _, deployment := range s.Deployments {
		if deployment.Status == "PRIMARY" {
			startedBy = deployment.ID
		}
	}
	a.taskAddresses[networkInterface] = fmt.Sprintf("127.0.0.%d", n+1)
	return map[string]any{
		"taskArn": arn, "clusterArn": s.ClusterArn, "taskDefinitionArn": s.TaskDefinition,
		"group": "service:" + s.ServiceName, "startedBy": startedBy, "launchType": "FARGATE",
		"desiredStatus": "RUNNING", "lastStatus": "RUNNING", "healthStatus": health, "containers": containers,
		"cpu": definition.CPU, "memory": definition.Memory, "enableExecuteCommand": s.EnableExecuteCommand,
		"attachments": []any{map[string]any{
			"id": id, "type": "ElasticNetworkInterface", "status": "ATTACHED",
			"details": []any{map[string]any{"name": "networkInterfaceId", "value": networkInterface}},
		}},
	}
}

// describeTaskInterface answers EC2's DescribeNetworkInterfaces for the network interface of a task.
func (a *account) describeTaskInterface(c *call) (*reply, error) {
	id := c.form.Get("NetworkInterfaceId.1")
	address, ok := a.taskAddresses[id]
	if !ok {
		return nil, nil
	}
	return &reply{status: http.StatusOK, contentType: "text/xml", body: fmt.Appendf(nil,
		`<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>%s</requestId>`+
			`<networkInterfaceSet><item><networkInterfaceId>%s</networkInterfaceId><status>in-use</status>`+
			`<association><publicIp>%s</publicIp></association></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>`,
		requestID, id, address)}, nil
}
