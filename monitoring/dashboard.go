package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/steps"
)

// dashboardBody is the body of a CloudWatch dashboard. Source:
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

// The grid of a dashboard has 24 columns.
const (
	columns   = 24
	rowHeight = 6
)

// graph is a chart before it has a position.
type graph struct {
	title   string
	stat    string
	period  int // seconds
	metrics []metric
}

// rows returns the graphs from top to bottom.
func rows(args *Args) [][]graph {
	var list [][]graph
	if b := args.LoadBalancer; b != nil {
		list = append(list, []graph{
			{"Requests", "Sum", fiveMinutes, []metric{b.metric("RequestCount")}},
			{"Response time, 95th percentile (seconds)", "p95", fiveMinutes, []metric{b.targetMetric("TargetResponseTime")}},
			{"Errors 5xx of load balancer and app", "Sum", fiveMinutes,
				[]metric{b.metric("HTTPCode_ELB_5XX_Count"), b.targetMetric("HTTPCode_Target_5XX_Count")}},
			{"Healthy and unhealthy tasks", "Minimum", minute,
				[]metric{b.targetMetric("HealthyHostCount"), b.targetMetric("UnHealthyHostCount")}},
		})
	}
	list = append(list, []graph{
		{
			"CPU and memory of the tasks (%)",
			"Average",
			fiveMinutes,
			args.serviceMetrics("CPUUtilization", "MemoryUtilization"),
		},
		{"Running tasks", "SampleCount", minute, args.serviceMetrics("CPUUtilization")},
	}, instanceRow(args.Names.Name, "database", graph{
		"Freeable memory of the database (bytes)", "Average", fiveMinutes,
		[]metric{instanceMetric(args.Names.Name, "FreeableMemory")},
	}))
	if args.ReadReplica {
		list = append(list, instanceRow(args.Names.ReadReplica(), "read replica", graph{
			"Lag of the read replica (seconds)", "Average", fiveMinutes,
			[]metric{instanceMetric(args.Names.ReadReplica(), "ReplicaLag")},
		}))
	}
	if args.CacheNodes > 0 {
		list = append(list, []graph{
			{"Engine CPU of the cache (%)", "Average", fiveMinutes, args.nodeMetrics("EngineCPUUtilization")},
			{"Memory of the cache (%)", "Average", fiveMinutes, args.nodeMetrics("DatabaseMemoryUsagePercentage")},
			{"Evictions from the cache", "Sum", fiveMinutes, args.nodeMetrics("Evictions")},
		})
	}
	return list
}

func instanceRow(identifier, title string, last graph) []graph {
	metrics := func(name string) []metric { return []metric{instanceMetric(identifier, name)} }
	return []graph{
		{"CPU of the " + title + " (%)", "Average", fiveMinutes, metrics("CPUUtilization")},
		{"Connections to the " + title, "Maximum", fiveMinutes, metrics("DatabaseConnections")},
		{"Free storage of the " + title + " (bytes)", "Minimum", fiveMinutes, metrics("FreeStorageSpace")},
		last,
	}
}

func body(args *Args) dashboardBody {
	var widgets []widget
	y := 0
	for _, row := range rows(args) {
		width := columns / len(row)
		for i, g := range row {
			widgets = append(widgets, widget{"metric", i * width, y, width, rowHeight, properties{
				Title: g.title, Region: args.Names.Region, View: "timeSeries", Stat: g.stat, Period: g.period,
				Metrics: series(g.metrics),
			}})
		}
		y += rowHeight
	}
	return dashboardBody{append(widgets, widget{"log", 0, y, columns, rowHeight, properties{
		Title: "Recent logs", Region: args.Names.Region, View: "table",
		Query: fmt.Sprintf("SOURCE '%s' | fields @timestamp, @message | sort @timestamp desc | limit 100",
			args.Names.LogGroup()),
	}})}
}

// series returns metrics as CloudWatch expects them: namespace, name, then the name and value of each dimension.
func series(metrics []metric) [][]any {
	list := make([][]any, len(metrics))
	for i, m := range metrics {
		list[i] = []any{m.namespace, m.name}
		for _, d := range m.dimensions {
			list[i] = append(list[i], d.name, d.value)
		}
	}
	return list
}

func (b *builder) createDashboard() error {
	b.DashboardURL = pulumi.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s",
		b.Names.Region, b.Names.Region, b.Names.Name)
	_, err := cloudwatch.NewDashboard(b.ctx, b.name+"-dashboard", &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(b.Names.Name),
		DashboardBody: pulumi.JSONMarshal(body(b.Args)),
	}, b.parent)
	return steps.Wrap(err, "create dashboard")
}
