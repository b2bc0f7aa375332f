package monitoring

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// chart is a widget in CloudWatch's own words.
type chart struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Region, View, Stat, Query string
		Period                           int
		Metrics                          [][]any
	}
}

// dashboard reads the widgets back from their JSON.
func dashboard(t *testing.T, args *Args) []chart {
	t.Helper()
	stack, _ := build(t, args)
	one := stack.Only(t, dashboardToken)
	assert.Equal(t, "threa", one.Text("dashboardName"))
	decoder := json.NewDecoder(strings.NewReader(one.Text("dashboardBody")))
	decoder.DisallowUnknownFields()
	var body struct{ Widgets []chart }
	require.NoError(t, decoder.Decode(&body))
	require.NotEmpty(t, body.Widgets)
	return body.Widgets
}

func withoutCache(args *Args) { args.Cache = nil }

func withReplica(args *Args) { args.Database.Replica = "the-replica" }

func TestWidgetsFillTheGridWithoutOverlapping(t *testing.T) {
	for _, change := range []func(*Args){nil, withoutCache, withReplica, withLoadBalancer} {
		taken := map[[2]int]string{}
		lowest := 0
		for _, w := range dashboard(t, arguments(change)) {
			assert.True(t, w.X >= 0 && w.Y >= 0 && w.Width > 0 && w.Height > 0, "%s has a place", w.Properties.Title)
			assert.LessOrEqual(t, w.X+w.Width, 24, "%s leaves the grid", w.Properties.Title)
			lowest = max(lowest, w.Y+w.Height)
			for x := w.X; x < w.X+w.Width; x++ {
				for y := w.Y; y < w.Y+w.Height; y++ {
					assert.Empty(t, taken[[2]int{x, y}], "%s lies on another", w.Properties.Title)
					taken[[2]int{x, y}] = w.Properties.Title
				}
			}
		}
		assert.Len(t, taken, 24*lowest, "no gap is left")
	}
}

// shown is every metric on a dashboard with its statistic, in order, and the query of the logs.
func shown(charts []chart) []string {
	var all []string
	for _, w := range charts {
		for _, m := range w.Properties.Metrics {
			all = append(all, strings.TrimSpace(fmt.Sprintln(m...))+" "+w.Properties.Stat)
		}
		if w.Properties.Query != "" {
			all = append(all, w.Type+" "+w.Properties.Query)
		}
	}
	return all
}

func TestTheDashboardShowsServiceDatabaseCacheAndLogs(t *testing.T) {
	mocks.Golden(t, "dashboard.txt", shown(dashboard(t, arguments(nil))))
}

func TestWithoutACacheTheDashboardShowsTheRest(t *testing.T) {
	var rest []string
	for _, line := range shown(dashboard(t, arguments(nil))) {
		if !strings.Contains(line, "AWS/ElastiCache") {
			rest = append(rest, line)
		}
	}
	assert.Equal(t, rest, shown(dashboard(t, arguments(withoutCache))))
}

func TestTheDashboardShowsEveryNodeOfTheCache(t *testing.T) {
	one := shown(dashboard(t, arguments(nil)))
	two := shown(dashboard(t, arguments(func(a *Args) { a.Cache.Nodes = []string{"the-cache-001", "the-cache-002"} })))
	var want []string
	for _, line := range one {
		want = append(want, line)
		if strings.Contains(line, "the-cache-001") {
			want = append(want, strings.ReplaceAll(line, "the-cache-001", "the-cache-002"))
		}
	}
	assert.Equal(t, want, two)
}

func TestEveryAlarmsMetricIsOnTheDashboard(t *testing.T) {
	everything := func(args *Args) { withReplica(args); withLoadBalancer(args) }
	charted := strings.Join(shown(dashboard(t, arguments(everything))), "\n")
	for _, a := range alarms(arguments(everything)) {
		assert.Contains(t, charted, a.metric.namespace+" "+a.metric.name, a.name)
	}
}

func TestCloudWatchTakesEveryWidget(t *testing.T) {
	for _, w := range dashboard(t, arguments(nil)) {
		p := w.Properties
		assert.NotEmpty(t, p.Title)
		assert.Equal(t, mocks.Region, p.Region, p.Title)
		switch w.Type {
		case "metric":
			assert.Equal(t, "timeSeries", p.View, p.Title)
			assert.Positive(t, p.Period, p.Title)
			assert.NotEmpty(t, p.Metrics, p.Title)
		case "log":
			assert.Equal(t, "table", p.View, p.Title)
			assert.Regexp(t, `^SOURCE '/ecs/threa' \| `, p.Query)
		default:
			assert.Fail(t, "no such type", w.Type)
		}
	}
}

func TestTheLinkLeadsToTheDashboard(t *testing.T) {
	_, told := build(t, arguments(nil))
	assert.Equal(t, "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/threa", told["dashboard"])
}
