package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/ownerrecord"
)

// TestAdopt_Refuses asks for adoptions that would lose data or take what belongs to others.
func TestAdopt_Refuses(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	s.must(t, "preview") // starts the local AWS
	assert.Contains(t, s.threa(t, 1, "", "adopt", "--yes"), "found no deployment to adopt")

	// The script makes an instance without encryption.
	s.shell(t, strings.Replace(oldDeployment, "--master-username threa",
		"--engine-version 16 --db-name threa --master-username postgres", 1))
	s.must(t, "config", "set", "--secret", "dbPassword", oldPassword)
	s.setAppVariables(t)
	before := s.mutatingCalls(t)
	refuse := func(parts ...string) {
		t.Helper()
		out := s.threa(t, 1, "", "adopt", "--yes")
		assertContains(t, out, parts...)
		assert.NotContains(t, out, "goroutine")
		assert.Equal(t, before, s.mutatingCalls(t), "calls that change something")
	}
	refuse(" dbUsername postgres\n", " dbEngineVersion ")
	s.set(t, "dbUsername", "postgres", "dbName", "other")
	refuse(" dbName threa\n")
	s.unset(t, "dbUsername", "dbName")
	assertContains(t, s.threa(t, 1, "", "adopt", "--yes", "--configure"), "is not encrypted")
	assert.Equal(t, before, s.mutatingCalls(t), "calls that change something")

	addResource(t, s)
	refuse("stack threa/prod has 1 resources already", "pulumi stack init")

	theirs := ownerrecord.Record{
		Stack: "threa/live", ID: "theirs", Since: "2026-11-28T19:00:00Z", By: "arn:aws:iam::123456789012:user/anna",
	}
	s.shell(t, `aws ssm put-parameter --name /threa/stack --type String --value "$1"`, theirs.String())
	before = s.mutatingCalls(t)
	refuse("belong to " + theirs.Describe())
}

// addResource adds a resource to the state, as if the stack had created it.
func addResource(t *testing.T, s *sandbox) {
	t.Helper()
	const provider = "urn:pulumi:prod::threa::pulumi:providers:aws::default"
	state := exportState(t, s)
	state["deployment"].(fields)["resources"] = append(resourcesOf(state),
		fields{"urn": provider, "type": "pulumi:providers:aws", "custom": true, "id": "an-id"},
		fields{"urn": "urn:pulumi:prod::threa::aws:ssm/parameter:Parameter::any", "type": "aws:ssm/parameter:Parameter",
			"custom": true, "id": "/any", "provider": provider + "::an-id"})
	importState(t, s, state)
}
