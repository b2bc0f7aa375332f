package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// dashboardBody is CloudWatch's own form of a dashboard. Source:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type dashboardBody struct {
	Widgets []widget `json:"widgets"`
}

type widget struct {
	Type       string     `json:"type"`
	X          int        `json:"x"`
	Y          int        `json:"y"`
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Properties properties `json:"properties"`
}

type properties struct {
	Title   string  `json:"title"`
	Region  string  `json:"region"`
	View    string  `json:"view"`
	Stat    string  `json:"stat,omitempty"`
	Period  int     `json:"period,omitempty"` // seconds
	Metrics [][]any `json:"metrics,omitempty"`
	Query   string  `json:"query,omitempty"`
}

// The dashboard is a grid of 24 columns.
const (
	columns   = 24
	rowHeight = 6
)

// graph is a chart of the dashboard before it has a place.
type graph struct {
	title   string
	stat    string
	period  int // seconds
	metrics []metric
}

// rows is what the dashboard shows from top to bottom: the load balancer, the service, the database, its replica, the cache.
func rows(args *Args) [][]graph {
	s, d := args.Service, args.Database
	var all [][]graph
	if args.LoadBalancer != nil {
		all = append(all, balancerRow(args.LoadBalancer))
	}
	all = append(all, [][]graph{
		{
			{"CPU and memory of the tasks (%)", "Average", fiveMinutes, serviceMetrics(s, "CPUUtilization", "MemoryUtilization")},
			{"Running tasks", "SampleCount", 60, serviceMetrics(s, "CPUUtilization")},
		},
		{
			{"CPU of the database (%)", "Average", fiveMinutes, []metric{databaseMetric(d, "CPUUtilization")}},
			{"Connections to the database", "Maximum", fiveMinutes, []metric{databaseMetric(d, "DatabaseConnections")}},
			{"Free storage of the database (bytes)", "Minimum", fiveMinutes, []metric{databaseMetric(d, "FreeStorageSpace")}},
			{"Freeable memory of the database (bytes)", "Average", fiveMinutes, []metric{databaseMetric(d, "FreeableMemory")}},
		},
	}...)
	if r := d.Replica; r != "" {
		all = append(all, []graph{
			{"CPU of the read replica (%)", "Average", fiveMinutes, []metric{instanceMetric(r, "CPUUtilization")}},
			{"Connections to the read replica", "Maximum", fiveMinutes, []metric{instanceMetric(r, "DatabaseConnections")}},
			{"Free storage of the read replica (bytes)", "Minimum", fiveMinutes, []metric{instanceMetric(r, "FreeStorageSpace")}},
			{"Lag of the read replica (seconds)", "Average", fiveMinutes, []metric{instanceMetric(r, "ReplicaLag")}},
		})
	}
	if c := args.Cache; c != nil {
		all = append(all, []graph{
			{"Engine CPU of the cache (%)", "Average", fiveMinutes, nodeMetrics(c, "EngineCPUUtilization")},
			{"Memory of the cache (%)", "Average", fiveMinutes, nodeMetrics(c, "DatabaseMemoryUsagePercentage")},
			{"Evictions from the cache", "Sum", fiveMinutes, nodeMetrics(c, "Evictions")},
		})
	}
	return all
}

func body(args *Args) dashboardBody {
	var widgets []widget
	y := 0
	for _, row := range rows(args) {
		width := columns / len(row)
		for i, g := range row {
			widgets = append(widgets, widget{
				Type: "metric", X: i * width, Y: y, Width: width, Height: rowHeight,
				Properties: properties{
					Title: g.title, Region: args.Region, View: "timeSeries", Stat: g.stat, Period: g.period, Metrics: series(g.metrics),
				},
			})
		}
		y += rowHeight
	}
	logs := widget{
		Type: "log", Y: y, Width: columns, Height: rowHeight,
		Properties: properties{
			Title: "Recent logs", Region: args.Region, View: "table",
			Query: fmt.Sprintf("SOURCE '%s' | fields @timestamp, @message | sort @timestamp desc | limit 100", LogGroupName(args.Name)),
		},
	}
	return dashboardBody{Widgets: append(widgets, logs)}
}

// series writes metrics the way CloudWatch wants them: namespace, name, then dimensions in pairs.
func series(metrics []metric) [][]any {
	all := make([][]any, len(metrics))
	for i, m := range metrics {
		all[i] = []any{m.namespace, m.name}
		for _, d := range m.source {
			all[i] = append(all[i], d.name, d.value)
		}
	}
	return all
}

func newDashboard(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) error {
	_, err := cloudwatch.NewDashboard(ctx, name+"-dashboard", &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(args.Name),
		DashboardBody: pulumi.JSONMarshal(body(args)),
	}, parent)
	if err != nil {
		return fmt.Errorf("create dashboard: %w", err)
	}
	return nil
}
