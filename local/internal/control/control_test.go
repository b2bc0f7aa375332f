//go:build unix

package control

import (
	"net/http"
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

	"threa-infra/local/shim/moto/mototest"
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

// account is an AWS account with a service app in a cluster app. Tests change its parts before it is created.
type account struct {
	*Client
	trust, grants string
	definition    ecs.RegisterTaskDefinitionInput
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
			TaskRoleArn:      aws.String("arn:aws:iam::123456789012:role/app-task"),
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
	for _, name := range []string{"app-execution", "app-task"} {
		_, err := a.iam.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &a.trust})
		require.NoError(t, err)
	}
	_, err := a.iam.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: aws.String("app-execution"),
		PolicyName: aws.String("own"), PolicyDocument: &a.grants})
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

// ask calls a service for which there is no SDK client here.
func (a *account) ask(t *testing.T, service, action string, parameters map[string]string, answer any) {
	t.Helper()
	require.NoError(t, a.query.Query(t.Context(), service, action, parameters, answer))
}

func TestRead_ReturnsWhatTheServiceRuns(t *testing.T) {
	a := newAccount(t, mototest.Start(t).URL().String())
	a.create(t)
	d, err := a.Read(t.Context(), "app", "app")
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:task-definition/app:1", *d.Task.TaskDefinitionArn)
	assert.EqualValues(t, 2, d.Service.DesiredCount)
	require.Len(t, d.Task.ContainerDefinitions, 1)
	container := d.Task.ContainerDefinitions[0]
	assert.Equal(t, a.definition.ContainerDefinitions[0].Secrets, container.Secrets)
	assert.Equal(t, []types.KeyValuePair{
		{Name: aws.String("PORT"), Value: aws.String("3000")},
		{Name: aws.String("URL"), Value: aws.String("value-of-the-url")},
	}, container.Environment)

	_, err = a.Read(t.Context(), "app", "other")
	require.ErrorContains(t, err, "there is no service other in cluster app")

	policy, err := a.iam.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: aws.String("by-hand"),
		PolicyDocument: &a.grants})
	require.NoError(t, err)
	attach := func(role string) {
		_, err := a.iam.AttachRolePolicy(t.Context(), &awsiam.AttachRolePolicyInput{RoleName: &role,
			PolicyArn: policy.Policy.Arn})
		require.NoError(t, err)
	}
	for _, role := range []string{"app-task", "app-execution"} {
		attach(role)
		_, err = a.Read(t.Context(), "app", "app")
		require.NoError(t, err, "policies that the program does not attach do not count")
	}
}

func TestRead_ReportsWhyTheTaskCannotStart(t *testing.T) {
	endpoint := mototest.Start(t).URL().String()
	for name, test := range map[string]struct {
		change func(*account)
		then   func(*testing.T, *account)
		want   []string
	}{
		"other service trusted": {func(a *account) { a.trust = strings.ReplaceAll(trust, "ecs-tasks", "ec2") }, nil,
			[]string{"ResourceInitializationError: the role app-execution does not trust ecs-tasks.amazonaws.com"}},
		"other account trusted": {func(a *account) { a.trust = strings.ReplaceAll(trust, "123456789012", "210987654321") },
			nil,
			[]string{"ResourceInitializationError: the role app-execution does not trust ecs-tasks.amazonaws.com"}},
		"other parameters allowed": {func(a *account) { a.grants = strings.ReplaceAll(grants, "/app/", "/other/") }, nil,
			[]string{"container app cannot get its secret URL",
				"the role app-execution is not allowed ssm:GetParameters on " + parameters + "/app/url"}},
		"other image and log allowed": {func(a *account) {
			a.grants = strings.NewReplacer("repository/app", "repository/other", "/ecs/app", "/ecs/other").Replace(grants)
		}, nil, []string{"CannotPullContainerError: " + repository + ":v1", "not allowed ecr:BatchGetImage on",
			"container app cannot log", "not allowed logs:PutLogEvents on"}},
		"parameter missing": {func(a *account) {
			a.definition.ContainerDefinitions[0].Secrets[0].ValueFrom = aws.String(parameters + "/app/gone")
		}, nil, []string{"container app cannot get its secret URL: there is no parameter /app/gone"}},
		"key not allowed": {nil, func(t *testing.T, a *account) {
			_, err := a.ssm.DeleteParameter(t.Context(), &ssm.DeleteParameterInput{Name: aws.String("/app/url")})
			require.NoError(t, err)
			a.put(t, "/app/url", "value-of-the-url", "alias/mine")
		}, []string{"container app cannot get its secret URL",
			"not allowed kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:alias/mine"}},
		"role missing": {func(a *account) {
			a.definition.ExecutionRoleArn = aws.String("arn:aws:iam::123456789012:role/gone")
		}, nil, []string{"ResourceInitializationError: ECS cannot assume the role gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, endpoint)
			if test.change != nil {
				test.change(a)
			}
			a.create(t)
			if test.then != nil {
				test.then(t, a)
			}
			_, err := a.Read(t.Context(), "app", "app")
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "value-of-the-url")
		})
	}
}
