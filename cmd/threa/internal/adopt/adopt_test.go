package adopt

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/ownerrecord"
)

// ranImport reports whether pulumi import ran.
func (p *pulumi) ranImport() bool {
	return slices.ContainsFunc(p.ran, func(line string) bool { return strings.HasPrefix(line, "import ") })
}

func TestAdoption_ImportsTerraformDeployment(t *testing.T) {
	p, c := configured(t), terraformed()
	out, err := run(t, p, c, Options{})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		parameters + "::claim-stack": "/threa/stack", securityGroups + "::network-rds": "sg-1",
		roles + "::compute-task": "threa",
	}, p.state, "the task definition is new")
	require.Len(t, c.calls, 1, "nothing else changes in AWS")
	var put struct {
		Name, Value, Description string
		Overwrite                bool
		Tags                     []struct{ Key, Value string }
	}
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(c.calls[0], "ssm:PutParameter ")), &put))
	record := ownerrecord.Parse(put.Value)
	assert.Equal(t, "/threa/stack", put.Name)
	assert.Equal(t, []string{"threa/prod", "", caller}, []string{record.Stack, record.ID, record.By})
	assert.False(t, put.Overwrite, "two adoptions at the same time")
	assert.Len(t, put.Tags, 1)
	for _, text := range []string{
		"PostgreSQL 16.10 on db.t4g.small, db-ABC", "secret    OTHER comes from arn:aws:secretsmanager",
		"imported, then changed in place  ec2 SecurityGroup", "network-rds (sg-1)", "  tags\n",
		"created                          ecs TaskDefinition",
		"Import these resources into the state of threa/prod?", "The database is the same: db-ABC",
		"aws elasticache delete-cache-cluster", "aws_security_group.redis", "    pulumi up\n",
	} {
		assert.Contains(t, out, text)
	}
	assert.NotContains(t, out, "tagsAll")
}

func TestAdoption_DryRunChangesNothing(t *testing.T) {
	p, c := configured(t), terraformed()
	out, err := run(t, p, c, Options{DryRun: true})
	require.NoError(t, err)
	assert.False(t, p.ranImport())
	assert.Empty(t, c.calls)
	assert.Contains(t, out, "This was a dry run. Nothing was imported.")
	assert.NotContains(t, out, "?")
}

// TestAdoption_ContinuesAfterKill runs the command again after each of its steps.
func TestAdoption_ContinuesAfterKill(t *testing.T) {
	begun := ownerrecord.Record{Stack: "threa/prod", By: caller}
	p, c := configured(t), terraformed()
	p.fails = "import"
	_, err := run(t, p, c, Options{})
	require.ErrorContains(t, err, "Run the command again")
	require.Len(t, c.calls, 1, "the owner record comes first")

	require.Empty(t, p.state[parameters+"::claim-stack"], "the record is imported last, so that no up can run before")

	p.fails, p.state = "", map[string]string{securityGroups + "::network-rds": "sg-1"} // killed in the import
	c.withRecord(begun)
	_, err = run(t, p, c, Options{})
	require.NoError(t, err)
	assert.Len(t, p.state, 3)
	assert.Len(t, c.calls, 1, "the record is written once")

	p.ran = nil // killed before the first up
	out, err := run(t, p, c, Options{})
	require.NoError(t, err)
	assert.False(t, p.ranImport())
	assert.Contains(t, out, "The state has all of these resources already.")
	assert.NotContains(t, out, "?")

	begun.ID, p.ownerID = "0123", "0123" // after the first up
	out, err = run(t, p, c.withRecord(begun), Options{})
	require.NoError(t, err)
	assert.Contains(t, out, "manages the deployment threa already. There is nothing to import.")
	assert.Contains(t, out, "terraform state rm")
}

func TestAdoption_RefusesReplacement(t *testing.T) {
	for _, op := range []string{"replace", "create-replacement", "delete"} {
		p, c := configured(t), terraformed()
		p.diffs[securityGroups+"::network-rds"] = op
		_, err := run(t, p, c, Options{})
		require.ErrorContains(t, err, "network-rds (aws:ec2/securityGroup:SecurityGroup) would be ", op)
		assert.False(t, p.ranImport())
		assert.Empty(t, c.calls)
	}
	p, c := configured(t), terraformed()
	p.program = append(p.program, lifecycle+"::compute-lifecycle")
	p.diffs[lifecycle+"::compute-lifecycle"] = "replace"
	c.answers["ecr:GetLifecyclePolicy"] = `{}`
	p.inputs["repository"] = "threa"
	_, err := run(t, p, c, Options{})
	require.NoError(t, err, "a lifecycle policy holds no data")
}

func TestAdoption_NamesMissingPermission(t *testing.T) {
	for _, call := range []string{
		"ecs:DescribeServices", "ssm:GetParameter /threa/stack", "ssm:GetParameter /threa/database-url", "ssm:PutParameter",
	} {
		p, c := configured(t), terraformed()
		c.answers[call] = "error AccessDeniedException"
		_, err := run(t, p, c, Options{})
		action, _, _ := strings.Cut(call, " ")
		require.ErrorContains(t, err, action)
		require.ErrorContains(t, err, "The credentials lack this permission.")
		assert.False(t, p.ranImport())
	}
}

func TestAdoption_NeedsDeployment(t *testing.T) {
	p, c := configured(t), terraformed()
	delete(c.answers, "rds:DescribeDBInstances")
	_, err := run(t, p, c, Options{})
	require.ErrorContains(t, err, "found no deployment to adopt: RDS in account 123456789012, eu-central-1, has no "+
		"instance threa")
	c = terraformed()
	answer := c.answers["rds:DescribeDBInstances"]
	c.answers["rds:DescribeDBInstances"] = strings.Replace(answer, "available", "stopped", 1)
	_, err = run(t, p, c, Options{})
	require.ErrorContains(t, err, "the database threa is stopped")
}
