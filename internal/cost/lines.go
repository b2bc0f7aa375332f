package cost

import (
	"fmt"
	"strconv"
	"strings"

	"threa-infra/internal/config"
)

// Part is a kind of resource that AWS bills, as the bill names it.
type Part string

// The parts of a bill.
const (
	Tasks             Part = "Tasks"
	Addresses         Part = "Public IPv4 addresses of the tasks"
	Insights          Part = "Container Insights"
	Balancer          Part = "Load balancer"
	BalancerUse       Part = "Load balancer capacity units"
	BalancerAddresses Part = "Public IPv4 addresses of the load balancer"
	Database          Part = "RDS instance"
	Storage           Part = "RDS storage"
	Replica           Part = "RDS read replica with its storage"
	Cache             Part = "Cache"
	Images            Part = "Images"
	Logs              Part = "Logs"
	Alarms            Part = "Alarms"
	ScalingAlarms     Part = "Alarms of autoscaling"
	Dashboards        Part = "Dashboards"
	Parameters        Part = "Secrets"
)

// line is a line of the bill before its prices are known. In its calculation, {name} is a price or another number of
// prices.yaml.
type line struct {
	part        Part
	count       int // number of what part counts; with 0 the bill has no such line
	calculation string
	what        string
}

// perTask are the parts that AWS charges only while tasks run.
var perTask = []Part{Tasks, Addresses, ScalingAlarms}

// estimate derives the lines of the bill from a configuration.
type estimate struct {
	*config.Config
	assumed Assumptions
}

// lines returns what AWS bills of the resources of the program, in the order of the bill.
func (e *estimate) lines() []line {
	tasks, db, cache := e.Container.DesiredCount, e.Database, e.Cache
	balancers := countIf(e.Ingress.Kind == config.IngressLoadBalancer, 1)
	zones, zonesAssumed := e.balancerZones()
	alarms, scalingAlarms := e.alarms(), e.scalingAlarms()
	parameters := e.parameters()

	dbHours, dbAwake, copies, factor, multiAZ := "{hours in a month}", "", 1, "", ""
	if e.Scaling.Schedule != nil && e.Scaling.Schedule.Database {
		dbHours, dbAwake = e.awakeHours(), e.awakeText()
	}
	if db.MultiAZ {
		copies, factor, multiAZ = 2, "{Multi-AZ factor} × ", ", Multi-AZ"
	}
	dbHour := fmt.Sprintf("{RDS %s hour}", db.InstanceClass)
	dbStorage := fmt.Sprintf("%d × {RDS gp3 GB-month}", db.AllocatedStorage)
	nodeHour := fmt.Sprintf("{ElastiCache %s %s hour}", cache.NodeType, cache.Engine)
	engine := map[string]string{"redis": "Redis OSS", "valkey": "Valkey"}[cache.Engine]

	return []line{
		e.tasks(),
		{Addresses, tasks, e.awakeHours() + " × " + several(tasks, "{public IPv4 address-hour}"),
			fmt.Sprintf("%d in use%s", tasks, e.awakeText())},

		{Balancer, balancers, "{hours in a month} × {load balancer hour}", "1 application load balancer"},
		{BalancerUse, balancers, "{hours in a month} × {capacity units in use} × {load balancer capacity unit-hour}",
			known.Everywhere[unitsInUse].text + ", assumed: 300 open connections, or 0.1 GB an hour"},
		{BalancerAddresses, balancers * zones, "{hours in a month} × " + several(zones, "{public IPv4 address-hour}"),
			fmt.Sprintf("%d, one in each zone%s", zones, zonesAssumed)},

		{Insights, countIf(e.Monitoring.ContainerInsights, 1),
			beyondFree("{metrics of Container Insights}", "{free metrics}", "{CloudWatch metric-month}"),
			"metrics of one service"},

		{Database, copies, factor + dbHours + " × " + dbHour,
			"PostgreSQL on " + db.InstanceClass + multiAZ + dbAwake},
		{Storage, copies * db.AllocatedStorage, factor + dbStorage,
			fmt.Sprintf("%d GB gp3%s", db.AllocatedStorage, multiAZ)},
		{Replica, countIf(db.ReadReplica, 1), "{hours in a month} × " + dbHour + " + " + dbStorage,
			fmt.Sprintf("PostgreSQL on %s, %d GB gp3", db.InstanceClass, db.AllocatedStorage)},

		{Cache, countIf(cache.Enabled, cache.Nodes), "{hours in a month} × " + several(cache.Nodes, nodeHour),
			fmt.Sprintf("%d × ElastiCache %s, %s", cache.Nodes, cache.NodeType, engine)},

		{Images, 1, fmt.Sprintf("%d × {ECR GB-month}", e.assumed.ImagesGB),
			fmt.Sprintf("%d GB in ECR, assumed", e.assumed.ImagesGB)},
		{Logs, 2, beyondFree(strconv.Itoa(e.assumed.LogsGB), "{free GB of logs}", "{CloudWatch Logs GB}"),
			fmt.Sprintf("%d GB a month, assumed", e.assumed.LogsGB)},
		{Alarms, alarms, beyondFree(strconv.Itoa(alarms), "{free alarms}", "{CloudWatch alarm-month}"),
			fmt.Sprintf("%d in CloudWatch", alarms)},
		{ScalingAlarms, scalingAlarms, moreAlarms(alarms, scalingAlarms),
			fmt.Sprintf("%d in CloudWatch, which autoscaling makes", scalingAlarms)},
		{Dashboards, 1, beyondFree("1", "{free dashboards}", "{CloudWatch dashboard-month}"), "1 in CloudWatch"},
		{Parameters, parameters, fmt.Sprintf("%d × {SSM standard parameter-month}", parameters),
			fmt.Sprintf("%d standard parameters in SSM", parameters)},
	}
}

