package monitoring

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// alarm is a CloudWatch alarm.
type alarm struct {
	name        string // without the stack's prefix
	description string
	metric      metric
	added       *metric // a second metric whose values are added; may be nil
	statistic   string  // or a percentile, such as p95
	comparison  string  // above or below
	threshold   float64
	periods     int    // consecutive periods with values beyond the threshold
	period      int    // seconds; default: five minutes
	missing     string // how to treat missing data; default: notBreaching, as for what is just starting
	disabled    bool
	keepEnabled bool // leaves it to the schedule whether the alarm is enabled
}

const (
	above = "GreaterThanThreshold"
	below = "LessThanThreshold"
)

const (
	minute      = 60      // seconds
	fiveMinutes = 300     // seconds
	mebibyte    = 1 << 20 // bytes
	gibibyte    = 1 << 30 // bytes
)

func alarms(args *Args) []alarm {
	table := append(serviceAlarms(args), databaseAlarms(args)...)
	if args.LoadBalancer != nil {
		table = append(table, balancerAlarms(args.LoadBalancer)...)
	}
	if args.Schedule {
		table = append(table, scheduleAlarms(args.Names)...)
	}
	for node := range args.CacheNodes {
		table = append(table, nodeAlarms(args.Names, node+1)...)
	}
	return table
}

func serviceAlarms(args *Args) []alarm {
	metric := func(name string) metric { return serviceMetric(args.Names, args.Names.Name, name) }
	// Every running task sends one CPU sample a minute, so no samples mean no tasks. The metrics that count tasks belong
	// to Container Insights and have a price.
	noTasks := alarm{
		name: naming.SuffixNoTasks, description: "No task has been running for three minutes",
		metric: metric("CPUUtilization"), statistic: "SampleCount", comparison: below, threshold: 1,
		periods: 3, period: minute, missing: "breaching", disabled: !args.Running, keepEnabled: args.Running && args.Asleep,
	}
	if args.Fallback {
		added := serviceMetric(args.Names, args.Names.FallbackService(), "CPUUtilization")
		noTasks.added = &added
	}
	return []alarm{
		{name: "cpu-high", description: "The tasks use more than 80 % of their CPU",
			metric: metric("CPUUtilization"), statistic: "Average", comparison: above, threshold: 80, periods: 2},
		{name: "memory-high", description: "The tasks use more than 80 % of their memory",
			metric: metric("MemoryUtilization"), statistic: "Average", comparison: above, threshold: 80, periods: 2},
		noTasks,
	}
}

func databaseAlarms(args *Args) []alarm {
	metric := func(name string) metric { return instanceMetric(args.Names.Name, name) }
	memory := classMemory(args.InstanceClass)
	table := []alarm{
		{name: "db-cpu-high", description: "The database uses more than 80 % of its CPU",
			metric: metric("CPUUtilization"), statistic: "Average", comparison: above, threshold: 80, periods: 3},
		// RDS enlarges the storage at 10 % free, so 5 % means that it could not.
		{name: "db-storage-low", description: "The database has less than 5 % of its first storage size free",
			metric: metric("FreeStorageSpace"), statistic: "Minimum", comparison: below,
			threshold: float64(args.AllocatedStorage) * gibibyte / 20, periods: 1},
		{name: "db-connections-high", description: "The database has 80 % of the connections that it allows",
			metric: metric("DatabaseConnections"), statistic: "Maximum", comparison: above,
			threshold: float64(maxConnections(memory) * 8 / 10), periods: 1},
		{name: "db-memory-low", description: "The database has less than 5 % of its memory left",
			metric: metric("FreeableMemory"), statistic: "Average", comparison: below,
			threshold: float64(memory) * mebibyte / 20, periods: 3},
	}
	if args.ReadReplica {
		// The replica of a database without writes lags up to five minutes. Source:
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html
		table = append(table, alarm{name: "db-replica-lag",
			description: "The read replica has been more than ten minutes behind the database for 15 minutes",
			metric:      instanceMetric(args.Names.ReadReplica(), "ReplicaLag"), statistic: "Average",
			comparison: above, threshold: 600, periods: 3})
	}
	return table
}

// balancerAlarms are about errors and response times. A load balancer sends no data without requests. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func balancerAlarms(b *LoadBalancer) []alarm {
	return []alarm{
		{name: "lb-5xx", description: "The load balancer had no answer from a task for more than 10 requests in five minutes",
			metric: b.metric("HTTPCode_ELB_5XX_Count"), statistic: "Sum", comparison: above, threshold: 10, periods: 1},
		{name: "app-5xx", description: "The app answered more than 10 requests with an error of its own in five minutes",
			metric: b.targetMetric("HTTPCode_Target_5XX_Count"), statistic: "Sum", comparison: above, threshold: 10, periods: 1},
		// The minimum ignores a task that is being replaced.
		{name: "unhealthy-tasks", description: "A task has been failing the load balancer's health check for five minutes",
			metric: b.targetMetric("UnHealthyHostCount"), statistic: "Minimum", comparison: above, threshold: 0,
			periods: 5, period: minute},
		{name: "latency-high", description: "One request in twenty has taken more than two seconds for 15 minutes",
			metric: b.targetMetric("TargetResponseTime"), statistic: "p95", comparison: above, threshold: 2, periods: 3},
	}
}

