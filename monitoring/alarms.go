package monitoring

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm is one row of the table of alarms.
type alarm struct {
	name        string // without the stack's prefix
	description string
	metric      metric
	also        *metric // whose samples are added; nil for none
	statistic   string  // or a percentile, p95
	above       bool    // whether the threshold is an upper limit
	threshold   float64
	period      int // seconds
	periods     int // how many of them in a row
	missing     string
	muted       bool
	left        bool // whether somebody else has muted it for now
}

// What missing data means. A service or a node that is starting sends none, which is no trouble in itself.
const (
	notBreaching = "notBreaching"
	breaching    = "breaching"
)

const fiveMinutes = 300 // seconds

const (
	mebi = 1 << 20
	gibi = 1 << 30
)

func alarms(args *Args) []alarm {
	table := append(serviceAlarms(args.Service), databaseAlarms(args.Database)...)
	if args.LoadBalancer != nil {
		table = append(table, balancerAlarms(args.LoadBalancer)...)
	}
	if args.ScheduleGroup != "" {
		table = append(table, scheduleAlarms(args.ScheduleGroup)...)
	}
	if replica := args.Database.Replica; replica != "" {
		table = append(table, replicaAlarm(replica))
	}
	if args.Cache != nil {
		for i, node := range args.Cache.Nodes {
			table = append(table, nodeAlarms(i, node)...)
		}
	}
	return table
}

func serviceAlarms(s Service) []alarm {
	return []alarm{
		{
			name: "cpu-high", description: "The tasks use more than 80 % of their CPU",
			metric: serviceMetric(s, "CPUUtilization"), statistic: "Average", above: true, threshold: 80,
			period: fiveMinutes, periods: 2, missing: notBreaching,
		},
		{
			name: "memory-high", description: "The tasks use more than 80 % of their memory",
			metric: serviceMetric(s, "MemoryUtilization"), statistic: "Average", above: true, threshold: 80,
			period: fiveMinutes, periods: 2, missing: notBreaching,
		},
		{
			// Every running task sends one sample of its CPU a minute, so no samples are no tasks. The metric that counts
			// tasks belongs to Container Insights, has a price, and is not sent either when nothing runs.
			name: noTasks, description: "No task has been running for three minutes",
			metric: serviceMetric(s, "CPUUtilization"), statistic: "SampleCount", threshold: 1,
			period: 60, periods: 3, missing: breaching, muted: !s.Running, left: s.Running && s.Asleep, also: standbyTasks(s),
		},
	}
}

// scheduleAlarms watch the calls of EventBridge Scheduler that stop and start the app. Source:
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
func scheduleAlarms(group string) []alarm {
	failures := func(name, description, metricName string) alarm {
		return alarm{
			name: name, description: description,
			metric:    metric{"AWS/Scheduler", metricName, []dimension{{"ScheduleGroup", pulumi.String(group)}}},
			statistic: "Sum", above: true, threshold: 0, period: fiveMinutes, periods: 1, missing: notBreaching,
		}
	}
	return []alarm{
		failures("schedule-error", "A call that stops or starts the database or mutes an alarm failed; AWS repeats it for half an hour",
			"TargetErrorCount"),
		failures("schedule-dropped", "AWS has given up a call that stops or starts the database or mutes an alarm",
			"InvocationDroppedCount"),
	}
}

// standbyTasks counts the tasks that stand in: while they run, the app does.
func standbyTasks(s Service) *metric {
	if s.Standby == "" {
		return nil
	}
	m := standbyMetric(s, "CPUUtilization")
	return &m
}

func databaseAlarms(d Database) []alarm {
	memory := classMemory(d.InstanceClass)
	return []alarm{
		{
			name: "db-cpu-high", description: "The database uses more than 80 % of its CPU",
			metric: databaseMetric(d, "CPUUtilization"), statistic: "Average", above: true, threshold: 80,
			period: fiveMinutes, periods: 3, missing: notBreaching,
		},
		{
			// RDS enlarges the storage at 10 % free, so 5 % means that it could not.
			name: "db-storage-low", description: "The database has less than 5 % of its first storage size free",
			metric: databaseMetric(d, "FreeStorageSpace"), statistic: "Minimum", threshold: float64(d.AllocatedStorage) * gibi / 20,
			period: fiveMinutes, periods: 1, missing: notBreaching,
		},
		{
			name: "db-connections-high", description: "The database has 80 % of the connections that it allows",
			metric: databaseMetric(d, "DatabaseConnections"), statistic: "Maximum", above: true,
			threshold: float64(maxConnections(memory) * 8 / 10), period: fiveMinutes, periods: 1, missing: notBreaching,
		},
		{
			name: "db-memory-low", description: "The database has less than 5 % of its memory left",
			metric: databaseMetric(d, "FreeableMemory"), statistic: "Average", threshold: float64(memory) * mebi / 20,
			period: fiveMinutes, periods: 3, missing: notBreaching,
		},
	}
}

// replicaAlarm goes off at ten minutes: a replica of a database that nobody writes to seems to be up to five minutes
// behind. Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html
func replicaAlarm(replica string) alarm {
	return alarm{
		name: "db-replica-lag", description: "The read replica has been more than ten minutes behind the database for 15 minutes",
		metric: instanceMetric(replica, "ReplicaLag"), statistic: "Average", above: true, threshold: 600,
		period: fiveMinutes, periods: 3, missing: notBreaching,
	}
}

