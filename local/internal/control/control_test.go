//go:build unix

package control

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim/moto"
)

const (
	repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app"
	parameters = "arn:aws:ssm:eu-central-1:123456789012:parameter"
	trust      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},
"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`
	grants = `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":["*"]},
{"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],
 "Resource":["arn:aws:ecr:eu-central-1:123456789012:repository/app"]},
{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/app:*"]},
{"Effect":"Allow","Action":["ssm:GetParameters"],"Resource":["` + parameters + `/app/url","` + parameters + `/app/gone"]}]}`
)

// account is an AWS with a service app in a cluster app, made of a few parts that a test may change before.
type account struct {
	*Client
	trust, grants string
	definition    ecs.RegisterTaskDefinitionInput
}

func startMoto(t *testing.T) string {
	t.Helper()
	server, err := moto.Start(t.Context(), filepath.Join(t.TempDir(), "moto.log"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	return server.URL().String()
}

func newAccount(t *testing.T, endpoint string) *account {
	t.Helper()
	reset, err := http.Post(endpoint+"/moto-api/reset", "", nil)
	require.NoError(t, err)
	require.NoError(t, reset.Body.Close())
	return &account{
		Client: New(endpoint, "eu-central-1"), trust: trust, grants: grants,
		definition: ecs.RegisterTaskDefinitionInput{
			Family: aws.String("app"), Cpu: aws.String("256"), Memory: aws.String("512"),
			NetworkMode: types.NetworkModeAwsvpc, RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
			ExecutionRoleArn: aws.String("arn:aws:iam::123456789012:role/app-execution"),
			TaskRoleArn:      aws.String("arn:aws:iam::123456789012:role/app-execution"),
			Volumes:          []types.Volume{{Name: aws.String("shared")}},
			ContainerDefinitions: []types.ContainerDefinition{{
				Name: aws.String("app"), Image: aws.String(repository + ":v1"), Essential: aws.Bool(true),
				Environment: []types.KeyValuePair{{Name: aws.String("PORT"), Value: aws.String("3000")}},
				Secrets:     []types.Secret{{Name: aws.String("URL"), ValueFrom: aws.String(parameters + "/app/url")}},
				LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
					"awslogs-group": "/ecs/app", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "ecs"}},
			}},
		},
	}
}

func (a *account) create(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	_, err := a.iam.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String("app-execution"), AssumeRolePolicyDocument: &a.trust})
	require.NoError(t, err)
	_, err = a.iam.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: aws.String("app-execution"), PolicyName: aws.String("own"), PolicyDocument: &a.grants})
	require.NoError(t, err)
	a.put(t, "/app/url", "value-of-the-url", "")
	_, err = a.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("app")})
	require.NoError(t, err)
	a.deploy(t)
	_, err = a.ecs.CreateService(ctx, &ecs.CreateServiceInput{Cluster: aws.String("app"), ServiceName: aws.String("app"),
		TaskDefinition: aws.String("app"), DesiredCount: aws.Int32(2)})
	require.NoError(t, err)
}

func (a *account) deploy(t *testing.T) {
	t.Helper()
	_, err := a.ecs.RegisterTaskDefinition(t.Context(), &a.definition)
	require.NoError(t, err)
}

func (a *account) put(t *testing.T, name, value, key string) {
	t.Helper()
	in := &ssm.PutParameterInput{Name: &name, Value: &value, Type: ssmtypes.ParameterTypeSecureString}
	if key != "" {
		in.KeyId = &key
	}
	_, err := a.ssm.PutParameter(t.Context(), in)
	require.NoError(t, err)
}

func TestADeploymentIsWhatTheAPITells(t *testing.T) {
	a := newAccount(t, startMoto(t))
	a.create(t)
	d, err := a.Read(context.Background(), "app", "app")
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:task-definition/app:1", d.TaskDefinition)
	assert.Equal(t, 2, d.DesiredCount)
	assert.Equal(t, []string{"shared"}, d.Volumes)
	assert.Equal(t, []string{repository + ":v1"}, d.Images)
	assert.Equal(t, map[string]map[string]string{"app": {"URL": "value-of-the-url"}}, d.Secrets)
	var containers []map[string]any
	require.NoError(t, json.Unmarshal(d.Containers, &containers))
	require.Len(t, containers, 1)
	delete(containers[0], "mountPoints")
	assert.Equal(t, map[string]any{
		"name": "app", "image": repository + ":v1", "essential": true,
		"environment": []any{map[string]any{"name": "PORT", "value": "3000"}},
		"secrets":     []any{map[string]any{"name": "URL", "valueFrom": parameters + "/app/url"}},
		"logConfiguration": map[string]any{"logDriver": "awslogs", "options": map[string]any{
			"awslogs-group": "/ecs/app", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "ecs"}},
	}, containers[0], "in the API's own spelling, without what is not set")

	_, err = a.Read(context.Background(), "app", "other")
	require.ErrorContains(t, err, "there is no service other in cluster app")
}

func TestATaskThatECSCouldNotStartIsAnErrorThatSaysWhy(t *testing.T) {
	endpoint := startMoto(t)
	for _, c := range []struct {
		name   string
		change func(*account)
		then   func(*testing.T, *account)
		want   []string
	}{
		{"the role trusts nobody that runs tasks", func(a *account) {
			a.trust = strings.ReplaceAll(trust, "ecs-tasks", "ec2")
		}, nil, []string{"ResourceInitializationError: the role app-execution does not trust ecs-tasks.amazonaws.com"}},
		{"the role trusts another account's tasks", func(a *account) {
			a.trust = strings.ReplaceAll(trust, "123456789012", "210987654321")
		}, nil, []string{"ResourceInitializationError: the role app-execution does not trust ecs-tasks.amazonaws.com"}},
		{"the role may read other parameters", func(a *account) {
			a.grants = strings.ReplaceAll(grants, "/app/", "/other/")
		}, nil, []string{"container app cannot get its secret URL", "the role app-execution may not ssm:GetParameters on " + parameters + "/app/url"}},
		{"the role may pull another image and write another log, and both are said", func(a *account) {
			a.grants = strings.NewReplacer("repository/app", "repository/other", "/ecs/app", "/ecs/other").Replace(grants)
		}, nil, []string{"CannotPullContainerError: " + repository + ":v1", "may not ecr:BatchGetImage on", "container app cannot log", "may not logs:PutLogEvents on"}},
		{"a parameter is missing", func(a *account) {
			a.definition.ContainerDefinitions[0].Secrets[0].ValueFrom = aws.String(parameters + "/app/gone")
		}, nil, []string{"container app cannot get its secret URL: there is no parameter /app/gone"}},
		{"a parameter is under a key that the role may not use", nil, func(t *testing.T, a *account) {
			_, err := a.ssm.DeleteParameter(t.Context(), &ssm.DeleteParameterInput{Name: aws.String("/app/url")})
			require.NoError(t, err)
			a.put(t, "/app/url", "value-of-the-url", "alias/mine")
		}, []string{"container app cannot get its secret URL", "may not kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:alias/mine"}},
		{"the role is gone", func(a *account) {
			a.definition.ExecutionRoleArn = aws.String("arn:aws:iam::123456789012:role/gone")
		}, nil, []string{"ResourceInitializationError: ECS cannot assume the role gone"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t, endpoint)
			if c.change != nil {
				c.change(a)
			}
			a.create(t)
			if c.then != nil {
				c.then(t, a)
			}
			_, err := a.Read(context.Background(), "app", "app")
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "value-of-the-url")
		})
	}
}
