package cost

import (
	"fmt"
	"strings"

	"threa-infra/internal/config"
)

// unitsInUse is the assumed use of the load balancer.
const unitsInUse = "capacity units in use"

// alarms returns the number of metrics in the alarms of monitoring and of the schedule: AWS bills each of them.
func (e *estimate) alarms() int {
	return 7 + // service and database
		countIf(e.Cache.Enabled, 3*e.Cache.Nodes) +
		countIf(e.Database.ReadReplica, 1) +
		countIf(e.Container.SpotFallback, 4) + // a second metric of the alarm on running tasks; the state machine
		countIf(e.Scaling.Schedule != nil, 2) + // failed and dropped calls
		countIf(e.Ingress.Kind == config.IngressLoadBalancer, 4)
}

// scalingAlarms returns the number of alarms that autoscaling creates: two for each metric that it follows.
func (e *estimate) scalingAlarms() int {
	if e.Scaling.MaxCount == 0 || e.Container.DesiredCount == 0 {
		return 0
	}
	return countIf(e.Scaling.CPUPercent > 0, 2) + countIf(e.Scaling.MemoryPercent > 0, 2) +
		countIf(e.Scaling.RequestsPerTarget > 0, 2)
}

// moreAlarms charges for further alarms. The first ones may have left some of the free alarms.
func moreAlarms(first, further int) string {
	const freeAlarms, price = "{free alarms}", "{CloudWatch alarm-month}"
	if strings.HasSuffix(beyondFree(fmt.Sprint(first+1), freeAlarms, price), free) {
		return beyondFree(fmt.Sprintf("(%d + %d)", first, further), freeAlarms, price)
	}
	return fmt.Sprintf("%d × %s", further, price)
}

// parameters returns the number of SSM parameters.
func (e *estimate) parameters() int {
	return 3 + // URLs of the database for the master user and the app's, owner record
		len(e.Secrets.Stored) +
		countIf(e.Cache.Enabled, 1) +
		countIf(e.Database.ReadReplica, 2) +
		countIf(e.Ingress.Kind == config.IngressTunnel, 1)
}

// balancerZones returns the number of zones, and a note if it is assumed. The zones of an existing VPC are not known
// before AWS is called.
func (e *estimate) balancerZones() (zones int, note string) {
	switch {
	case e.Network.VPC != config.VPCDedicated:
		return 2, ", assumed"
	case len(e.Network.Zones) > 0:
		return len(e.Network.Zones), ""
	}
	return 2, ""
}

// extras returns the charges that depend on use, before their prices are known.
func (e *estimate) extras() []Extra {
	extras := []Extra{
		{What: "traffic to the internet beyond {free GB to the internet} GB", Price: "{internet GB} per GB"},
		{What: "backups beyond the size of the database", Price: "{RDS backup GB-month} per GB"},
		{What: "stored logs beyond {free GB of logs} GB", Price: "{CloudWatch Logs stored GB-month} per GB"},
		{What: fmt.Sprintf("storage that grows, up to %d GB", e.Database.MaxAllocatedStorage),
			Price: "{RDS gp3 GB-month} per GB"},
	}
	if strings.HasPrefix(e.Database.InstanceClass, "db.t") {
		extras = append(extras, Extra{What: "CPU of the database beyond its credits, averaged over a day",
			Price: "{RDS CPU credit vCPU-hour} per vCPU-hour"})
	}
	if e.Container.SpotFallback {
		extras = append(extras, Extra{What: "a task on demand while Spot has no capacity",
			Price: e.taskHour(e.onDemandPrice) + " per hour"})
	}
	return extras
}
