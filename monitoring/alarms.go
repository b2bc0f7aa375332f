package monitoring

import (
	_ "embed"
	"fmt"
	"math"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/dbclass"
	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
)

// alarm is a CloudWatch alarm, a row of alarms.yaml.
type alarm struct {
	Name        string // without the stack's prefix
	Description string
	Of          string // what sends the metric: a key of Args.sources
	Metric      string
	Statistic   string   // or a percentile, such as p95
	Above       *float64 // the threshold; one of Above and Below is set
	Below       *float64
	PercentOf   string `yaml:"percentOf"` // the threshold is a percentage of this capacity of the database
	Periods     int    // consecutive periods with values beyond the threshold
	Period      int    // seconds; default: five minutes
	Missing     string // how to treat missing data; default: notBreaching
	RollsBack   bool   `yaml:"rollsBack"` // ECS rolls back a deployment during which it fires

	source   source
	fallback *source // its values are added; may be nil
}

const (
	fiveMinutes = 300     // seconds
	mebibyte    = 1 << 20 // bytes
	gibibyte    = 1 << 30 // bytes
)

//go:embed alarms.yaml
var alarmTable []byte

// alarms returns the alarms of what the stack has.
func alarms(args *Args) []alarm {
	var list []alarm
	sources := args.sources()
	for _, a := range resources.MustDecode[[]alarm]("alarms.yaml", alarmTable) {
		for i, source := range sources[a.Of] {
			numbered := a
			numbered.source = source
			if i > 0 {
				numbered.Name = strings.Replace(a.Name, "redis-", fmt.Sprintf("redis-%d-", i+1), 1)
				numbered.Description += fmt.Sprintf(" (node %d)", i+1)
			}
			if a.Name == naming.SuffixNoTasks && args.Fallback {
				numbered.fallback = &sources["services"][1]
			}
			list = append(list, numbered)
		}
	}
	return list
}

// AlarmNames returns the names of all alarms that a stack can have, with at most this many cache nodes.
func AlarmNames(names naming.Stack, cacheNodes int) []string {
	var list []string
	for _, a := range alarms(&Args{
		Names: names, ReadReplica: true, CacheNodes: cacheNodes, LoadBalancer: &LoadBalancer{}, Schedule: true,
		Fallback: true,
	}) {
		list = append(list, names.Prefixed(a.Name))
	}
	return list
}

// threshold returns the threshold and the comparison.
func (a alarm) threshold(args *Args) (value float64, comparison string) {
	if a.Below != nil {
		value, comparison = *a.Below, "LessThanThreshold"
	} else {
		value, comparison = *a.Above, "GreaterThanThreshold"
	}
	switch a.PercentOf {
	case "storage":
		value = value * float64(args.AllocatedStorage) * gibibyte / 100
	case "memory":
		value = value * float64(dbclass.Memory(args.InstanceClass)) * mebibyte / 100
	case "connections":
		value = math.Floor(value * float64(dbclass.MaxConnections(args.InstanceClass)) / 100)
	}
	return value, comparison
}

func (b *builder) createAlarms() error {
	for _, a := range alarms(b.Args) {
		var ignored []string
		if a.Name == naming.SuffixNoTasks && b.Running && b.Asleep { // the schedule has muted it
			ignored = []string{"actionsEnabled"}
		}
		created, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+a.Name, b.alarmArgs(a), b.parent,
			pulumi.IgnoreChanges(ignored))
		if err != nil {
			return fmt.Errorf("create alarm %s: %w", a.Name, err)
		}
		if a.RollsBack {
			b.RollbackAlarms = append(b.RollbackAlarms, created.Name)
		}
	}
	return nil
}

func (b *builder) alarmArgs(a alarm) *cloudwatch.MetricAlarmArgs {
	if a.Period == 0 {
		a.Period = fiveMinutes
	}
	muted := a.Name == naming.SuffixNoTasks && !b.Running
	// The muted alarm must not be in ALARM while no task is desired. An alarm notifies only when its state changes. If it
	// were in ALARM already, a first deployment that never becomes healthy would not notify. Source:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	if a.Missing == "" || muted {
		a.Missing = "notBreaching"
	}
	threshold, comparison := a.threshold(b.Args)
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(b.Names.Prefixed(a.Name)),
		AlarmDescription:   pulumi.String(a.Description),
		ComparisonOperator: pulumi.String(comparison),
		Threshold:          pulumi.Float64(threshold),
		EvaluationPeriods:  pulumi.Int(a.Periods),
		TreatMissingData:   pulumi.String(a.Missing),
		ActionsEnabled:     pulumi.Bool(!muted),
		Tags:               b.Tags,
	}
	if b.notifies() {
		args.AlarmActions, args.OkActions = pulumi.Array{b.TopicARN}, pulumi.Array{b.TopicARN}
	}
	if a.fallback != nil {
		args.MetricQueries = a.sum()
		return args
	}
	args.Namespace, args.MetricName = pulumi.String(a.source.namespace), pulumi.String(a.Metric)
	args.Dimensions, args.Period = a.source.dimensionMap(), pulumi.Int(a.Period)
	if strings.HasPrefix(a.Statistic, "p") {
		args.ExtendedStatistic = pulumi.String(a.Statistic)
		args.EvaluateLowSampleCountPercentiles = pulumi.String("ignore") // too few requests for a percentile
	} else {
		args.Statistic = pulumi.String(a.Statistic)
	}
	return args
}

// sum returns the sum of both metrics. A missing value counts as zero if the other metric has one. If both are missing,
// as for the newest minute, so is the sum: FILL would make zeros of them. Source:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func (a alarm) sum() cloudwatch.MetricAlarmMetricQueryArray {
	query := func(id string, from source) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(from.namespace), MetricName: pulumi.String(a.Metric), Dimensions: from.dimensionMap(),
				Stat: pulumi.String(a.Statistic), Period: pulumi.Int(a.Period),
			},
		}
	}
	return cloudwatch.MetricAlarmMetricQueryArray{
		query("own", a.source), query("standby", *a.fallback),
		cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("sum"), Label: pulumi.String(a.Description), ReturnData: pulumi.Bool(true),
			Expression: pulumi.String("SUM([own, standby])"),
		},
	}
}
