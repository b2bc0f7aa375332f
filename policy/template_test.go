package policy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// properties are those of one resource of a template, as JSON.
func properties(t *testing.T, resources []Resource, id string) string {
	t.Helper()
	template, err := Write(resources)
	require.NoError(t, err)
	require.Contains(t, template.Resources, id)
	text, err := json.Marshal(template.Resources[id].Properties)
	require.NoError(t, err)
	return string(text)
}

func TestNamesAndValuesBecomeThoseOfCloudFormation(t *testing.T) {
	resources := []Resource{
		{"aws:cloudwatch/metricAlarm:MetricAlarm", "cpu-high", map[string]any{
			"name": "a", "okActions": []any{"b"}, "dimensions": map[string]any{"Y": "2", "X": "1"}, "tags": map[string]any{"Project": "threa"},
		}},
		{"aws:ecs/service:Service", "service", map[string]any{
			"deploymentMaximumPercent": 200, "deploymentCircuitBreaker": map[string]any{"enable": true}, "triggers": map[string]any{"A": 1},
			"networkConfiguration": map[string]any{"assignPublicIp": true, "subnets": []any{"subnet-1"}},
		}},
		{"aws:ecs/taskDefinition:TaskDefinition", "task", map[string]any{"family": "threa", "containerDefinitions": `[{"name": "app",
			"portMappings": [{"containerPort": 3000}], "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/threa"}}}]`}},
		{"aws:rds/parameterGroup:ParameterGroup", "parameters", map[string]any{
			"parameters": []any{map[string]any{"applyMethod": "pending-reboot", "name": "a", "value": "1"}},
		}},
	}
	for id, want := range map[string]string{
		"CpuHighMetricAlarm": `{"AlarmName": "a", "OKActions": ["b"], "Tags": [{"Key": "Project", "Value": "threa"}],
			"Dimensions": [{"Name": "X", "Value": "1"}, {"Name": "Y", "Value": "2"}]}`,
		"ServiceService": `{"DeploymentConfiguration": {"MaximumPercent": 200, "DeploymentCircuitBreaker": {"Enable": true}},
			"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": ["subnet-1"]}}}`,
		"TaskTaskDefinition": `{"Family": "threa", "ContainerDefinitions": [{"Name": "app", "PortMappings": [{"ContainerPort": 3000}],
			"LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/ecs/threa"}}}]}`,
		"ParametersParameterGroup": `{"Parameters": {"a": "1"}}`,
	} {
		assert.JSONEq(t, want, properties(t, resources, id))
	}
}

func TestAResourceIsReferredToByItsLogicalID(t *testing.T) {
	resources := []Resource{
		{"aws:ec2/subnet:Subnet", "public-a", map[string]any{"vpcId": "vpc-id"}},
		{"aws:ec2/routeTableAssociation:RouteTableAssociation", "public-a", map[string]any{"subnetId": "public-a-id"}},
		{"aws:ec2/vpc:Vpc", "vpc", nil},
		{"aws:iam/role:Role", "task", map[string]any{"name": "threa-task", "assumeRolePolicy": "{}"}},
		{"aws:ecs/taskDefinition:TaskDefinition", "task", map[string]any{"family": "threa", "taskRoleArn": "arn:aws:iam::123456789012:role/threa-task"}},
		{"aws:ecs/service:Service", "service", map[string]any{"taskDefinition": "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:1"}},
	}
	for id, want := range map[string]string{
		"PublicASubnet":                `{"VpcId": {"Ref": "VpcVpc"}}`,
		"PublicARouteTableAssociation": `{"SubnetId": {"Ref": "PublicASubnet"}}`,
		"TaskTaskDefinition":           `{"Family": "threa", "TaskRoleArn": {"Fn::GetAtt": ["TaskRole", "Arn"]}}`,
		"ServiceService":               `{"TaskDefinition": {"Ref": "TaskTaskDefinition"}}`,
	} {
		assert.JSONEq(t, want, properties(t, resources, id))
	}
}

func TestWhatCannotBeTranslatedIsReportedAllAtOnce(t *testing.T) {
	_, err := Write([]Resource{
		{"aws:s3/bucket:Bucket", "images", nil},
		{"aws:ssm/parameter:Parameter", "left", nil},
		{"aws:iam/role:Role", "task", map[string]any{"assumeRolePolicy": "{"}},
		{"aws:ecs/service:Service", "service", map[string]any{"networkConfiguration": map[string]any{}}},
		{"aws:ec2/vpc:Vpc", "vpc", nil},
		{"aws:ec2/vpc:Vpc", "vpc", nil},
	})
	require.Error(t, err)
	for _, part := range []string{
		"aws:s3/bucket:Bucket images: no such type", "aws:iam/role:Role task: assumeRolePolicy: read the JSON",
		"aws:ecs/service:Service service: networkConfiguration", "aws:ec2/vpc:Vpc vpc: another resource is called VpcVpc",
	} {
		assert.ErrorContains(t, err, part)
	}
	assert.NotContains(t, err.Error(), "left")
	for token, reason := range Untranslated {
		assert.NotEmpty(t, reason, token)
		assert.NotContains(t, known, token)
	}
}
