package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/ownerrecord"
)

// createForeign creates resources of another program with the names of the stack prod.
const createForeign = `set -e
	terraform="Key=Project,Value=threa Key=Environment,Value=prod Key=ManagedBy,Value=terraform"
	aws iam create-role --role-name threa-ecs-task --tags $terraform \
		--assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
	aws iam put-role-policy --role-name threa-ecs-task --policy-name threa-ecs-task-exec --policy-document \
		'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
	aws ecs create-cluster --cluster-name threa
	aws logs create-log-group --log-group-name /ecs/threa
	aws cloudwatch put-metric-alarm --alarm-name threa-cpu-high --metric-name CPUUtilization --namespace AWS/ECS \
		--statistic Average --period 60 --evaluation-periods 1 --threshold 42 --comparison-operator GreaterThanThreshold
	aws cloudwatch put-dashboard --dashboard-name threa --dashboard-body '{"widgets":[]}'
	aws ecr create-repository --repository-name threa
	aws ecr put-lifecycle-policy --repository-name threa --lifecycle-policy-text '{"rules":[{"rulePriority":1,
		"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":99},"action":{"type":"expire"}}]}'
	tags="{Key=Name,Value=threa},{Key=Project,Value=threa},{Key=Environment,Value=prod},{Key=Stack,Value=other}"
	aws ec2 create-vpc --cidr-block 10.42.0.0/16 --tag-specifications "ResourceType=vpc,Tags=[$tags]"`

// foreign are the types and logical names of these resources in the stack.
var foreign = []string{
	"aws:iam/role:Role::compute-task", "aws:iam/rolePolicy:RolePolicy::compute-task-exec",
	"aws:ecs/cluster:Cluster::compute-cluster",
	"aws:cloudwatch/logGroup:LogGroup::monitoring-logs", "aws:cloudwatch/metricAlarm:MetricAlarm::monitoring-cpu-high",
	"aws:cloudwatch/dashboard:Dashboard::monitoring-dashboard", "aws:ecr/repository:Repository::compute-repository",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy::compute-lifecycle", "aws:ec2/vpc:Vpc::network-vpc",
}

// describeForeign describes these resources with all settings and tags.
func describeForeign(t *testing.T, s *sandbox) string {
	t.Helper()
	role := fields{"RoleName": "threa-ecs-task"}
	return fmt.Sprintf("%s", s.read(t, []awsRead{
		{"iam", "get-role", role, ""},
		{"iam", "get-role-policy", fields{"RoleName": role["RoleName"], "PolicyName": "threa-ecs-task-exec"}, ""},
		{"ecs", "describe-clusters", fields{"clusters": []string{"threa"}, "include": []string{"TAGS", "SETTINGS"}},
			"clusters"},
		{"logs", "describe-log-groups", nil, ""},
		{"logs", "list-tags-log-group", fields{"logGroupName": "/ecs/threa"}, ""},
		{"cloudwatch", "describe-alarms", fields{"AlarmNames": []string{"threa-cpu-high"}}, ""},
		{"cloudwatch", "get-dashboard", fields{"DashboardName": "threa"}, ""},
		{"ecr", "describe-repositories", nil, ""},
		{"ecr", "get-lifecycle-policy", fields{"repositoryName": "threa"}, "lifecyclePolicyText"},
		{"ec2", "describe-vpcs", nil, "Vpcs[?!IsDefault]"},
		{"ssm", "describe-parameters", nil, "Parameters[?Name!='/threa/stack']"},
	}...))
}

// interruptCreations makes a state in which a killed run was creating the foreign resources. "pulumi stack import"
// drops pending operations, so it changes the file of the state.
func interruptCreations(t *testing.T, s *sandbox, planned []fields) {
	t.Helper()
	file := filepath.Join(s.folder, "state", ".pulumi", "stacks", "threa", "prod.json")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var state fields
	require.NoError(t, json.Unmarshal(text, &state))
	latest := state["checkpoint"].(fields)["latest"].(fields)
	resources := latest["resources"].([]any)
	for _, component := range planned {
		if component["custom"] != true && findResource(resources, component["urn"].(string)) == nil {
			delete(component, "dependencies") // what they name does not exist yet
			resources = append(resources, component)
		}
	}
	var pending []any
	for _, resource := range planned {
		if !slices.ContainsFunc(foreign, func(name string) bool { return findResource([]any{resource}, name) != nil }) {
			continue
		}
		resource["provider"] = findResource(resources, "::claim-stack")["provider"]
		inputs := resource["inputs"].(fields)
		for key, known := range map[string]string{"role": "threa-ecs-task", "repository": "threa"} {
			if inputs[key] != nil {
				inputs[key] = known // the preview has no value yet
			}
		}
		pending = append(pending, fields{"type": "creating", "resource": resource})
	}
	require.Equal(t, len(foreign), len(pending))
	latest["resources"], latest["pending_operations"] = resources, pending
	text, err = json.Marshal(state)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	require.NoError(t, os.RemoveAll(file+".attrs")) // the checksum of the old state
}

