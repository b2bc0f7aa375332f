package shim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// history is what ECS remembers of the deployments of its services, which moto does not. A deployment that moto accepts
// has succeeded. Source of calls and answers: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
type history struct {
	mu          sync.Mutex
	deployments []serviceDeployment // the oldest first
}

type serviceDeployment struct {
	service    string // ARN
	definition string
	images     []containerImage
	at         time.Time
}

// containerImage is an image with the digest that its tag meant when it was deployed.
type containerImage struct {
	ContainerName string `json:"containerName"`
	Image         string `json:"image"`
	ImageDigest   string `json:"imageDigest,omitempty"`
}

func (h *history) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deployments = nil
}

// deployed notes a deployment that a call has begun: of a new service, of another task definition, or by force.
func (r *ecsRule) deployed(c *call, answer *reply) error {
	var in struct {
		TaskDefinition     string
		ForceNewDeployment bool
	}
	var out struct{ Service runningService }
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := decodeJSON(answer.body, &out); err != nil {
		return fmt.Errorf("read the service: %w", err)
	}
	if in.TaskDefinition == "" && !in.ForceNewDeployment {
		return nil
	}
	images, err := r.images(c, &out.Service)
	if err != nil {
		return err
	}
	r.history.mu.Lock()
	defer r.history.mu.Unlock()
	r.history.deployments = append(r.history.deployments, serviceDeployment{
		service: out.Service.ServiceArn, definition: out.Service.TaskDefinition, images: images, at: time.Now(),
	})
	return nil
}

// images finds out what the tags of a service's images mean now, when it has tasks.
func (r *ecsRule) images(c *call, s *runningService) ([]containerImage, error) {
	var out struct {
		TaskDefinition struct {
			ContainerDefinitions []struct{ Name, Image string }
		}
	}
	if err := r.upstream.json(c, "DescribeTaskDefinition", map[string]any{"taskDefinition": s.TaskDefinition}, &out); err != nil {
		return nil, err
	}
	var images []containerImage
	for _, one := range out.TaskDefinition.ContainerDefinitions {
		image := containerImage{ContainerName: one.Name, Image: one.Image}
		if s.RunningCount > 0 {
			var err error
			if image.ImageDigest, err = r.digest(c, one.Image); err != nil {
				return nil, err
			}
		}
		images = append(images, image)
	}
	return images, nil
}

// digest asks ECR for the digest of an image, "" when it has none of the name.
func (r *ecsRule) digest(c *call, image string) (string, error) {
	_, path, _ := strings.Cut(image, "/")
	if _, digest, ok := strings.Cut(path, "@"); ok {
		return digest, nil
	}
	repository, tag, _ := strings.Cut(path, ":")
	in := map[string]any{"repositoryName": repository, "imageIds": []any{map[string]any{"imageTag": tag}}}
	var out struct {
		ImageDetails []struct{ ImageDigest string }
	}
	known, err := r.upstream.jsonOf(c, "ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeImages", in, &out)
	if err != nil || !known || len(out.ImageDetails) == 0 {
		return "", err
	}
	return out.ImageDetails[0].ImageDigest, nil
}

func (d *serviceDeployment) arn(kind string, n int) string {
	return fmt.Sprintf("%s/%d", strings.Replace(d.service, ":service/", ":"+kind+"/", 1), n)
}

// list answers ListServiceDeployments, the newest first.
func (h *history) list(c *call) (*reply, error) {
	var in struct {
		Cluster, Service string
		Status           []string
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []any{}
	for n, one := range slices.Backward(h.deployments) {
		mine := one.service == in.Service || strings.HasSuffix(one.service, "/"+in.Cluster[strings.LastIndex(in.Cluster, "/")+1:]+"/"+in.Service)
		if !mine || len(in.Status) > 0 && !slices.Contains(in.Status, "SUCCESSFUL") {
			continue
		}
		list = append(list, map[string]any{
			"serviceDeploymentArn": one.arn("service-deployment", n), "serviceArn": one.service, "status": "SUCCESSFUL",
			"targetServiceRevisionArn": one.arn("service-revision", n),
			"createdAt":                one.at.Unix(), "startedAt": one.at.Unix(), "finishedAt": one.at.Unix(),
		})
	}
	return c.jsonReply(map[string]any{"serviceDeployments": list})
}

// describe answers DescribeServiceRevisions.
func (h *history) describe(c *call) (*reply, error) {
	var in struct{ ServiceRevisionArns []string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.ServiceRevisionArns) > 20 {
		return nil, badRequest("InvalidParameterException", "Too many service revisions.")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []any{}
	for n, one := range h.deployments {
		if arn := one.arn("service-revision", n); slices.Contains(in.ServiceRevisionArns, arn) {
			list = append(list, map[string]any{
				"serviceRevisionArn": arn, "serviceArn": one.service, "taskDefinition": one.definition, "containerImages": one.images,
				"createdAt": one.at.Unix(),
			})
		}
	}
	return c.jsonReply(map[string]any{"serviceRevisions": list, "failures": []any{}})
}
