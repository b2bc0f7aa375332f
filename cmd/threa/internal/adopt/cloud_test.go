package adopt

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/ownerrecord"
)

const (
	caller   = "arn:aws:iam::123456789012:user/bo"
	password = "correct:horse"
	digest   = "sha256:0123"
	image    = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa:latest"
)

// cloud answers each call, such as "rds:DescribeDBInstances", with what a test has put there, and has nothing of what
// the test does not name.
type cloud struct {
	answers map[string]string
	calls   []string // that change something, with their parameters
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	service := strings.Split(r.Header.Get("Authorization"), "/")[3]
	action := r.Header.Get("X-Amz-Target")
	action = action[strings.LastIndex(action, ".")+1:]
	form, _ := url.ParseQuery(string(body))
	if action == "" {
		action = form.Get("Action")
	}
	if !strings.HasPrefix(action, "Describe") && !strings.HasPrefix(action, "Get") && !strings.HasPrefix(action, "List") {
		c.calls = append(c.calls, service+":"+action+" "+string(body))
	}
	var named struct{ Name string }
	_ = json.Unmarshal(body, &named) // only calls of SSM have a name
	answer, known := c.answers[service+":"+action+" "+named.Name]
	if !known {
		answer, known = c.answers[service+":"+action]
	}
	code, failed := strings.CutPrefix(answer, "error ")
	if !known && strings.HasPrefix(action, "List") {
		answer, known = "<R/>", true
	}
	if !known {
		code, failed = "ThingNotFound", true
	}
	if failed {
		w.WriteHeader(http.StatusBadRequest)
		answer = fmt.Sprintf(`{"__type": %q, "message": "not authorized to perform: %s:%s"}`, code, service, action)
		if form.Get("Action") != "" {
			answer = "<ErrorResponse><Error><Code>" + code + "</Code></Error></ErrorResponse>"
		}
	}
	_, _ = io.WriteString(w, answer)
}

// terraformed is an account with a deployment of the Terraform program.
func terraformed() *cloud {
	return &cloud{answers: map[string]string{
		"sts:GetCallerIdentity": "<R><GetCallerIdentityResult><Account>123456789012</Account><Arn>" + caller +
			"</Arn></GetCallerIdentityResult></R>",
		"rds:DescribeDBInstances": `<R><DescribeDBInstancesResult><DBInstances><DBInstance>
			<DBInstanceIdentifier>threa</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>
			<DbiResourceId>db-ABC</DbiResourceId><EngineVersion>16.10</EngineVersion><DBName>threa</DBName>
			<MasterUsername>threa</MasterUsername><DBInstanceClass>db.t4g.small</DBInstanceClass>
			<AllocatedStorage>20</AllocatedStorage><MaxAllocatedStorage>100</MaxAllocatedStorage>
			<BackupRetentionPeriod>7</BackupRetentionPeriod><PreferredBackupWindow>03:00-04:00</PreferredBackupWindow>
			<PreferredMaintenanceWindow>Mon:04:00-Mon:05:00</PreferredMaintenanceWindow><MultiAZ>false</MultiAZ>
			<DBSubnetGroup><VpcId>vpc-1</VpcId></DBSubnetGroup><Endpoint><Address>db.example.com</Address></Endpoint>
			<TagList><Tag><Key>ManagedBy</Key><Value>terraform</Value></Tag></TagList>
			</DBInstance></DBInstances></DescribeDBInstancesResult></R>`,
		"ec2:DescribeVpcs": `<R><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>172.31.0.0/16</cidrBlock>
			<isDefault>true</isDefault></item></vpcSet></R>`,
		"ec2:DescribeSecurityGroups":     `<R><groups><item><groupId>sg-1</groupId></item></groups></R>`,
		"ec2:DescribeSecurityGroupRules": `<R/>`,
		"ecs:DescribeServices": `{"services": [{"status": "ACTIVE", "desiredCount": 2, "taskDefinition": "threa:1",
			"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}]}`,
		"ecs:DescribeTaskDefinition": `{"taskDefinition": {"taskDefinitionArn": "threa:1", "cpu": "512", "memory": "1024",
			"containerDefinitions": [{"name": "threa", "image": "` + image + `", "portMappings": [{"containerPort": 3000}],
			"environment": [{"name": "PORT", "value": "3000"}, {"name": "LOG_LEVEL", "value": "debug"},
				{"name": "STRIPE_KEY", "value": "sk_live"}],
			"secrets": [{"name": "DATABASE_URL", "valueFrom": "arn:aws:ssm:r:1:parameter/threa/database-url"},
				{"name": "WORKOS_API_KEY", "valueFrom": "arn:aws:ssm:r:1:parameter/threa/workos-api-key"},
				{"name": "OTHER", "valueFrom": "arn:aws:secretsmanager:r:1:secret:other"}]}]}}`,
		"ecs:ListTasks": `{"taskArns": ["task"]}`,
		"ecs:DescribeTasks": `{"tasks": [{"taskDefinitionArn": "threa:1",
			"containers": [{"name": "threa", "imageDigest": "` + digest + `"}]}]}`,
		"elasticache:DescribeCacheClusters": `<R><DescribeCacheClustersResult><CacheClusters><CacheCluster>
			<CacheClusterId>threa</CacheClusterId><CacheNodeType>cache.t4g.micro</CacheNodeType>
			</CacheCluster></CacheClusters></DescribeCacheClustersResult></R>`,
		"logs:DescribeLogGroups":               `{"logGroups": [{"logGroupName": "/ecs/threa", "retentionInDays": 30}]}`,
		"ssm:GetParameter /threa/database-url": parameter("postgresql://threa:" + password + "@db.example.com:5432/threa"),
		"ssm:PutParameter":                     `{}`,
		"iam:GetRole":                          `<R/>`,
	}}
}

// parameter is the answer of SSM with a value.
func parameter(value string) string {
	text, err := json.Marshal(map[string]any{"Parameter": map[string]string{"Value": value}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// withRecord puts an owner record into the account.
func (c *cloud) withRecord(record ownerrecord.Record) *cloud {
	c.answers["ssm:GetParameter /threa/stack"] = parameter(record.String())
	return c
}

// run adopts the deployment and returns what it printed.
func run(t *testing.T, p *pulumi, c *cloud, options Options) (string, error) {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	var printed strings.Builder
	a := &Adoption{
		Pulumi: p.command,
		Settings: aws.Config{Region: "eu-central-1", BaseEndpoint: &server.URL,
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")},
		Print:   func(format string, values ...any) { fmt.Fprintf(&printed, format+"\n", values...) },
		Approve: func(question string) bool { printed.WriteString(question + "\n"); return true },
		Options: options,
	}
	err := a.Run(t.Context())
	text := printed.String() + fmt.Sprint(err)
	for _, secret := range []string{password, "sk_live"} {
		require.NotContains(t, text, secret, "secrets are never printed")
	}
	return printed.String(), err
}