// scheduleAlarms are about the calls of EventBridge Scheduler that stop and start the app. Source:
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
func scheduleAlarms(names naming.Stack) []alarm {
	metric := func(name string) metric {
		return metric{"AWS/Scheduler", name, []dimension{{"ScheduleGroup", pulumi.String(names.Name)}}}
	}
	return []alarm{
		{name: "schedule-error", description: "A call that stops or starts the database or mutes an alarm failed; " +
			"AWS repeats it for half an hour",
			metric: metric("TargetErrorCount"), statistic: "Sum", comparison: above, periods: 1},
		{name: "schedule-dropped", description: "AWS has given up a call that stops or starts the database or mutes an alarm",
			metric: metric("InvocationDroppedCount"), statistic: "Sum", comparison: above, periods: 1},
	}
}

// nodeAlarms are those of a cache node. The names of the first node have no number.
func nodeAlarms(names naming.Stack, number int) []alarm {
	prefix, suffix := "redis-", ""
	if number > 1 {
		prefix, suffix = fmt.Sprintf("redis-%d-", number), fmt.Sprintf(" (node %d)", number)
	}
	metric := func(name string) metric { return nodeMetric(names.CacheNode(number), name) }
	return []alarm{
		{name: prefix + "cpu-high", description: "The cache's engine uses more than 80 % of its core" + suffix,
			metric: metric("EngineCPUUtilization"), statistic: "Average", comparison: above, threshold: 80, periods: 3},
		{name: prefix + "memory-high", description: "The cache uses more than 80 % of its memory" + suffix,
			metric: metric("DatabaseMemoryUsagePercentage"), statistic: "Average", comparison: above, threshold: 80, periods: 2},
		{
			name:        prefix + "evictions",
			description: "The cache has been throwing out data for 15 minutes: it is too small" + suffix,
			metric:      metric("Evictions"),
			statistic:   "Sum",
			comparison:  above,
			periods:     3,
		},
	}
}

// maxCacheNodes is the largest number of cache nodes that the configuration accepts.
const maxCacheNodes = 6

// AlarmNames returns the names of all alarms that a stack can have.
func AlarmNames(names naming.Stack) []string {
	var list []string
	for _, a := range alarms(&Args{
		Names: names, ReadReplica: true, CacheNodes: maxCacheNodes, LoadBalancer: &LoadBalancer{}, Schedule: true,
	}) {
		list = append(list, names.Prefixed(a.name))
	}
	return list
}

func (b *builder) createAlarms() error {
	for _, a := range alarms(b.Args) {
		var ignored []string
		if a.keepEnabled {
			ignored = []string{"actionsEnabled"}
		}
		_, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+a.name, b.alarmArgs(a), b.parent, pulumi.IgnoreChanges(ignored))
		if err != nil {
			return fmt.Errorf("create alarm %s: %w", a.name, err)
		}
	}
	return nil
}

func (b *builder) alarmArgs(a alarm) *cloudwatch.MetricAlarmArgs {
	if a.period == 0 {
		a.period = fiveMinutes
	}
	if a.missing == "" {
		a.missing = "notBreaching"
	}
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(b.Names.Prefixed(a.name)),
		AlarmDescription:   pulumi.String(a.description),
		ComparisonOperator: pulumi.String(a.comparison),
		Threshold:          pulumi.Float64(a.threshold),
		EvaluationPeriods:  pulumi.Int(a.periods),
		TreatMissingData:   pulumi.String(a.missing),
		ActionsEnabled:     pulumi.Bool(!a.disabled),
		Tags:               b.Tags,
	}
	if b.AlarmEmail != "" {
		args.AlarmActions, args.OkActions = pulumi.Array{b.TopicARN}, pulumi.Array{b.TopicARN}
	}
	if a.added != nil {
		args.MetricQueries = a.sum()
		return args
	}
	args.Namespace, args.MetricName = pulumi.String(a.metric.namespace), pulumi.String(a.metric.name)
	args.Dimensions, args.Period = a.metric.dimensionMap(), pulumi.Int(a.period)
	if strings.HasPrefix(a.statistic, "p") {
		args.ExtendedStatistic = pulumi.String(a.statistic)
		args.EvaluateLowSampleCountPercentiles = pulumi.String("ignore") // too few requests for a percentile
	} else {
		args.Statistic = pulumi.String(a.statistic)
	}
	return args
}

// sum returns the sum of both metrics. A missing value counts as zero if the other metric has one. If both are missing,
// as for the newest minute, so is the sum: FILL would make zeros of them. Source:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func (a alarm) sum() cloudwatch.MetricAlarmMetricQueryArray {
	query := func(id string, m metric) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(m.namespace), MetricName: pulumi.String(m.name), Dimensions: m.dimensionMap(),
				Stat: pulumi.String(a.statistic), Period: pulumi.Int(a.period),
			},
		}
	}
	return cloudwatch.MetricAlarmMetricQueryArray{
		query("own", a.metric), query("standby", *a.added),
		cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("sum"), Label: pulumi.String(a.description), ReturnData: pulumi.Bool(true),
			Expression: pulumi.String("SUM([own, standby])"),
		},
	}
}
