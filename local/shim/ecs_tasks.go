package shim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// serviceTasks tells of the tasks that moto counts as running for a service and of which it has none. A task looks as it
// would when all went well; whether the app really starts, go run ./local task shows, and there it answers at the public
// address that is told here.
type serviceTasks struct {
	mu        sync.Mutex
	addresses map[string]string // public IPv4 by network interface
}

func (s *serviceTasks) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.addresses)
}

// runningService is a service as far as its tasks follow from it.
type runningService struct {
	ServiceArn, ServiceName, ClusterArn, TaskDefinition string
	RunningCount                                        int
	EnableExecuteCommand                                bool
	Deployments                                         []struct{ ID, Status string }
}

// ids are those of the tasks of a service: others with each task definition, as after a deployment.
func (s *runningService) ids() []string {
	sum := sha256.Sum256([]byte(s.ServiceArn + " " + s.TaskDefinition))
	var ids []string
	for n := range s.RunningCount {
		ids = append(ids, fmt.Sprintf("%s%02x", hex.EncodeToString(sum[:15]), n))
	}
	return ids
}

func (s *runningService) arn(id string) string {
	return strings.Replace(s.ClusterArn, ":cluster/", ":task/", 1) + "/" + id
}

// running are services with as many tasks as there is room for.
func (r *ecsRule) running(c *call, cluster string, names ...string) ([]runningService, error) {
	var out struct{ Services []map[string]any }
	if err := r.upstream.json(c, "DescribeServices", map[string]any{"cluster": cluster, "services": names}, &out); err != nil {
		return nil, err
	}
	for _, service := range out.Services {
		r.spot.apply(service)
	}
	text, err := json.Marshal(out.Services)
	if err != nil {
		return nil, fmt.Errorf("encode services: %w", err)
	}
	var services []runningService
	if err := decodeJSON(text, &services); err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	return services, nil
}

// listTasks answers for a service. moto answers for all else.
func (r *ecsRule) listTasks(c *call) (*reply, error) {
	var in struct{ Cluster, ServiceName, DesiredStatus string }
	if err := c.decode(&in); err != nil || in.ServiceName == "" {
		return nil, err
	}
	services, err := r.running(c, in.Cluster, in.ServiceName)
	if err != nil {
		return nil, err
	}
	if len(services) == 0 {
		return nil, badRequest("ServiceNotFoundException", "Service not found.")
	}
	arns := []string{}
	if in.DesiredStatus != "STOPPED" {
		for _, id := range services[0].ids() {
			arns = append(arns, services[0].arn(id))
		}
	}
	return c.jsonReply(map[string]any{"taskArns": arns})
}

// describeTasks answers for the tasks of services. moto answers when none of the tasks is one.
func (r *ecsRule) describeTasks(c *call) (*reply, error) {
	var in struct {
		Cluster string
		Tasks   []string
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var list struct{ ServiceArns []string }
	if err := r.upstream.json(c, "ListServices", map[string]any{"cluster": in.Cluster}, &list); err != nil || len(list.ServiceArns) == 0 {
		return nil, nil //nolint:nilerr // moto says what is wrong with the cluster
	}
	services, err := r.running(c, in.Cluster, list.ServiceArns...)
	if err != nil {
		return nil, err
	}
	found := []any{}
	for _, service := range services {
		for n, id := range service.ids() {
			if !slices.ContainsFunc(in.Tasks, func(task string) bool { return task[strings.LastIndex(task, "/")+1:] == id }) {
				continue
			}
			task, err := r.describeTask(c, &service, id, n)
			if err != nil {
				return nil, err
			}
			found = append(found, task)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	return c.jsonReply(map[string]any{"tasks": found, "failures": []any{}})
}

func (r *ecsRule) describeTask(c *call, s *runningService, id string, n int) (map[string]any, error) {
	var out struct {
		TaskDefinition struct {
			CPU, Memory          string
			ContainerDefinitions []struct {
				Name, Image string
				Essential   bool
				HealthCheck any
			}
		}
	}
	if err := r.upstream.json(c, "DescribeTaskDefinition", map[string]any{"taskDefinition": s.TaskDefinition}, &out); err != nil {
		return nil, err
	}
	arn, eni := s.arn(id), "eni-"+id[:15]+id[30:]
	health := "UNKNOWN"
	containers := []any{}
	for _, one := range out.TaskDefinition.ContainerDefinitions {
		container := map[string]any{
			"containerArn": strings.Replace(arn, ":task/", ":container/", 1) + "/" + one.Name, "taskArn": arn, "name": one.Name, "image": one.Image,
			"runtimeId": id + "-" + one.Name, "lastStatus": "STOPPED", "exitCode": 0, "healthStatus": "UNKNOWN", "networkInterfaces": []any{},
		}
		if one.Essential {
			container["lastStatus"] = "RUNNING"
			delete(container, "exitCode")
		}
		if one.HealthCheck != nil {
			container["healthStatus"], health = "HEALTHY", "HEALTHY"
		}
		if s.EnableExecuteCommand && one.Essential {
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
	r.tasks.mu.Lock()
	defer r.tasks.mu.Unlock()
	r.tasks.addresses[eni] = fmt.Sprintf("127.0.0.%d", n+1)
	return map[string]any{
		"taskArn": arn, "clusterArn": s.ClusterArn, "taskDefinitionArn": s.TaskDefinition, "group": "service:" + s.ServiceName, "startedBy": startedBy,
		"desiredStatus": "RUNNING", "lastStatus": "RUNNING", "healthStatus": health, "launchType": "FARGATE", "containers": containers,
		"cpu": out.TaskDefinition.CPU, "memory": out.TaskDefinition.Memory, "enableExecuteCommand": s.EnableExecuteCommand,
		"attachments": []any{map[string]any{"id": id, "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": []any{
			map[string]any{"name": "networkInterfaceId", "value": eni},
		}}},
	}, nil
}

// describeInterface answers EC2's question for the network interface of a task, nil for any other.
func (s *serviceTasks) describeInterface(c *call) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	eni := params(c.form).text("NetworkInterfaceId.1", "")
	address, ours := s.addresses[eni]
	if !ours {
		return nil
	}
	return &reply{status: http.StatusOK, contentType: "text/xml", body: []byte(
		`<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>` + requestID + `</requestId><networkInterfaceSet><item>` +
			`<networkInterfaceId>` + eni + `</networkInterfaceId><status>in-use</status><association><publicIp>` + address + `</publicIp></association>` +
			`</item></networkInterfaceSet></DescribeNetworkInterfacesResponse>`)}
}