// TestRecovery_LeavesForeignResourcesAlone recovers while another program's resources have the names of the stack.
func TestRecovery_LeavesForeignResourcesAlone(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	var planned []fields
	for _, step := range readJSON[plan](t, s, "preview", "--json").Steps {
		planned = append(planned, step.NewState)
	}
	s.must(t, "up", "--target", "**claim**") // only the owner record
	ours := s.shell(t, `aws ssm get-parameter --name /threa/stack --query Parameter.Value --output text`)
	s.shell(t, createForeign)
	before := describeForeign(t, s)

	// Another state owns the names: nothing is imported, and nothing is deleted.
	theirs := ownerrecord.Record{
		Stack: "threa/prod", ID: "theirs", Since: "2026-11-28T19:00:00Z", By: "arn:aws:iam::123456789012:user/anna",
	}
	s.shell(t, `aws ssm put-parameter --overwrite --name /threa/stack --value "$@"`, theirs.String())
	refuses := func() {
		t.Helper()
		state := exportState(t, s)
		out := s.threa(t, 1, "", "recover", "--yes")
		assertContains(t, out, "the AWS names threa and threa-… belong to "+theirs.Describe(), "Nothing was changed.")
		assert.True(t, reflect.DeepEqual(state, exportState(t, s)), "the state has changed")
		assert.Equal(t, before, describeForeign(t, s))
	}
	refuses()
	interruptCreations(t, s, planned)
	refuses()

	// The names are this stack's, but the resources are not.
	s.shell(t, `aws ssm put-parameter --overwrite --name /threa/stack --value "$@"`, strings.TrimSpace(ours))
	out := s.threa(t, 0, "", "recover", "--yes")
	resources := resourcesOf(exportState(t, s))
	for _, urn := range foreign {
		name := urn[strings.LastIndex(urn, ":")+1:]
		assert.NotContains(t, out, name+": imported")
		assert.Nil(t, findResource(resources, urn), urn)
	}
	assert.Equal(t, before, describeForeign(t, s))

	refreshCandidates(t, s)
	assert.Equal(t, before, describeForeign(t, s))
	s.must(t, "destroy")
	assert.Empty(t, resourcesOf(exportState(t, s)))
	assert.Equal(t, before, describeForeign(t, s))
}

// refreshCandidates tests an assumption of recovery: the engine reads an external resource in a refresh, but neither an
// up nor a destroy changes it.
func refreshCandidates(t *testing.T, s *sandbox) {
	state := exportState(t, s)
	record := findResource(resourcesOf(state), "::claim-stack")
	var targets []string
	for kind, id := range map[string]string{
		"aws:ecr/repository:Repository": "threa", "aws:iam/role:Role": "threa-ecs-task",
		"aws:cloudwatch/metricAlarm:MetricAlarm": "threa-cpu-high", "aws:cloudwatch/logGroup:LogGroup": "/ecs/threa",
	} {
		urn := "urn:pulumi:prod::threa::" + kind + "::x-recovery-candidate"
		state["deployment"].(fields)["resources"] = append(resourcesOf(state), fields{
			"urn": urn, "type": kind, "custom": true, "external": true, "id": id, "provider": record["provider"],
			"inputs": fields{}, "outputs": fields{},
		})
		targets = append(targets, "--target", urn)
	}
	importState(t, s, state)
	s.must(t, append([]string{"refresh", "--skip-preview"}, targets...)...)
	read := 0
	for _, item := range resourcesOf(exportState(t, s)) {
		if resource := item.(fields); resource["external"] == true {
			assert.NotEmpty(t, resource["outputs"].(fields)["arn"], resource["urn"])
			read++
		}
	}
	assert.Equal(t, len(targets)/2, read)

	s.must(t, "up", "--target", "**claim**")
}
