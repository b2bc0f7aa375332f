package monitoring

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
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

// graph is a chart, an element of dashboard.yaml.
type graph struct {
	Title   string
	Stat    string
	Period  int      // seconds; default: five minutes
	Metrics []string // a key of Args.sources, and the metric's own name
}

//go:embed dashboard.yaml
var dashboardRows []byte

// series returns metrics as CloudWatch expects them: namespace, name, then the name and value of each dimension.
func (g graph) series(sources map[string][]source) [][]any {
	var list [][]any
	for _, metric := range g.Metrics {
		of, name, _ := strings.Cut(metric, " ")
		for _, s := range sources[of] {
			line := []any{s.namespace, name}
			for _, d := range s.dimensions {
				line = append(line, d.name, d.value)
			}
			list = append(list, line)
		}
	}
	return list
}

func body(args *Args) dashboardBody {
	var widgets []widget
	y, sources := 0, args.sources()
	for _, row := range resources.MustDecode[[][]graph]("dashboard.yaml", dashboardRows) {
		if len(row[0].series(sources)) == 0 {
			continue
		}
		width := columns / len(row)
		for i, g := range row {
			if g.Period == 0 {
				g.Period = fiveMinutes
			}
			widgets = append(widgets, widget{"metric", i * width, y, width, rowHeight, properties{
				Title: g.Title, Region: args.Names.Region, View: "timeSeries", Stat: g.Stat, Period: g.Period,
				Metrics: g.series(sources),
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

func (b *builder) createDashboard() error {
	b.DashboardURL = pulumi.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s",
		b.Names.Region, b.Names.Region, b.Names.Name)
	_, err := cloudwatch.NewDashboard(b.ctx, b.name+"-dashboard", &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(b.Names.Name),
		DashboardBody: pulumi.JSONMarshal(body(b.Args)),
	}, b.parent)
	return steps.Wrap(err, "create dashboard")
}
