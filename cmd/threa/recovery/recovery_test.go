package recovery

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	databaseType   = "aws:rds/instance:Instance"
	repositoryType = "aws:ecr/repository:Repository"
)

func tags(name string) map[string]any { return map[string]any{"Name": name, "ManagedBy": "pulumi"} }

// pendingRepository is a stack that was creating its repository, which AWS has.
func pendingRepository(t *testing.T, resources ...apitype.ResourceV3) *pulumi {
	t.Helper()
	p := newPulumi(t, resources, pending(repositoryType, "repository", properties{"name": "threa", "tags": tags("ours")}))
	p.reads[repositoryType+" threa"] = properties{"name": "threa", "tags": tags("ours")}
	return p
}

const availableDatabase = "<R><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceStatus>available" +
	"</DBInstanceStatus></DBInstance></DBInstances></DescribeDBInstancesResult></R>"

func TestRecovery_ImportsWithTheInputsOfTheCreation(t *testing.T) {
	secret := map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": `"x"`}
	inputs := properties{
		"identifier": "threa", "password": secret, "finalSnapshotIdentifier": "threa-final-1", "tags": tags("t"),
	}
	p := newPulumi(t, nil, pending(databaseType, "database", inputs))
	p.reads[databaseType+" threa"] = properties{
		"id": "db-ABC", "identifier": "threa", "tags": tags("t"), "storageType": "gp3",
	}
	printed, err := recoverStack(t, p, &cloud{answers: answers{describeDatabase: availableDatabase}}, nil)
	require.NoError(t, err)
	assert.Contains(t, printed, "database: imported db-ABC.")

	imported := p.live(databaseType, "database")
	require.NotNil(t, imported)
	assert.EqualValues(t, "db-ABC", imported.ID)
	assert.Equal(t, "gp3", imported.Outputs["storageType"], "what AWS returns")
	assert.Equal(t, "threa-final-1", imported.Outputs["finalSnapshotIdentifier"], "what AWS cannot return")
	assert.Equal(t, secret, imported.Inputs["password"])
	assert.Len(t, p.deployment.Resources, 2)
}