// nodeAlarms are those of one node, whichever is the primary at the time. Those of the first are not numbered: most
// caches have no other.
func nodeAlarms(i int, node string) []alarm {
	prefix, which := "redis-", ""
	if i > 0 {
		prefix, which = fmt.Sprintf("redis-%d-", i+1), fmt.Sprintf(" (node %d)", i+1)
	}
	return []alarm{
		{
			name: prefix + "cpu-high", description: "The cache's engine uses more than 80 % of its core" + which,
			metric: nodeMetric(node, "EngineCPUUtilization"), statistic: "Average", above: true, threshold: 80,
			period: fiveMinutes, periods: 3, missing: notBreaching,
		},
		{
			name: prefix + "memory-high", description: "The cache uses more than 80 % of its memory" + which,
			metric: nodeMetric(node, "DatabaseMemoryUsagePercentage"), statistic: "Average", above: true, threshold: 80,
			period: fiveMinutes, periods: 2, missing: notBreaching,
		},
		{
			name: prefix + "evictions", description: "The cache has been throwing out data for 15 minutes: it is too small" + which,
			metric: nodeMetric(node, "Evictions"), statistic: "Sum", above: true, threshold: 0,
			period: fiveMinutes, periods: 3, missing: notBreaching,
		},
	}
}

const noTasks = "no-running-tasks"

// maxCacheNodes is the largest number of cache nodes that the configuration takes.
const maxCacheNodes = 6

// AlarmNames are the names of all alarms that a stack can have.
func AlarmNames(stack string) []string {
	var names []string
	for _, one := range alarms(&Args{
		Database: Database{Replica: stack}, Cache: &Cache{Nodes: make([]string, maxCacheNodes)}, LoadBalancer: &LoadBalancer{},
		ScheduleGroup: stack,
	}) {
		names = append(names, stack+"-"+one.name)
	}
	return names
}

// NoTasksAlarm is the name of the alarm that goes off when no task runs.
func NoTasksAlarm(stack string) string { return stack + "-" + noTasks }

func newAlarms(ctx *pulumi.Context, name string, args *Args, topic pulumi.StringOutput, parent pulumi.ResourceOption) error {
	var actions pulumi.Array
	if args.AlarmEmail != "" {
		actions = pulumi.Array{topic}
	}
	for _, a := range alarms(args) {
		comparison := "LessThanThreshold"
		if a.above {
			comparison = "GreaterThanThreshold"
		}
		var left []string
		if a.left {
			left = []string{"actionsEnabled"}
		}
		all := &cloudwatch.MetricAlarmArgs{
			Name:               pulumi.String(args.Name + "-" + a.name),
			AlarmDescription:   pulumi.String(a.description),
			ComparisonOperator: pulumi.String(comparison),
			Threshold:          pulumi.Float64(a.threshold),
			EvaluationPeriods:  pulumi.Int(a.periods),
			TreatMissingData:   pulumi.String(a.missing),
			ActionsEnabled:     pulumi.Bool(!a.muted),
			AlarmActions:       actions,
			OkActions:          actions,
			Tags:               args.Tags,
		}
		a.watch(all)
		if _, err := cloudwatch.NewMetricAlarm(ctx, name+"-"+a.name, all, parent, pulumi.IgnoreChanges(left)); err != nil {
			return fmt.Errorf("create alarm %s: %w", a.name, err)
		}
	}
	return nil
}

// watch sets what an alarm looks at: one metric, or the sum of two. What one of them lacks counts as zero; where both lack
// a sample there is no data, as there is none for the newest minute, which no alarm may take for an outage (FILL would make
// a zero of it). Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func (a alarm) watch(args *cloudwatch.MetricAlarmArgs) {
	if a.also == nil {
		args.Namespace, args.MetricName = pulumi.String(a.metric.namespace), pulumi.String(a.metric.name)
		args.Dimensions, args.Period = a.metric.dimensions(), pulumi.Int(a.period)
		a.measure(args)
		return
	}
	query := func(id string, m metric) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{Id: pulumi.String(id), Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(m.namespace), MetricName: pulumi.String(m.name), Dimensions: m.dimensions(),
			Stat: pulumi.String(a.statistic), Period: pulumi.Int(a.period),
		}}
	}
	args.MetricQueries = cloudwatch.MetricAlarmMetricQueryArray{
		query("own", a.metric), query("standby", *a.also),
		cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("sum"), Label: pulumi.String(a.description), ReturnData: pulumi.Bool(true),
			Expression: pulumi.String("SUM([own, standby])"),
		},
	}
}

// measure sets what is taken of the samples in a period. CloudWatch has percentiles apart.
func (a alarm) measure(args *cloudwatch.MetricAlarmArgs) {
	if !strings.HasPrefix(a.statistic, "p") {
		args.Statistic = pulumi.String(a.statistic)
		return
	}
	args.ExtendedStatistic = pulumi.String(a.statistic)
	args.EvaluateLowSampleCountPercentiles = pulumi.String("ignore")
}
