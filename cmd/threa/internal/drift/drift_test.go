package drift

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/dataholder"
)

const urn = "urn:pulumi:prod::threa::threa:compute:Compute$aws:ecs/service:Service::compute-service"

// state has the resource of that name alone.
const state = `{"deployment":{"resources":[{"urn":"` + urn + `"}]}}`

func TestOnlyWhatAnUpWouldChangeIsDrift(t *testing.T) {
	for name, one := range map[string]struct {
		step string
		want []Change
	}{
		"nothing":                      {`{"op":"same","urn":"` + urn + `"}`, nil},
		"seen by the refresh, ignored": {`{"op":"refresh","urn":"` + urn + `","diffReasons":["desiredCount"]}`, nil},
		"changed": {
			`{"op":"update","urn":"` + urn + `","diffReasons":["tags","desiredCount","tags"]}`,
			[]Change{{"update", "compute-service", "aws:ecs/service:Service", []string{"desiredCount", "tags"}}},
		},
		"deleted":             {`{"op":"create","urn":"` + urn + `"}`, []Change{{"create", "compute-service", "aws:ecs/service:Service", nil}}},
		"not deployed yet":    {`{"op":"create","urn":"` + urn + `-2"}`, nil},
		"not wanted any more": {`{"op":"delete","urn":"` + urn + `"}`, nil},
	} {
		got, err := Read([]byte(`{"steps":[`+one.step+`]}`), []byte(state))
		require.NoError(t, err, name)
		assert.Equal(t, one.want, got, name)
	}
	for _, broken := range []string{``, `{"steps":[{"op":"update","urn":"x"}]}`} {
		_, err := Read([]byte(broken), []byte(state))
		require.ErrorContains(t, err, "read the preview")
	}
	_, err := Read([]byte(`{}`), nil)
	require.ErrorContains(t, err, "read the stack's state")
}

func TestReport_NeverRecommendsALoss(t *testing.T) {
	const putBack = "Put it back with `pulumi up --refresh`"
	for name, row := range map[string]struct {
		change        Change
		says, saysNot string
	}{
		"a database that is gone": {Change{"create", "database-instance", dataholder.Database, nil},
			"pulumi config set restoreFromSnapshot latest\n    pulumi up --refresh\n", putBack},
		"a replica that is gone": {Change{"create", "database-replica", dataholder.Database, nil}, putBack, "restore"},
		"a cache that is gone":   {Change{"create", "cache-group", dataholder.Cache, nil}, "it comes back empty", "restore"},
		"images that are gone":   {Change{"create", "compute-repository", dataholder.Repository, nil}, "it comes back empty", "restore"},
		"a cache that would be replaced": {Change{"replace", "cache-group", dataholder.Cache, []string{"port"}},
			"**The next `up` would lose what is in `cache-group`.**", putBack},
		"a database that would be replaced": {Change{"create-replacement", "database-instance", dataholder.Database, nil},
			"**The next `up` would lose what is in `database-instance`.**", putBack},
		"a changed database": {Change{"update", "database-instance", dataholder.Database, []string{"tags"}}, putBack, "lose"},
	} {
		report := (&Report{Changes: []Change{row.change}}).Markdown("prod")
		assert.Contains(t, report, row.says, name)
		assert.NotContains(t, report, row.saysNot, name)
	}
}

func TestTheReportSaysWhatDiffersAndHowToPutItBack(t *testing.T) {
	r := &Report{
		Changes: []Change{
			{"update", "compute-service", "aws:ecs/service:Service", []string{"desiredCount", "tags"}},
			{"create", "monitoring-cpu-high", "aws:cloudwatch/metricAlarm:MetricAlarm", nil},
		},
		Strangers: []string{"sgr-1: a rule of network-rds that lets 192.0.2.0/24 in"},
	}
	assert.False(t, r.None())
	assert.Equal(t, "AWS is not as stack prod was deployed.\n"+
		"\n| Resource | Type | What differs | The next `up` would |\n|---|---|---|---|\n"+
		"| `compute-service` | `aws:ecs/service:Service` | `desiredCount`, `tags` | update it |\n"+
		"| `monitoring-cpu-high` | `aws:cloudwatch/metricAlarm:MetricAlarm` | it is gone | create it |\n"+
		"\nPut it back with `pulumi up --refresh`, or say in the program or its configuration that it is meant.\n"+
		"\nIn AWS, but not in the state:\n\n- `sgr-1: a rule of network-rds that lets 192.0.2.0/24 in`\n"+
		"\n`go run ./cmd/threa recover` deletes them.\n", r.Markdown("prod"))
	assert.Equal(t, "AWS is as stack prod was deployed.\n", (&Report{}).Markdown("prod"))
}
