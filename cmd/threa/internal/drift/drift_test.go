package drift

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/resources"
)

const urn = "urn:pulumi:prod::threa::threa:compute:Compute$aws:ecs/service:Service::compute-service"

// stepOf returns a step of a preview for the resource with these outputs.
func stepOf(op, outputs, diffReasons string) string {
	return fmt.Sprintf(`{"op":%q,"urn":%q,"oldState":{"inputs":{"given":"x"},"outputs":{%s}},"diffReasons":[%s]}`,
		op, urn, outputs, diffReasons)
}

func TestReadPreview(t *testing.T) {
	service := func(properties ...string) []Change {
		return []Change{{"update", "compute-service", "aws:ecs/service:Service", properties}}
	}
	for name, c := range map[string]struct {
		steps []string
		want  []Change
	}{
		"unchanged":           {[]string{stepOf("refresh", "", ""), stepOf("same", "", "")}, nil},
		"ignored difference":  {[]string{stepOf("refresh", `"count":1`, ""), stepOf("same", `"count":2`, "")}, nil},
		"not deployed yet":    {[]string{stepOf("create", "", "")}, nil},
		"not in the program":  {[]string{stepOf("refresh", "", ""), stepOf("delete", "", "")}, nil},
		"not deployed change": {[]string{stepOf("refresh", `"count":1`, ""), stepOf("update", `"count":1`, `"count"`)}, nil},
		"not deployed input":  {[]string{stepOf("refresh", "", ""), stepOf("update", "", `"given"`)}, nil},
		"not deployed secret": {[]string{stepOf("refresh", `"value":"[secret]"`, ""),
			stepOf("update", `"value":"[secret]"`, `"value"`)}, nil},
		"read as empty": {[]string{stepOf("refresh", "", ""),
			stepOf("update", `"actions":[],"names":{},"text":"","on":false,"number":0`,
				`"actions","names","text","on","number"`)}, nil},
		"deleted by hand": {[]string{stepOf("refresh", "", ""), stepOf("create", "", "")},
			[]Change{{"create", "compute-service", "aws:ecs/service:Service", nil}}},
		"changed by hand": {[]string{stepOf("refresh", `"tags":{"a":"b"},"tagsAll":{"a":"b"},"count":1,"new":1`, ""),
			stepOf("update", `"tags":{"a":"c"},"tagsAll":{"a":"c"},"count":2,"new":1`,
				`"tags","tagsAll","count","tags","new"`)}, service("count", "tags")},
		"secret changed by hand": {[]string{stepOf("refresh", `"value":"[secret]","version":1`, ""),
			stepOf("update", `"value":"[secret]","version":2`, `"value"`)}, service("value")},
	} {
		got, err := ReadPreview([]byte(`{"steps":[` + strings.Join(c.steps, ",") + `]}`))
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
	for _, broken := range []string{``, `{"steps":[{"op":"refresh","urn":"x"},{"op":"update","urn":"x"}]}`} {
		_, err := ReadPreview([]byte(broken))
		require.ErrorContains(t, err, "read preview")
	}
}

func TestReport_NeverRecommendsALoss(t *testing.T) {
	const undo, create = "Undo it with `pulumi up --refresh`", "Create it again with `pulumi up --refresh`"
	for name, c := range map[string]struct {
		change             Change
		contains, excludes string
	}{
		"deleted database": {Change{"create", "database-instance", resources.Database, nil},
			"pulumi config set restoreFromSnapshot latest\n    pulumi up --refresh\n", undo},
		"deleted replica": {Change{"create", "database-replica", resources.Database, nil}, undo, "restore"},
		"deleted cache":   {Change{"create", "cache-group", resources.Cache, nil}, create, "restore"},
		"deleted repository": {Change{"create", "compute-repository", resources.Repository, nil},
			"it will be empty", "restore"},
		"replaced cache": {Change{"replace", "cache-group", resources.Cache, []string{"port"}},
			"**The next `up` would lose the data of `cache-group`.**", undo},
		"replaced database": {Change{"create-replacement", "database-instance", resources.Database, nil},
			"**The next `up` would lose the data of `database-instance`.**", undo},
		"changed database": {Change{"update", "database-instance", resources.Database, []string{"tags"}}, undo, "lose"},
	} {
		report := (&Report{Changes: []Change{c.change}}).Markdown("prod")
		assert.Contains(t, report, c.contains, name)
		assert.NotContains(t, report, c.excludes, name)
	}
}

func TestReport_Markdown(t *testing.T) {
	r := &Report{
		Changes: []Change{
			{"update", "compute-service", "aws:ecs/service:Service", []string{"desiredCount", "tags"}},
			{"create", "monitoring-cpu-high", "aws:cloudwatch/metricAlarm:MetricAlarm", nil},
		},
		Unmanaged: []string{"sgr-1: a rule of network-rds that lets 192.0.2.0/24 in"},
		Added:     []recovery.Addition{{Description: "route to 192.0.2.0/24 in public", Remove: "aws ec2 delete-route"}},
		Skipped:   []string{"parameters"},
	}
	assert.False(t, r.Empty())
	assert.Equal(t, "AWS differs from what stack prod deployed.\n"+
		"\n| Resource | Type | Difference | The next `up` would |\n|---|---|---|---|\n"+
		"| `compute-service` | `aws:ecs/service:Service` | `desiredCount`, `tags` | update it |\n"+
		"| `monitoring-cpu-high` | `aws:cloudwatch/metricAlarm:MetricAlarm` | it was deleted | create it |\n"+
		"\nUndo it with `pulumi up --refresh`. If it is intended, change the program or its configuration.\n"+
		"\nIn AWS, but not in the state:\n\n- `sgr-1: a rule of network-rds that lets 192.0.2.0/24 in`\n"+
		"\n`go run ./cmd/threa recover` deletes them.\n"+
		"\nAdded by hand, which no `up` removes:\n\n"+
		"- route to 192.0.2.0/24 in public. Remove it: `aws ec2 delete-route`\n"+
		"\nNot checked, because the credentials lack the permission: parameters.\n", r.Markdown("prod"))
	assert.Equal(t, "AWS matches what stack prod deployed.\n", (&Report{}).Markdown("prod"))
	assert.False(t, (&Report{Added: r.Added}).Empty())
}