func TestRecovery_ClearsPendingCreations(t *testing.T) {
	component := pending("threa:monitoring:Monitoring", "monitoring", nil)
	component.Custom = false
	replaced := made(repositoryType, "repository", "old", properties{"name": "old"})
	p := newPulumi(t, []apitype.ResourceV3{replaced},
		pending(repositoryType, "repository", properties{"name": "threa"}), // looked up by the provider
		pending(vpcs, "vpc", properties{"tags": tags("threa")}),            // looked up by its tags
		pending("pulumi:providers:aws", "default", nil), component)
	printed, err := recoverStack(t, p, &cloud{}, nil)
	require.NoError(t, err)
	for _, name := range []string{"repository", "vpc", "default", "monitoring"} {
		assert.Contains(t, printed, name+": cleared; the next up creates it.")
	}
	assert.Empty(t, p.deployment.PendingOperations)
	assert.Len(t, p.deployment.Resources, 2)
	assert.EqualValues(t, "old", p.live(repositoryType, "repository").ID, "not replaced")

	printed, err = recoverStack(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Equal(t, "Nothing to recover: the state matches AWS.\n", printed)
}

func TestRecovery_ImportsAReplacement(t *testing.T) {
	inputs := properties{"family": "threa", "tags": tags("t")}
	old := made(taskDefinitions, "task", "arn:task/threa:1", inputs)
	p := newPulumi(t, []apitype.ResourceV3{old}, pending(taskDefinitions, "task", inputs))
	p.reads[taskDefinitions+" arn:task/threa:2"] = properties{
		"id": "threa", "arn": "arn:task/threa:2", "tags": tags("t"),
	}
	c := &cloud{answers: answers{
		listRevisions:    `{"taskDefinitionArns":["arn:task/threa:2","arn:task/threa:1"]}`,
		describeRevision: `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`,
	}}
	_, err := recoverStack(t, p, c, nil)
	require.NoError(t, err)
	assert.Equal(t, "arn:task/threa:2", p.live(taskDefinitions, "task").Outputs["arn"])
	require.Len(t, p.deployment.Resources, 3)
	assert.True(t, p.deployment.Resources[1].Delete, "the next up deletes the old one")
	assert.Empty(t, c.called("ecs:DeregisterTaskDefinition"), "both are the stack's")
}

func TestRecovery_ReadsInterruptedChangesAgain(t *testing.T) {
	r := made(repositoryType, "repository", "threa", properties{"name": "threa"})
	p := newPulumi(t, []apitype.ResourceV3{r})
	p.interrupt(apitype.OperationTypeDeleting, r)
	printed, err := recoverStack(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, printed, "repository: its deletion was complete; removed from the state.")
	assert.Len(t, p.deployment.Resources, 1)
	assert.Empty(t, p.deployment.PendingOperations)
}

func TestRecovery_ImportsWhatAPreviewWouldCreate(t *testing.T) {
	child := pending("aws:ecr/lifecyclePolicy:LifecyclePolicy", "lifecycle", properties{"repository": "missing"})
	child.Dependencies = []resource.URN{urn(repositoryType, "missing")}
	p := newPulumi(t, nil)
	p.planned = []apitype.ResourceV3{
		pending(repositoryType, "repository", properties{"name": "threa", "encryption": HiddenValue, "tags": tags("t")}),
		pending("aws:lb/listener:Listener", "listener", properties{"loadBalancerArn": unknownValue, "port": 80.0}),
		child,
	}
	p.reads[repositoryType+" threa"] = properties{"name": "threa", "tags": tags("t")}
	printed, err := recoverStack(t, p, &cloud{}, preview)
	require.NoError(t, err)
	assert.Equal(t, "repository: imported threa.\n", printed)
	imported := p.live(repositoryType, "repository")
	require.NotNil(t, imported)
	assert.NotContains(t, imported.Inputs, "encryption", "what a preview hides is not known")
	assert.Len(t, p.deployment.Resources, 2, "what depends on something that is missing was not created")
}

func TestRecovery_ChangesNothingAfterAnError(t *testing.T) {
	for want, change := range map[string]func(*pulumi, *cloud){
		// A stack in another region may have the same names and the same tags: the preview refuses it.
		"exit status 255\nthey belong to us-east-1": func(p *pulumi, _ *cloud) { p.refused = "they belong to us-east-1" },
		"another run has changed the stack":         func(p *pulumi, _ *cloud) { p.raced = true },
		"look for b (aws:s3/bucket:Bucket): do not know how to find": func(p *pulumi, _ *cloud) {
			p.interrupt(apitype.OperationTypeCreating, pending("aws:s3/bucket:Bucket", "b", nil))
		},
		"read the owner record /threa/stack": func(_ *pulumi, c *cloud) {
			c.answers = answers{getRecord: `error {"__type":"AccessDeniedException"}`}
		},
	} {
		p, c := pendingRepository(t), &cloud{}
		change(p, c)
		_, err := recoverStack(t, p, c, preview)
		require.ErrorContains(t, err, want)
		assert.Zero(t, p.saved, want)
	}
}

// Between the refresh and the import the state holds candidates, which may belong to another stack.
func TestRecovery_StartsOverAfterAKill(t *testing.T) {
	old := made(repositoryType, "repository", "old", properties{"name": "old"})
	p := pendingRepository(t, old)
	p.killed = true
	_, err := recoverStack(t, p, &cloud{}, nil)
	require.ErrorContains(t, err, errKilled.Error())
	candidate := p.live(repositoryType, "repository"+candidateSuffix)
	require.NotNil(t, candidate)
	assert.True(t, candidate.External, "an up or a destroy neither changes nor deletes it")
	assert.NotEmpty(t, candidate.Outputs)
	assert.EqualValues(t, "old", p.live(repositoryType, "repository").ID, "not replaced yet")
	assert.Empty(t, p.deployment.PendingOperations, "pulumi has dropped them")

	p.killed = false
	p.interrupt(apitype.OperationTypeCreating, pending(vpcs, "vpc", properties{"tags": tags("threa")})) // by an up since
	printed, err := recoverStack(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, printed, "repository: imported threa.", "the pending operation was kept")
	assert.Contains(t, printed, "vpc: cleared")
	assert.Len(t, p.deployment.Resources, 3)
	imported := p.live(repositoryType, "repository")
	assert.EqualValues(t, "threa", imported.ID)
	assert.False(t, imported.External)
}

func TestRecovery_RefusesUnknownFieldsOfTheState(t *testing.T) {
	_, err := parseState(apitype.UntypedDeployment{Deployment: []byte(`{"resources":[{"urn":"a","new":true}]}`)})
	require.ErrorContains(t, err, "go get github.com/pulumi/pulumi/sdk/v3")
}

func TestRecovery_DoesNotImport(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*pulumi)
		printed string
	}{
		"other tags": {
			func(p *pulumi) { p.reads[repositoryType+" threa"]["tags"] = tags("theirs") },
			"not imported. AWS has threa, but nothing proves that it is this stack's.",
		},
		"without the provider": {func(p *pulumi) {
			provider := string(urn("pulumi:providers:aws", "default")) + "::" + unknownValue
			p.deployment.PendingOperations[0].Resource.Provider = provider
		}, "cleared; the next up creates it."},
	} {
		p := pendingRepository(t)
		c.change(p)
		printed, err := recoverStack(t, p, &cloud{}, nil)
		require.NoError(t, err, name)
		assert.Equal(t, "repository: "+c.printed+"\n", printed)
		assert.Len(t, p.deployment.Resources, 1, name)
	}
}

func TestRecovery_AsksWithEachResource(t *testing.T) {
	repository := made(repositoryType, "repository", "threa", nil)
	p := newPulumi(t, []apitype.ResourceV3{repository},
		pending("aws:iam/role:Role", "task", properties{"name": "threa-ecs-task", "tags": tags("t")}),
		pending(vpcs, "vpc", properties{"tags": tags("threa")}))
	p.interrupt(apitype.OperationTypeUpdating, repository)
	var question string
	_, err := recoverStack(t, p, &cloud{}, func(r *Recovery) {
		r.Approve = func(text string) bool { question = text; return false }
	})
	require.ErrorIs(t, err, errDeclined)
	assert.Equal(t, `read again: repository (aws:ecr/repository:Repository) threa
import: task (aws:iam/role:Role) threa-ecs-task
clear the pending creation: vpc (aws:ec2/vpc:Vpc)
Apply these changes to the state? Resources of other stacks are not imported. AWS does not change.`, question)
	assert.Equal(t, []string{"stack export", "config --json"}, p.ran, "nothing that writes")
}
