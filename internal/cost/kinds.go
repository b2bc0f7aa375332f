package cost

import (
	"fmt"
	"strings"

	"threa-infra/internal/config"
)

// Part is a kind of resource that AWS bills, by what the user calls it.
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

// kinds are all that AWS bills of what the program creates, in the order of the bill. Each adds one line, or none where
// the configuration has no such thing.
var kinds = []func(*estimate){
	(*estimate).tasks, (*estimate).addresses, (*estimate).balancer, (*estimate).balancerUse, (*estimate).balancerAddresses,
	(*estimate).insights, (*estimate).database, (*estimate).storage, (*estimate).replica,
	(*estimate).cache, (*estimate).images, (*estimate).logs, (*estimate).alarms, (*estimate).scalingAlarms, (*estimate).dashboards, (*estimate).parameters,
}

// Alarms of monitoring, which is told here because no package of resources is imported.
const (
	serviceAndDatabaseAlarms = 7
	replicaAlarms            = 1
	nodeAlarms               = 3
	standbyAlarms            = 1 // the alarm on running tasks looks at two metrics, and each is billed
	balancerAlarms           = 4
)

type estimate struct {
	cfg     *config.Config
	assumed Assumptions
	bill    *Bill
}

// price is a price in the configuration's region, or a number that holds everywhere.
func (e *estimate) price(format string, args ...any) formula {
	return Known.number(e.cfg.Region, fmt.Sprintf(format, args...))
}

// hours is what something costs that is billed by the hour, count times.
func (e *estimate) hours(count int, price formula) formula {
	return times(e.price(month), several(count, price))
}

func several(count int, price formula) formula {
	if count == 1 {
		return price
	}
	return times(whole(count), price)
}

func (e *estimate) add(part Part, count int, f formula, format string, args ...any) *Item {
	item := Item{
		Part: part, What: fmt.Sprintf(format, args...), Count: count, Calculation: f.text,
		Amount: f.cents(), Unchecked: f.unchecked, Missing: f.missing,
	}
	if len(f.missing) > 0 {
		item.Amount = 0
	}
	e.bill.Items = append(e.bill.Items, item)
	return &e.bill.Items[len(e.bill.Items)-1]
}

func (e *estimate) tasks() {
	c := e.cfg.Container
	if c.DesiredCount == 0 {
		return
	}
	vCPU, gigabyte := e.price("Fargate %s vCPU-hour", c.Architecture), e.price("Fargate %s GB-hour", c.Architecture)
	onDemand, onSpot := c.DesiredCount, 0
	if c.Spot {
		onDemand = min(c.OnDemandBase, c.DesiredCount)
		onSpot = c.DesiredCount - onDemand
	}
	var capacity []string
	var all []formula
	add := func(count int, what string, vCPU, gigabyte formula) {
		if count > 0 {
			capacity = append(capacity, fmt.Sprintf("%d × %s", count, what))
			all = append(all, several(count, plus(times(of1024(c.CPU), vCPU), times(of1024(c.Memory), gigabyte))))
		}
	}
	add(onDemand, "Fargate", vCPU, gigabyte)
	add(onSpot, "Fargate Spot (the price floats)", e.spot("vCPU-hour", vCPU), e.spot("GB-hour", gigabyte))
	hourly := all[0]
	if len(all) > 1 {
		hourly = plus(all...)
	}
	item := e.add(Tasks, c.DesiredCount, e.awakeHours(hourly), "%s, %s, %s vCPU and %s GB%s%s", strings.Join(capacity, ", "),
		c.Architecture, of1024(c.CPU).text, of1024(c.Memory).text, e.more(), e.schedule())
	item.Later = c.ImageTag == ""
}

// more says what autoscaling may add to the tasks that are counted.
func (e *estimate) more() string {
	if e.cfg.Scaling.MaxCount <= e.cfg.Container.DesiredCount {
		return ""
	}
	return fmt.Sprintf(", autoscaling up to %d not counted", e.cfg.Scaling.MaxCount)
}

// spot is a price on Spot that was seen, or else a share of the one on demand.
func (e *estimate) spot(unit string, onDemand formula) formula {
	seen := e.price("Fargate Spot %s %s", e.cfg.Container.Architecture, unit)
	if len(seen.missing) == 0 {
		return seen
	}
	return times(e.price("Spot factor"), onDemand)
}

func (e *estimate) addresses() {
	c := e.cfg.Container
	if c.DesiredCount == 0 {
		return
	}
	item := e.add(Addresses, c.DesiredCount, e.awakeHours(several(c.DesiredCount, e.price("public IPv4 address-hour"))), "%d in use%s",
		c.DesiredCount, e.schedule())
	item.Later = c.ImageTag == ""
}

func (e *estimate) insights() {
	if !e.cfg.Monitoring.ContainerInsights {
		return
	}
	e.add(Insights, 1, beyond(e.price("metrics of Container Insights"), e.price("free metrics"), e.price("CloudWatch metric-month")),
		"metrics of one service")
}

func (e *estimate) database() {
	d := e.cfg.Database
	hours, when := e.hours(1, e.price("RDS %s hour", d.InstanceClass)), ""
	if s := e.cfg.Scaling.Schedule; s != nil && s.Database {
		hours, when = e.awakeHours(e.price("RDS %s hour", d.InstanceClass)), e.schedule()
	}
	e.add(Database, e.zones(), e.twice(hours), "PostgreSQL on %s%s%s", d.InstanceClass, e.multiAZ(), when)
}

