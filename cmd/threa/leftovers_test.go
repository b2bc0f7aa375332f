package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

func TestLeftovers(t *testing.T) {
	c := ecstest.Play(t, "running")
	snapshots := func(ids ...string) string {
		xml := "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots>"
		for _, id := range ids {
			xml += "<DBSnapshot><DBSnapshotIdentifier>" + id + "</DBSnapshotIdentifier>" +
				"<AllocatedStorage>20</AllocatedStorage></DBSnapshot>"
		}
		return xml + "</DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>"
	}
	request := url.Values{"Action": {"DescribeDBSnapshots"}, "DBInstanceIdentifier": {"threa"}, "SnapshotType": {"manual"},
		"Version": {"2014-10-31"}}.Encode()
	c.Answer(request, snapshots("threa-final-1"))
	c.Answers["GetParametersByPath"] = func(in ecstest.Object) (any, error) {
		assert.Equal(t, "/threa", in["Path"])
		return ecstest.Object{"Parameters": []any{ecstest.Object{"Name": "/threa/key"}}}, nil
	}
	const group = "/aws/ecs/containerinsights/threa/performance"
	c.Answers["DescribeLogGroups"] = func(in ecstest.Object) (any, error) {
		assert.Equal(t, group, in["logGroupNamePrefix"])
		return ecstest.Object{"logGroups": []any{ecstest.Object{"logGroupName": group}}}, nil
	}
	lines, err := leftovers(t.Context(), c.Config(), "threa")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"- the snapshot `threa-final-1` of 20 GB, at most 2.00 USD a month. Delete it: " +
			"`aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier threa-final-1`",
		"- the parameter `/threa/key`, free. Delete it: `aws ssm delete-parameter --region eu-central-1 --name /threa/key`",
		"- the log group `" + group + "` of Container Insights, charged for each stored GB. Delete it: " +
			"`aws logs delete-log-group --region eu-central-1 --log-group-name " + group + "`",
	}, lines)

	c.Answer(request, snapshots())
	c.Answer("GetParametersByPath", ecstest.Object{})
	c.Answer("DescribeLogGroups", ecstest.Object{})
	lines, err = leftovers(t.Context(), c.Config(), "threa")
	require.NoError(t, err)
	assert.Equal(t, "- nothing", strings.Join(lines, ""))
}

func TestLeftovers_OnlyAfterTheDestroy(t *testing.T) {
	fakePulumi(t, `echo '{"deployment":{"resources":[{},{}]}}'`)
	_, err := execute(t, "", "leftovers")
	require.EqualError(t, err, "the stack still has 2 resources. Run this after: pulumi destroy")
}
