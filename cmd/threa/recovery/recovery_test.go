package recovery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	databaseType   = "aws:rds/instance:Instance"
	repositoryType = "aws:ecr/repository:Repository"
	vpcType        = "aws:ec2/vpc:Vpc"
)

func tags(name string) map[string]any { return map[string]any{"Name": name, "ManagedBy": "pulumi"} }

func TestRecovery_ImportsWithTheInputsOfTheCreation(t *testing.T) {
	inputs := object{"identifier": "threa", "password": map[string]any{"ciphertext": "x"}, "finalSnapshotIdentifier": "threa-final-1", "tags": tags("t")}
	p := &pulumi{
		exported: exported(t, nil, []object{wantedOne(databaseType, "database", inputs)}),
		reads:    map[string]object{databaseType + " threa": {"id": "db-ABC", "identifier": "threa", "tags": tags("t"), "storageType": "gp3"}},
	}
	c := &cloud{answers: map[string]string{"rds:DescribeDBInstances": "<R><DescribeDBInstancesResult><DBInstances><DBInstance>" +
		"<DBInstanceStatus>available</DBInstanceStatus></DBInstance></DBInstances></DescribeDBInstancesResult></R>"}}
	said, err := recoverOnce(t, p, c, nil)
	require.NoError(t, err)
	assert.Contains(t, said, "database: imported db-ABC.")

	found := p.state().live(urn(databaseType, "database"))
	require.NotNil(t, found)
	assert.Equal(t, "db-ABC", found.text("id"))
	assert.Equal(t, "gp3", found.object("outputs").text("storageType"), "what AWS tells")
	assert.Equal(t, "threa-final-1", found.object("outputs").text("finalSnapshotIdentifier"), "what AWS cannot tell")
	assert.Equal(t, map[string]any{"ciphertext": "x"}, found.object("inputs")["password"])
	assert.Empty(t, p.state().pendingCreates())
}

func TestRecovery_ClearsWhatAWSDoesNotHave(t *testing.T) {
	p := &pulumi{exported: exported(t, nil, []object{
		wantedOne(repositoryType, "repository", object{"name": "threa"}), // looked for by the provider
		wantedOne(vpcType, "vpc", object{"tags": tags("threa")}),         // looked for by its tags
	})}
	said, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, said, "repository: cleared; the next up creates it.")
	assert.Contains(t, said, "vpc: cleared; the next up creates it.")
	assert.Empty(t, p.state().pendingCreates())
	assert.Len(t, p.state().resources(), 1, "the stack alone")
}

func TestRecovery_DoesNotImportOtherTags(t *testing.T) {
	p := &pulumi{
		exported: exported(t, nil, []object{wantedOne(repositoryType, "repository", object{"name": "threa", "tags": tags("ours")})}),
		reads:    map[string]object{repositoryType + " threa": {"name": "threa", "tags": tags("theirs")}},
	}
	said, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, said, "repository: not imported. AWS has threa, but nothing proves that it is this stack's.")
	assert.Nil(t, p.state().live(urn(repositoryType, "repository")))
}

func TestAReplacementThatWasMadeTakesThePlaceOfTheOldOne(t *testing.T) {
	inputs := object{"family": "threa", "tags": tags("t")}
	old := made(taskDefinitions, "task", "arn:task/threa:1", inputs)
	p := &pulumi{
		exported: exported(t, []object{old}, []object{wantedOne(taskDefinitions, "task", inputs)}),
		reads:    map[string]object{taskDefinitions + " arn:task/threa:2": {"id": "threa", "arn": "arn:task/threa:2", "tags": tags("t")}},
	}
	c := &cloud{answers: map[string]string{
		"ecs:ListTaskDefinitions":    `{"taskDefinitionArns":["arn:task/threa:2","arn:task/threa:1"]}`,
		"ecs:DescribeTaskDefinition": `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`,
	}}
	_, err := recoverOnce(t, p, c, nil)
	require.NoError(t, err)
	assert.Equal(t, "arn:task/threa:2", p.state().live(urn(taskDefinitions, "task")).object("outputs").text("arn"))
	all := p.state().resources()
	require.Len(t, all, 3)
	assert.Equal(t, true, all[1]["delete"], "the next up deletes the old one")
	assert.Empty(t, c.called("ecs:DeregisterTaskDefinition"), "both are the stack's")
}

func TestAReplacementThatWasNotMadeLeavesTheOldOne(t *testing.T) {
	old := made(repositoryType, "repository", "old", object{"name": "old"})
	p := &pulumi{exported: exported(t, []object{old}, []object{wantedOne(repositoryType, "repository", object{"name": "new"})})}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	kept := p.state().live(urn(repositoryType, "repository"))
	require.NotNil(t, kept)
	assert.Equal(t, "old", kept.text("id"))
}