// countIf returns count if the condition holds, or else 0.
func countIf(condition bool, count int) int {
	if !condition {
		return 0
	}
	return count
}

// several multiplies a price.
func several(count int, price string) string {
	if count == 1 {
		return price
	}
	return fmt.Sprintf("%d × %s", count, price)
}

// free ends the calculation of a line that costs nothing.
const free = " free"

// beyondFree charges a price for what is used beyond an amount that is free.
func beyondFree(used, freeAmount, price string) string {
	if rest, _, _ := known.resolve("", used+" − "+freeAmount); evaluate(rest).Sign() <= 0 {
		return used + " of " + freeAmount + free
	}
	return fmt.Sprintf("(%s − %s) × %s", used, freeAmount, price)
}

// tasks returns the line of the tasks, on demand and on Spot.
func (e *estimate) tasks() line {
	c := e.Container
	onDemand, onSpot := c.DesiredCount, 0
	if c.Spot {
		onDemand = min(c.OnDemandBase, c.DesiredCount)
		onSpot = c.DesiredCount - onDemand
	}
	var capacity, prices []string
	add := func(count int, name string, price func(unit string) string) {
		if count > 0 {
			capacity = append(capacity, fmt.Sprintf("%d × %s", count, name))
			prices = append(prices, several(count, "("+e.taskHour(price)+")"))
		}
	}
	add(onDemand, "Fargate", e.onDemandPrice)
	add(onSpot, "Fargate Spot (variable price)", e.spotPrice)
	hour, more := strings.Join(prices, " + "), ""
	if len(prices) > 1 {
		hour = "(" + hour + ")"
	}
	if e.Scaling.MaxCount > c.DesiredCount {
		more = fmt.Sprintf(", autoscaling up to %d not counted", e.Scaling.MaxCount)
	}
	return line{Tasks, c.DesiredCount, e.awakeHours() + " × " + hour, fmt.Sprintf("%s, %s, %s vCPU and %s GB%s%s",
		strings.Join(capacity, ", "), c.Architecture, in1024(c.CPU), in1024(c.Memory), more, e.awakeText())}
}

// taskHour calculates the price of a task for an hour.
func (e *estimate) taskHour(price func(unit string) string) string {
	return fmt.Sprintf("%s × %s + %s × %s",
		in1024(e.Container.CPU), price("vCPU"), in1024(e.Container.Memory), price("GB"))
}

func (e *estimate) onDemandPrice(unit string) string {
	return fmt.Sprintf("{Fargate %s %s-hour}", e.Container.Architecture, unit)
}

// spotPrice is the region's Spot price in prices.yaml, or else a share of the on-demand price.
func (e *estimate) spotPrice(unit string) string {
	name := fmt.Sprintf("Fargate Spot %s %s-hour", e.Container.Architecture, unit)
	if _, ok := known.Regions[e.Region][name]; ok {
		return "{" + name + "}"
	}
	return "{Spot factor} × " + e.onDemandPrice(unit)
}

// in1024 returns n/1024 as a decimal number: CPU units as vCPU, MiB as GB.
func in1024(n int) string { return strconv.FormatFloat(float64(n)/1024, 'f', -1, 64) }

// awakeShare returns the share of the week in which the app is awake, or "" if it never sleeps.
func (e *estimate) awakeShare() string {
	if e.Scaling.Schedule == nil {
		return ""
	}
	part, week := e.Scaling.Schedule.AwakeMinutes(), 7*24*60
	if part%60 == 0 {
		part, week = part/60, week/60
	}
	return fmt.Sprintf("%d ÷ %d", part, week)
}

// awakeHours returns the hours of a month in which the app is awake.
func (e *estimate) awakeHours() string {
	if share := e.awakeShare(); share != "" {
		return "{hours in a month} × " + share
	}
	return "{hours in a month}"
}

func (e *estimate) awakeText() string {
	if share := e.awakeShare(); share != "" {
		return ", awake " + share + " of the time"
	}
	return ""
}
