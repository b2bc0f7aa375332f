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

type metric struct {
	source
	name string
}

// metrics returns every metric of every source.
func metrics(sources []source, names ...string) (list []metric) {
	for _, name := range names {
		for _, s := range sources {
			list = append(list, metric{s, name})
		}
	}
	return list
}

// rows returns the graphs from top to bottom.
func rows(args *Args) [][]graph {
	from := args.sources()
	service, nodes := from["service"], from["cacheNode"]
	if args.Fallback {
		service = append(service, serviceSource(args.Names, args.Names.FallbackService()))
	}
	var list [][]graph
	if args.LoadBalancer != nil {
		balancer, targets := from["loadBalancer"], from["targetGroup"]
		list = append(list, []graph{
			{"Requests", "Sum", fiveMinutes, metrics(balancer, "RequestCount")},
			{"Response time, 95th percentile (seconds)", "p95", fiveMinutes, metrics(targets, "TargetResponseTime")},
			{"Errors 5xx of load balancer and app", "Sum", fiveMinutes,
				append(metrics(balancer, "HTTPCode_ELB_5XX_Count"), metrics(targets, "HTTPCode_Target_5XX_Count")...)},
			{"Healthy and unhealthy tasks", "Minimum", minute, metrics(targets, "HealthyHostCount", "UnHealthyHostCount")},
		})
	}
	list = append(list, []graph{
		{"CPU and memory of the tasks (%)", "Average", fiveMinutes, metrics(service, "CPUUtilization", "MemoryUtilization")},
		{"Running tasks", "SampleCount", minute, metrics(service, "CPUUtilization")},
	}, instanceRow(from["database"], "database", graph{
		"Freeable memory of the database (bytes)", "Average", fiveMinutes, metrics(from["database"], "FreeableMemory"),
	}))
	if args.ReadReplica {
		list = append(list, instanceRow(from["replica"], "read replica", graph{
			"Lag of the read replica (seconds)", "Average", fiveMinutes, metrics(from["replica"], "ReplicaLag"),
		}))
	}
	if args.CacheNodes > 0 {
		list = append(list, []graph{
			{"Engine CPU of the cache (%)", "Average", fiveMinutes, metrics(nodes, "EngineCPUUtilization")},
			{"Memory of the cache (%)", "Average", fiveMinutes, metrics(nodes, "DatabaseMemoryUsagePercentage")},
			{"Evictions from the cache", "Sum", fiveMinutes, metrics(nodes, "Evictions")},
		})
	}
	return list
}

func instanceRow(instance []source, title string, last graph) []graph {
	return []graph{
		{"CPU of the " + title + " (%)", "Average", fiveMinutes, metrics(instance, "CPUUtilization")},
		{"Connections to the " + title, "Maximum", fiveMinutes, metrics(instance, "DatabaseConnections")},
		{"Free storage of the " + title + " (bytes)", "Minimum", fiveMinutes, metrics(instance, "FreeStorageSpace")},
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