func (e *estimate) storage() {
	d := e.cfg.Database
	e.add(Storage, e.zones()*d.AllocatedStorage, e.twice(times(whole(d.AllocatedStorage), e.price("RDS gp3 GB-month"))),
		"%d GB gp3%s", d.AllocatedStorage, e.multiAZ())
}

// replica stands in one zone, with as much storage as the database has.
func (e *estimate) replica() {
	d := e.cfg.Database
	if !d.ReadReplica {
		return
	}
	instance, storage := e.hours(1, e.price("RDS %s hour", d.InstanceClass)), times(whole(d.AllocatedStorage), e.price("RDS gp3 GB-month"))
	e.add(Replica, 1, plus(instance, storage), "PostgreSQL on %s, %d GB gp3", d.InstanceClass, d.AllocatedStorage)
}

// zones are how many copies of the database there are.
func (e *estimate) zones() int {
	if e.cfg.Database.MultiAZ {
		return 2
	}
	return 1
}

func (e *estimate) twice(one formula) formula {
	if !e.cfg.Database.MultiAZ {
		return one
	}
	return times(e.price("Multi-AZ factor"), one)
}

func (e *estimate) multiAZ() string {
	if !e.cfg.Database.MultiAZ {
		return ""
	}
	return ", Multi-AZ"
}

func (e *estimate) cache() {
	c := e.cfg.Cache
	if !c.Enabled {
		return
	}
	engine := map[string]string{"redis": "Redis OSS", "valkey": "Valkey"}[c.Engine]
	e.add(Cache, c.Nodes, e.hours(c.Nodes, e.price("ElastiCache %s %s hour", c.NodeType, c.Engine)), "%d × ElastiCache %s, %s",
		c.Nodes, c.NodeType, engine)
}

func (e *estimate) images() {
	e.add(Images, 1, times(whole(e.assumed.ImagesGB), e.price("ECR GB-month")), "%d GB in ECR, assumed", e.assumed.ImagesGB)
}

func (e *estimate) logs() {
	e.add(Logs, 1, beyond(whole(e.assumed.LogsGB), e.price("free GB of logs"), e.price("CloudWatch Logs GB")),
		"%d GB a month, assumed", e.assumed.LogsGB)
}

func (e *estimate) alarms() {
	count := e.countAlarms()
	e.add(Alarms, count, beyond(whole(count), e.price("free alarms"), e.price("CloudWatch alarm-month")), "%d in CloudWatch", count)
}

func (e *estimate) countAlarms() int {
	count := serviceAndDatabaseAlarms
	if e.cfg.Cache.Enabled {
		count += nodeAlarms * e.cfg.Cache.Nodes
	}
	if e.cfg.Database.ReadReplica {
		count += replicaAlarms
	}
	if e.cfg.Container.SpotFallback {
		count += standbyAlarms
	}
	if e.cfg.Scaling.Schedule != nil {
		count += scheduleAlarms
	}
	if e.balanced() {
		count += balancerAlarms
	}
	return count
}

func (e *estimate) dashboards() {
	e.add(Dashboards, 1, beyond(whole(1), e.price("free dashboards"), e.price("CloudWatch dashboard-month")), "1 in CloudWatch")
}

func (e *estimate) parameters() {
	count := 2 + len(e.cfg.Secrets.Stored) // the URL of the database, and the name of the stack that owns the others
	if e.cfg.Cache.Enabled {
		count++
	}
	if e.cfg.Database.ReadReplica {
		count++
	}
	if e.cfg.Ingress.Kind == config.IngressTunnel {
		count++
	}
	e.add(Parameters, count, times(whole(count), e.price("SSM standard parameter-month")), "%d standard parameters in SSM", count)
}

// notCounted are the charges that depend on use, with their prices.
func (e *estimate) notCounted() []string {
	price := func(name string) string {
		f := e.price("%s", name)
		e.bill.alsoUnchecked = append(e.bill.alsoUnchecked, f.unchecked...)
		if len(f.unchecked) > 0 {
			return f.text + mark
		}
		return f.text
	}
	all := []string{
		fmt.Sprintf("traffic to the internet beyond %s GB, %s per GB", price("free GB to the internet"), price("internet GB")),
		fmt.Sprintf("backups beyond the size of the database, %s per GB", price("RDS backup GB-month")),
		fmt.Sprintf("logs that are kept beyond the free ones, %s per GB", price("CloudWatch Logs stored GB-month")),
		fmt.Sprintf("growth of the storage up to %d GB, at the same price", e.cfg.Database.MaxAllocatedStorage),
	}
	if strings.HasPrefix(e.cfg.Database.InstanceClass, "db.t") {
		all = append(all, fmt.Sprintf("CPU of the database beyond its credits, averaged over a day, %s per vCPU and hour", price("RDS CPU credit vCPU-hour")))
	}
	if c := e.cfg.Container; c.SpotFallback {
		hour := plus(times(of1024(c.CPU), e.price("Fargate %s vCPU-hour", c.Architecture)), times(of1024(c.Memory), e.price("Fargate %s GB-hour", c.Architecture)))
		all = append(all, "on-demand tasks while they stand in for Spot, "+hour.text+" per task and hour")
	}
	return all
}