func TestRecovery_ReadsInterruptedChangesAgain(t *testing.T) {
	one := made(repositoryType, "repository", "threa", object{"name": "threa"})
	p := &pulumi{t: t, exported: exported(t, []object{one}, nil)}
	known := p.state()
	known.setList("pending_operations", []object{{"type": "deleting", "resource": map[string]any(one)}})
	text, err := known.encode()
	require.NoError(t, err)
	p.exported = string(text)

	said, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, said, "repository: its deletion was complete; removed from the state.")
	assert.Nil(t, p.state().live(urn(repositoryType, "repository")), "it had been deleted")
	assert.Empty(t, p.state().list("pending_operations"))
}

// planOf is a preview that would create some resources.
func planOf(t *testing.T, resources ...object) string {
	t.Helper()
	var steps []any
	for _, one := range resources {
		steps = append(steps, map[string]any{"op": "create", "newState": map[string]any(one)})
	}
	preview, err := json.Marshal(map[string]any{"steps": steps})
	require.NoError(t, err)
	return string(preview)
}

func TestRecovery_ImportsWhatAPreviewWouldCreate(t *testing.T) {
	child := wantedOne("aws:ecr/lifecyclePolicy:LifecyclePolicy", "lifecycle", object{"repository": "missing"})
	child["dependencies"] = []any{urn(repositoryType, "missing")}
	preview := planOf(t,
		wantedOne(repositoryType, "repository", object{"name": "threa", "encryption": hiddenValue, "tags": tags("t")}),
		wantedOne("aws:ec2/subnet:Subnet", "subnet", object{"vpcId": unknownValue, "cidrBlock": "10.0.0.0/24"}), child)
	p := &pulumi{
		exported: exported(t, nil, nil), preview: preview,
		reads: map[string]object{repositoryType + " threa": {"name": "threa", "tags": tags("t")}},
	}
	said, err := recoverOnce(t, p, &cloud{}, func(r *Recovery) { r.Missing = true })
	require.NoError(t, err)
	assert.Equal(t, "repository: imported threa.\n", said)
	found := p.state().live(urn(repositoryType, "repository"))
	require.NotNil(t, found)
	assert.NotContains(t, found.object("inputs"), "encryption", "what a preview hides is not known")
	assert.Len(t, p.state().resources(), 2, "what depends on something that is not there was not created")
}

func TestNothingIsChangedWithoutApproval(t *testing.T) {
	p := &pulumi{exported: exported(t, nil, []object{wantedOne(repositoryType, "repository", object{"name": "threa"})})}
	before := p.exported
	_, err := recoverOnce(t, p, &cloud{}, func(r *Recovery) { r.Approve = func(string) bool { return false } })
	require.ErrorIs(t, err, ErrDeclined)
	assert.Equal(t, before, p.exported)
	assert.Equal(t, []string{"stack export", "config --json", "stack --show-name"}, p.ran, "nothing that writes")
}

// A stack in another region may have the same names and the same tags: the preview refuses it.
func TestRecovery_StopsWhenThePreviewFails(t *testing.T) {
	const role = "aws:iam/role:Role"
	inputs := object{"name": "threa-ecs-execution", "tags": tags("t")}
	p := &pulumi{
		exported: exported(t, nil, []object{wantedOne(role, "execution", inputs)}),
		reads:    map[string]object{role + " threa-ecs-execution": {"name": "threa-ecs-execution", "tags": tags("t")}},
		refused:  "the AWS names of this stack belong to a stack in us-east-1",
	}
	before := p.exported
	_, err := recoverOnce(t, p, &cloud{}, func(r *Recovery) { r.Missing = true })
	require.ErrorContains(t, err, p.refused)
	assert.Equal(t, before, p.exported)
}

func TestASecondRunFindsNothing(t *testing.T) {
	p := &pulumi{exported: exported(t, nil, []object{wantedOne(repositoryType, "repository", object{"name": "threa"})})}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	said, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Equal(t, "The stack and AWS agree on what there is: nothing to recover.\n", said)
}

