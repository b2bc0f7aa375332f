package monitoring

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dashboard reads the widgets back from their JSON.
func dashboard(t *testing.T, args *Args) []widget {
	t.Helper()
	stack, out := build(t, args)
	r := stack.Only(t, dashboardToken)
	assert.Equal(t, "threa", r.Text("dashboardName"))
	assert.Equal(t, "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1"+
		"#dashboards/dashboard/threa", out["dashboard"])
	var body dashboardBody
	require.NoError(t, json.Unmarshal([]byte(r.Text("dashboardBody")), &body))
	require.NotEmpty(t, body.Widgets)
	return body.Widgets
}

func TestDashboard_ShowsMetricOfEveryAlarm(t *testing.T) {
	shown := map[string]bool{}
	for _, w := range dashboard(t, arguments(everything)) {
		for _, m := range w.Properties.Metrics {
			shown[fmt.Sprint(m[0], " ", m[1])] = true
		}
	}
	for _, a := range alarms(arguments(everything)) {
		if a.Of != "schedule" {
			assert.True(t, shown[a.source.namespace+" "+a.Metric], a.Name)
		}
	}
}

func TestDashboard_FillsGrid(t *testing.T) {
	for _, change := range []func(*Args){nil, everything, func(a *Args) { a.CacheNodes = 0 }} {
		taken := map[[2]int]string{}
		height := 0
		for _, w := range dashboard(t, arguments(change)) {
			assert.True(t, w.X >= 0 && w.Y >= 0 && w.Width > 0 && w.Height > 0, w.Properties.Title)
			assert.LessOrEqual(t, w.X+w.Width, 24, w.Properties.Title)
			height = max(height, w.Y+w.Height)
			for x := w.X; x < w.X+w.Width; x++ {
				for y := w.Y; y < w.Y+w.Height; y++ {
					assert.Empty(t, taken[[2]int{x, y}], "%s overlaps another widget", w.Properties.Title)
					taken[[2]int{x, y}] = w.Properties.Title
				}
			}
		}
		assert.Len(t, taken, 24*height, "no gaps")
	}
}
