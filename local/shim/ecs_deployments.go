package shim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// serviceDeployment is a deployment of a service. ECS remembers deployments, moto does not. All of them have succeeded.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
type serviceDeployment struct {
	service        string // ARN
	taskDefinition string
	images         []containerImage
	at             time.Time
}

// containerImage is an image with the digest that its tag had at the deployment.
type containerImage struct {
	ContainerName string `json:"containerName"`
	Image         string `json:"image"`
	ImageDigest   string `json:"imageDigest,omitempty"`
}

// recordDeployment keeps the deployment that a call starts: of a new service, of another task definition, or by force.
func (a *account) recordDeployment(c *call, answer *reply) error {
	var in struct {
		TaskDefinition     string
		ForceNewDeployment bool
	}
	var out struct{ Service ecsService }
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.TaskDefinition == "" && !in.ForceNewDeployment {
		return nil
	}
	if err := decodeJSON(answer.body, &out); err != nil {
		return fmt.Errorf("read the service: %w", err)
	}
	images, err := a.deployedImages(c, out.Service)
	if err != nil {
		return err
	}
	a.deployments = append(a.deployments, serviceDeployment{
		service: out.Service.ServiceArn, taskDefinition: out.Service.TaskDefinition, images: images, at: time.Now(),
	})
	return nil
}

// deployedImages returns the images of a service. Their digests are known if it has tasks, which pulled them.
func (a *account) deployedImages(c *call, s ecsService) ([]containerImage, error) {
	definition, err := a.taskDefinition(c, s.TaskDefinition)
	if err != nil {
		return nil, err
	}
	var images []containerImage
	for _, container := range definition.ContainerDefinitions {
		image := containerImage{ContainerName: container.Name, Image: container.Image}
		if s.RunningCount > 0 {
			if image.ImageDigest, err = a.imageDigest(c, container.Image); err != nil {
				return nil, err
			}
		}
		images = append(images, image)
	}
	return images, nil
}

// imageDigest asks ECR for the digest of an image. It is "" if ECR does not have the image.
func (a *account) imageDigest(c *call, image string) (string, error) {
	_, path, _ := strings.Cut(image, "/")
	if _, digest, ok := strings.Cut(path, "@"); ok {
		return digest, nil
	}
	repository, tag, _ := strings.Cut(path, ":")
	in := map[string]any{"repositoryName": repository, "imageIds": []any{map[string]any{"imageTag": tag}}}
	var out struct {
		ImageDetails []struct{ ImageDigest string }
	}
	err := a.upstream.jsonOf(c, "ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeImages", in, &out)
	if errors.Is(err, errRefused) || err == nil && len(out.ImageDetails) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return out.ImageDetails[0].ImageDigest, nil
}

func (d *serviceDeployment) arn(kind string, n int) string {
	return fmt.Sprintf("%s/%d", strings.Replace(d.service, ":service/", ":"+kind+"/", 1), n)
}

type deploymentsInput struct {
	Cluster, Service string
	Status           []string
}

// listDeployments answers ListServiceDeployments, the newest first.
func (a *account) listDeployments(_ *call, in deploymentsInput) (any, error) {
	path := "/" + in.Cluster[strings.LastIndex(in.Cluster, "/")+1:] + "/" + in.Service
	list := []any{}
	for n, d := range slices.Backward(a.deployments) {
		named := d.service == in.Service || strings.HasSuffix(d.service, path)
		if !named || len(in.Status) > 0 && !slices.Contains(in.Status, "SUCCESSFUL") {
			continue
		}
		list = append(list, map[string]any{
			"serviceDeploymentArn": d.arn("service-deployment", n), "serviceArn": d.service, "status": "SUCCESSFUL",
			"targetServiceRevisionArn": d.arn("service-revision", n),
			"createdAt":                d.at.Unix(), "startedAt": d.at.Unix(), "finishedAt": d.at.Unix(),
		})
	}
	return map[string]any{"serviceDeployments": list}, nil
}

// describeRevisions answers DescribeServiceRevisions.
func (a *account) describeRevisions(_ *call, in struct{ ServiceRevisionArns []string }) (any, error) {
	if len(in.ServiceRevisionArns) > 20 {
		return nil, badRequest("InvalidParameterException", "Too many service revisions.")
	}
	list := []any{}
	for n, d := range a.deployments {
		if arn := d.arn("service-revision", n); slices.Contains(in.ServiceRevisionArns, arn) {
			list = append(list, map[string]any{
				"serviceRevisionArn": arn, "serviceArn": d.service, "taskDefinition": d.taskDefinition,
				"containerImages": d.images, "createdAt": d.at.Unix(),
			})
		}
	}
	return map[string]any{"serviceRevisions": list, "failures": []any{}}, nil
}

// settleServices reports the current deployment of every service as completed. moto's deployments stay as they were at
// the creation of the service.
func (a *account) settleServices(_ *call, answer *reply) error {
	return answer.editJSON(func(out map[string]any) error {
		services, _ := out["services"].([]any)
		if service, ok := out["service"]; ok {
			services = []any{service}
		}
		for _, item := range services {
			if service, ok := item.(map[string]any); ok {
				a.spot.apply(service)
				settle(service)
			}
		}
		return nil
	})
}

// followed are the settings of a service that its deployment has, too.
var followed = []string{"taskDefinition", "desiredCount", "runningCount", "pendingCount", "networkConfiguration"}

func settle(service map[string]any) {
	strategy, _ := service["capacityProviderStrategy"].([]any)
	if len(strategy) > 0 {
		delete(service, "launchType") // a service has either; moto falls back to EC2
	}
	if balancers, _ := service["loadBalancers"].([]any); len(balancers) == 0 {
		delete(service, "healthCheckGracePeriodSeconds")
	}
	deployments, _ := service["deployments"].([]any)
	for _, item := range deployments {
		deployment, ok := item.(map[string]any)
		if !ok {
			continue
		}
		for _, key := range followed {
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

// hideDeletedClusters removes deleted clusters from a list. Like AWS, moto can describe them for a while, but AWS does
// not list them.
func (a *account) hideDeletedClusters(c *call, answer *reply) error {
	return answer.editJSON(func(list map[string]any) error {
		var out struct {
			Clusters []struct{ ClusterArn, Status string }
		}
		err := a.upstream.json(c, "DescribeClusters", map[string]any{"clusters": list["clusterArns"]}, &out)
		active := []string{}
		for _, cluster := range out.Clusters {
			if cluster.Status != "INACTIVE" {
				active = append(active, cluster.ClusterArn)
			}
		}
		list["clusterArns"] = active
		return err
	})
}