// Between the refresh and the import the state holds candidates, which may be somebody else's.
func TestRecovery_StartsOverAfterAKill(t *testing.T) {
	inputs := object{"name": "threa", "tags": tags("ours")}
	old := made(repositoryType, "repository", "old", object{"name": "old"})
	p := &pulumi{
		exported: exported(t, []object{old}, []object{wantedOne(repositoryType, "repository", inputs)}),
		reads:    map[string]object{repositoryType + " threa": {"name": "threa", "tags": tags("ours")}},
		killed:   "refresh",
	}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.ErrorIs(t, err, errKilled)
	candidate := p.state().resources()[2]
	assert.Equal(t, true, candidate["external"], "an up or a destroy neither changes nor deletes it")
	assert.NotEmpty(t, candidate.object("outputs"))
	assert.Equal(t, "old", p.state().live(urn(repositoryType, "repository")).text("id"), "not replaced yet")

	p.killed = ""
	p.preview = planOf(t, wantedOne(repositoryType, "repository", inputs))
	_, err = recoverOnce(t, p, &cloud{}, func(r *Recovery) { r.Missing = true })
	require.NoError(t, err)
	assert.Len(t, p.state().resources(), 3)
	imported := p.state().live(urn(repositoryType, "repository"))
	require.NotNil(t, imported)
	assert.Equal(t, "threa", imported.text("id"))
	assert.NotContains(t, imported, "external")
}

func TestRecovery_ImportsNothingWithoutTheProvider(t *testing.T) {
	one := wantedOne(repositoryType, "repository", object{"name": "threa", "tags": tags("ours")})
	one["provider"] = urn("pulumi:providers:aws", "default") + "::" + unknownValue
	p := &pulumi{
		exported: exported(t, nil, []object{one}),
		reads:    map[string]object{repositoryType + " threa": {"name": "threa", "tags": tags("ours")}},
	}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Len(t, p.state().resources(), 1)
}

func TestRecovery_AsksWithEachResource(t *testing.T) {
	repository := made(repositoryType, "repository", "threa", object{})
	p := &pulumi{t: t, exported: exported(t, []object{repository}, []object{
		wantedOne("aws:iam/role:Role", "task", object{"name": "threa-ecs-task", "tags": tags("t")}),
		wantedOne(vpcType, "vpc", object{"tags": tags("threa")}),
	})}
	known := p.state()
	known.setList("pending_operations", append(known.list("pending_operations"), object{"type": "updating", "resource": map[string]any(repository)}))
	text, err := known.encode()
	require.NoError(t, err)
	p.exported = string(text)
	var question string
	_, err = recoverOnce(t, p, &cloud{}, func(r *Recovery) { r.Approve = func(text string) bool { question = text; return false } })
	require.ErrorIs(t, err, ErrDeclined)
	assert.Equal(t, `read again: repository (aws:ecr/repository:Repository) threa
import: task (aws:iam/role:Role) threa-ecs-task
clear the pending creation: vpc (aws:ec2/vpc:Vpc)
Update the state like this? What is not this stack's is not imported. AWS is not changed.`, question)
}

func TestAProviderThatWasBeingSetUpIsCleared(t *testing.T) {
	p := &pulumi{exported: exported(t, nil, []object{wantedOne("pulumi:providers:aws", "default", object{})})}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Empty(t, p.state().pendingCreates())
}

func TestAComponentThatWasBeingRegisteredIsCleared(t *testing.T) {
	component := wantedOne("threa:monitoring:Monitoring", "monitoring", object{})
	component["custom"] = false
	p := &pulumi{exported: exported(t, nil, []object{component})}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Empty(t, p.state().pendingCreates())
}

func TestATypeWithoutAFinderIsNamedWithThePlaceForIt(t *testing.T) {
	p := &pulumi{exported: exported(t, nil, []object{wantedOne("aws:s3/bucket:Bucket", "bucket", object{})})}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.ErrorContains(t, err, "bucket: do not know how to find a aws:s3/bucket:Bucket in AWS: add it to cmd/threa/recovery/finders.go")
}

func TestAStateThatWasCutShortIsMended(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "20 % of it")
	stacks := filepath.Join(folder, ".pulumi", "stacks", "threa")
	require.NoError(t, os.MkdirAll(stacks, 0o755))
	write := func(name, text string) string {
		path := filepath.Join(stacks, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	whole, short, state := write("dev.json.attrs", `{"user.content_type":"text/plain"}`), write("prod.json.attrs", ""), write("prod.json", "{}")
	p := &pulumi{exported: exported(t, nil, nil), short: short, folder: folder}
	said, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, said, "A run was killed while it wrote the state; cleared what was cut short: "+short)
	assert.NoFileExists(t, short)
	assert.FileExists(t, whole)
	assert.FileExists(t, state)
}

func TestAStateThatCannotBeMendedIsSaidToBeBroken(t *testing.T) {
	p := &pulumi{short: t.TempDir(), folder: t.TempDir()}
	_, err := recoverOnce(t, p, &cloud{}, nil)
	require.ErrorContains(t, err, "failed to load checkpoint: EOF")
}
