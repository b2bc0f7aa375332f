package policy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// properties returns the properties of a resource of a template, as JSON.
func properties(t *testing.T, list []Resource, id string) string {
	t.Helper()
	template, err := Write(list)
	require.NoError(t, err)
	require.Contains(t, template.Resources, id)
	text, err := json.Marshal(template.Resources[id].Properties)
	require.NoError(t, err)
	return string(text)
}

func TestWrite_NamesAndValues(t *testing.T) {
	list := []Resource{
		{Type: "aws:cloudwatch/metricAlarm:MetricAlarm", Name: "cpu-high", Inputs: map[string]any{
			"name": "a", "okActions": []any{"b"}, "dimensions": map[string]any{"Y": "2", "X": "1"},
			"tags": map[string]any{"Project": "threa"},
		}},
		{Type: "aws:ecs/service:Service", Name: "service", Inputs: map[string]any{
			"deploymentMaximumPercent": 200, "deploymentCircuitBreaker": map[string]any{"enable": true},
			"networkConfiguration": map[string]any{"assignPublicIp": true, "subnets": []any{"subnet-1"}},
		}},
		{Type: "aws:ecs/taskDefinition:TaskDefinition", Name: "task", Inputs: map[string]any{
			"family": "threa", "containerDefinitions": `[{"name": "app", "dockerLabels": {"a.b": "1"},
				"portMappings": [{"containerPort": 3000}],
				"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/threa"}}}]`,
		}},
		{Type: "aws:rds/parameterGroup:ParameterGroup", Name: "parameters", Inputs: map[string]any{
			"parameters": []any{map[string]any{"applyMethod": "pending-reboot", "name": "a", "value": "1"}},
		}},
		{Type: "aws:lb/loadBalancer:LoadBalancer", Name: "balancer", Inputs: map[string]any{
			"internal": false, "idleTimeout": 60,
		}},
		{Type: "aws:s3/bucketVersioningV2:BucketVersioningV2", Name: "versions", Inputs: map[string]any{
			"bucket": "a", "versioningConfiguration": map[string]any{"status": "Enabled"},
		}},
		{Type: "aws:s3/bucketV2:BucketV2", Name: "state", Inputs: map[string]any{"bucket": "a", "forceDestroy": true}},
	}
	for id, want := range map[string]string{
		"CpuHighMetricAlarm": `{"AlarmName": "a", "OKActions": ["b"], "Tags": [{"Key": "Project", "Value": "threa"}],
			"Dimensions": [{"Name": "X", "Value": "1"}, {"Name": "Y", "Value": "2"}]}`,
		"ServiceService": `{
			"DeploymentConfiguration": {"MaximumPercent": 200, "DeploymentCircuitBreaker": {"Enable": true}},
			"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": ["subnet-1"]}}}`,
		"TaskTaskDefinition": `{"Family": "threa", "ContainerDefinitions": [{
			"Name": "app", "DockerLabels": {"a.b": "1"}, "PortMappings": [{"ContainerPort": 3000}],
			"LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/ecs/threa"}}}]}`,
		"ParametersParameterGroup": `{"Parameters": {"a": "1"}}`,
		"StateBucketV2":            `{"BucketName": "a", "VersioningConfiguration": {"Status": "Enabled"}}`,
		"BalancerLoadBalancer": `{"Scheme": "internet-facing",
			"LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "60"}]}`,
	} {
		assert.JSONEq(t, want, properties(t, list, id))
	}
}

func TestWrite_References(t *testing.T) {
	list := []Resource{
		{Type: "aws:ec2/subnet:Subnet", Name: "public-a", ID: "subnet-1", Inputs: map[string]any{"vpcId": "vpc-1"}},
		{
			Type: "aws:ec2/routeTableAssociation:RouteTableAssociation", Name: "public-a",
			Inputs: map[string]any{"subnetId": "subnet-1"},
		},
		{Type: "aws:ec2/vpc:Vpc", Name: "vpc", ID: "vpc-1"},
		{Type: "aws:iam/role:Role", Name: "task", ARN: "arn:role"},
		{Type: "aws:ecs/taskDefinition:TaskDefinition", Name: "task", ARN: "arn:task", Inputs: map[string]any{
			"taskRoleArn": "arn:role",
		}},
		{Type: "aws:ecs/service:Service", Name: "service", Inputs: map[string]any{"taskDefinition": "arn:task"}},
	}
	for id, want := range map[string]string{
		"PublicASubnet":                `{"VpcId": {"Ref": "VpcVpc"}}`,
		"PublicARouteTableAssociation": `{"SubnetId": {"Ref": "PublicASubnet"}}`,
		"TaskTaskDefinition":           `{"TaskRoleArn": {"Fn::GetAtt": ["TaskRole", "Arn"]}}`,
		"ServiceService":               `{"TaskDefinition": {"Ref": "TaskTaskDefinition"}}`,
	} {
		assert.JSONEq(t, want, properties(t, list, id))
	}
}

func TestWrite_ReportsEveryProblem(t *testing.T) {
	_, err := Write([]Resource{
		{Type: "aws:s3/bucket:Bucket", Name: "images"},
		{Type: "aws:ssm/parameter:Parameter", Name: "omitted"},
		{Type: "aws:iam/role:Role", Name: "task", Inputs: map[string]any{"assumeRolePolicy": "{"}},
		{Type: "aws:ecs/service:Service", Name: "service", Inputs: map[string]any{"networkConfiguration": map[string]any{}}},
		{Type: "aws:ec2/vpc:Vpc", Name: "vpc"},
		{Type: "aws:ec2/vpc:Vpc", Name: "vpc"},
	})
	require.Error(t, err)
	for _, part := range []string{
		"aws:s3/bucket:Bucket images: its row in internal/resources has no CloudFormation type",
		"aws:iam/role:Role task: assumeRolePolicy: parse JSON",
		"aws:ecs/service:Service service: networkConfiguration", "aws:ec2/vpc:Vpc vpc: another resource has the id VpcVpc",
	} {
		assert.ErrorContains(t, err, part)
	}
	assert.NotContains(t, err.Error(), "omitted")
}
