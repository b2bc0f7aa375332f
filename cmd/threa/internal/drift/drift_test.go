package drift

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/resources"
)

const (
	urn   = "urn:pulumi:prod::threa::threa:compute:Compute$aws:ecs/service:Service::compute-service"
	state = `{"deployment":{"resources":[{"urn":"` + urn + `"}]}}`
)

func TestReadPreview(t *testing.T) {
	for name, c := range map[string]struct {
		step string
		want []Change
	}{
		"unchanged":          {`{"op":"same","urn":"` + urn + `"}`, nil},
		"ignored difference": {`{"op":"refresh","urn":"` + urn + `","diffReasons":["desiredCount"]}`, nil},
		"not deployed yet":   {`{"op":"create","urn":"` + urn + `-2"}`, nil},
		"not in the program": {`{"op":"delete","urn":"` + urn + `"}`, nil},
		"deleted by hand": {
			`{"op":"create","urn":"` + urn + `"}`, []Change{{"create", "compute-service", "aws:ecs/service:Service", nil}},
		},
		"changed by hand": {
			`{"op":"update","urn":"` + urn + `","diffReasons":["tags","desiredCount","tags"]}`,
			[]Change{{"update", "compute-service", "aws:ecs/service:Service", []string{"desiredCount", "tags"}}},
		},
	} {
		got, err := ReadPreview([]byte(`{"steps":[`+c.step+`]}`), []byte(state))
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
	for _, broken := range []string{``, `{"steps":[{"op":"update","urn":"x"}]}`} {
		_, err := ReadPreview([]byte(broken), []byte(state))
		require.ErrorContains(t, err, "read preview")
	}
	_, err := ReadPreview([]byte(`{}`), nil)
	require.ErrorContains(t, err, "read the stack's state")
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
	}
	assert.False(t, r.Empty())
	assert.Equal(t, "AWS differs from what stack prod deployed.\n"+
		"\n| Resource | Type | Difference | The next `up` would |\n|---|---|---|---|\n"+
		"| `compute-service` | `aws:ecs/service:Service` | `desiredCount`, `tags` | update it |\n"+
		"| `monitoring-cpu-high` | `aws:cloudwatch/metricAlarm:MetricAlarm` | it was deleted | create it |\n"+
		"\nUndo it with `pulumi up --refresh`. If it is intended, change the program or its configuration.\n"+
		"\nIn AWS, but not in the state:\n\n- `sgr-1: a rule of network-rds that lets 192.0.2.0/24 in`\n"+
		"\n`go run ./cmd/threa recover` deletes them.\n", r.Markdown("prod"))
	assert.Equal(t, "AWS matches what stack prod deployed.\n", (&Report{}).Markdown("prod"))
}
