package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/offline"
)

// oldPassword is the password of the database that Terraform creates.
const oldPassword = "old-password-1"

// terraformDeployment is a deployment of the former Terraform program (testdata/terraform) in a sandbox.
type terraformDeployment struct {
	*sandbox
	configuration, settings string   // folder and CLI settings of Terraform
	variables               []string // -var options
	before                  string   // the markers of the deployment
}

// newTerraformDeployment starts the local AWS and deploys the Terraform program, an image and a log event. variables
// are settings such as "container_port=3108".
func newTerraformDeployment(t *testing.T, variables ...string) *terraformDeployment {
	t.Helper()
	_, err := exec.LookPath("terraform")
	require.NoError(t, err, "this test needs Terraform 1.0 or later on PATH: "+
		"https://developer.hashicorp.com/terraform/install")
	d := &terraformDeployment{sandbox: newSandbox(t, root), configuration: t.TempDir()}
	require.NoError(t, os.CopyFS(d.configuration, os.DirFS(filepath.Join("testdata", "terraform"))))
	d.settings = writeTerraformSettings(t)
	for _, variable := range append(variables, "db_password="+oldPassword) {
		d.variables = append(d.variables, "-var", variable)
	}
	d.must(t, "preview") // starts the local AWS
	d.runTerraform(t, "apply", "-auto-approve")
	d.push(t, "latest")
	d.shell(t, `set -e
		aws logs create-log-stream --log-group-name /ecs/threa --log-stream-name ecs/threa/1
		aws logs put-log-events --log-group-name /ecs/threa --log-stream-name ecs/threa/1 \
			--log-events "timestamp=$(date +%s)000,message=before-the-adoption"`)
	d.before = d.markers(t)
	d.must(t, "config", "set", "--secret", "dbPassword", oldPassword)
	d.setAppVariables(t)
	return d
}

// writeTerraformSettings writes settings with which Terraform uses the provider of the local AWS without "init".
func writeTerraformSettings(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "threa-infra", "terraform")
	provider, err := offline.FindProvider(dir)
	if err == nil && provider == "" { // Pulumi's own plugin is installed
		provider, err = offline.FetchProvider(t.Context(), dir)
	}
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "terraformrc")
	settings := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"hashicorp/aws\" = %q\n  }\n"+
		"  direct {}\n}\n", filepath.Dir(provider))
	require.NoError(t, os.WriteFile(file, []byte(settings), 0o600))
	return file
}

// runTerraform runs Terraform, requires success and returns its output.
func (d *terraformDeployment) runTerraform(t *testing.T, args ...string) string {
	t.Helper()
	command, rest := args[0], append([]string{"-no-color"}, args[1:]...)
	if command != "state" {
		rest = append(rest, append([]string{"-input=false"}, d.variables...)...)
	} else {
		rest = args[1:]
	}
	return d.shell(t, `config=$1 folder=$2; shift 2; cd "$folder" && TF_CLI_CONFIG_FILE="$config" exec terraform "$@"`,
		append([]string{d.settings, d.configuration, command}, rest...)...)
}

// markers describes what an adoption must keep: identities, creation times, images, log events and the first version
// of each parameter.
func (d *terraformDeployment) markers(t *testing.T) string {
	t.Helper()
	return d.shell(t, `set -e; export AWS_DEFAULT_OUTPUT=json
		aws rds describe-db-instances --db-instance-identifier threa --query 'DBInstances[].[DbiResourceId,
			InstanceCreateTime,Endpoint.Address,MasterUsername,DBName,EngineVersion,StorageEncrypted]'
		aws rds describe-db-subnet-groups --db-subnet-group-name threa --query 'DBSubnetGroups[].[DBSubnetGroupArn,VpcId]'
		aws rds describe-db-parameter-groups --query "DBParameterGroups[?starts_with(DBParameterGroupName, 'threa')].[
			DBParameterGroupName,Description]"
		aws ecr describe-repositories --query 'repositories[].[repositoryArn,createdAt]'
		aws ecr describe-images --repository-name threa --query 'imageDetails[].[imageDigest,imageTags]'
		aws logs describe-log-groups --log-group-name-prefix /ecs/threa \
			--query "logGroups[?logGroupName=='/ecs/threa'].creationTime"
		aws logs filter-log-events --log-group-name /ecs/threa --query 'events[].[message,timestamp]'
		for role in threa-ecs-execution threa-ecs-task; do
			aws iam get-role --role-name $role --query 'Role.[RoleId,CreateDate]'
		done
		aws ecs describe-clusters --clusters threa --query 'clusters[].clusterArn'
		aws ecs describe-services --cluster threa --services threa --query 'services[].serviceArn'
		aws ec2 describe-security-groups --filters Name=group-name,Values=threa-* \
			--query 'sort_by(SecurityGroups, &GroupName)[].[GroupName,GroupId]'
		for parameter in database-url redis-url; do
			aws ssm get-parameter-history --name /threa/$parameter --query 'Parameters[0].[Name,Version,LastModifiedDate]'
		done`)
}

// checkMarkers asserts that everything that an adoption must keep is as before.
func (d *terraformDeployment) checkMarkers(t *testing.T) {
	t.Helper()
	assert.Equal(t, d.before, d.markers(t), "the data holders before and now")
}

// forgetAdopted runs the commands that threa adopt prints for the Terraform state. Afterwards, Terraform has exactly
// two resources left to delete, and deletes them.
func (d *terraformDeployment) forgetAdopted(t *testing.T, printed string) {
	t.Helper()
	commands := regexp.MustCompile(`(?m)^\s*(terraform state rm (?:.*\\\n)*.*)$`)
	lines := commands.FindAllStringSubmatch(printed, -1)
	require.NotEmpty(t, lines, printed)
	for _, line := range lines {
		d.shell(t, `cd "$2" && export TF_CLI_CONFIG_FILE="$1"; `+line[1], d.settings, d.configuration)
	}
	plan := d.runTerraform(t, "plan", "-destroy")
	assertContains(t, plan, "# aws_elasticache_cluster.main[0] will be destroyed",
		"# aws_iam_role_policy_attachment.ecs_execution will be destroyed", "Plan: 0 to add, 0 to change, 2 to destroy.")
	assert.Equal(t, 2, strings.Count(plan, " will be destroyed"), plan)
	d.runTerraform(t, "destroy", "-auto-approve")
}
